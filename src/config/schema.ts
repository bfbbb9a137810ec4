import { z } from 'zod';
import type { InlineHandler } from '../functions/definition.js';
import { object, quantity, record, text, wholeNumber } from '../mappings/schema/fields.js';
import { functionNameRules } from '../mappings/function-name.js';
import type { SourceDefinition } from '../contracts/source-definition.js';
import type { CodeInput, ConfigurationInput, EndpointsInput, FunctionInput } from './input.js';
import { sourceSchema } from './sources.js';

/** Ranges and defaults of everything but mappings, whose own are in mappings/parameters.ts. */
export const limits = {
  timeoutSeconds: { min: 1, max: 900, default: 3 },
  memoryMb: { min: 128, max: 10_240, default: 128 },
  maximumConcurrency: { min: 1, max: 1_000, default: 20 },
  journalFileMb: { min: 1, max: 1_000, default: 20 },
  journalFiles: { min: 2, max: 1_000, default: 5 },
  embeddedVisibilitySeconds: { min: 0, max: 43_200 },
  embeddedMaxReceiveCount: { min: 1, max: 1_000 },
  embeddedShards: { min: 1, max: 100, default: 1 },
  tumblingWindowIdleSeconds: { min: 0, max: 600, default: 120 },
  leaseSeconds: { min: 2, max: 300, default: 10 },
} as const;

const between = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodType<number> =>
  wholeNumber(min, max);

type Shape<T> = { readonly [Key in keyof T]-?: z.ZodType };

const example = 'such as handlers/orders.handler';
const handlerText = text({
  max: 128,
  pattern: /^(?:.*[/\\])?[^/\\]+\.[^./\\]+$/s,
  what: `a path without extension, a dot and the name of the export, ${example}`,
}).refine((handler) => !/\.[cm]?[jt]s$/.test(handler), {
  error: `must end in a dot and the name of the export instead of a file extension, ${example}`,
});

const inlineHandler = z.custom<InlineHandler>((value) => typeof value === 'function', {
  error:
    'must be a JavaScript function, which only the library and .ts and .mjs files can give; a path is spelled Handler',
});

const code = { Handler: handlerText.optional(), handler: inlineHandler.optional() } satisfies Shape<CodeInput>;

const aliasName = text({
  max: 128,
  pattern: /^(?!\d+$)[a-zA-Z0-9-_]+$/,
  what: 'the name of an alias (letters, digits, - and _, not only digits)',
});
const versionName = text({ max: 20, pattern: /^[1-9]\d*$/, what: 'the number of a version' });
const codeOf = (what: string): string => `an object of ${what}, each with a Handler`;

// Values of variables never appear in errors; see Redaction in report.ts.
const variable = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' });
const variableName = text({ max: 1_000, pattern: /^[a-zA-Z_]\w*$/, what: 'the name of an environment variable' });

const functionShape = {
  ...code,
  Timeout: between(limits.timeoutSeconds).optional(),
  MemorySize: between(limits.memoryMb).optional(),
  Environment: object({
    Variables: record(variableName, variable, 'an object of texts, numbers and booleans').optional(),
  }).optional(),
  ReservedConcurrentExecutions: wholeNumber(0).optional(),
  Role: text({ max: 2_048, pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, what: 'the ARN of a role' }).optional(),
  Aliases: record(aliasName, object(code), codeOf('aliases')).optional(),
  Versions: record(versionName, object(code), codeOf('versions')).optional(),
} satisfies Shape<FunctionInput>;

const functionName = text(functionNameRules);

const accountError = { error: 'must be an AWS account: 12 digits' };
const account = z.union(
  // Twelve digits without quotes are a number in YAML; the reader of files keeps those with a leading zero as text.
  [
    z.string().regex(/^\d{12}$/, accountError),
    z.custom<number>((value) => typeof value === 'number' && /^\d{12}$/.test(String(value)), accountError),
  ],
  accountError,
);

/** The shape of a configuration. Mappings, endpoints and the code of functions are checked further where they are read. */
export const configurationSchema = object({
  region: text({ max: 32, pattern: /^[a-z][a-z0-9-]*$/, what: 'an AWS Region such as us-east-1' }).optional(),
  account: account.optional(),
  functions: record(functionName, object(functionShape), 'an object of functions, by name').optional(),
  mappings: z.array(z.unknown(), { error: 'must be a list of mappings' }).optional(),
  sources: z.array(sourceSchema, { error: 'must be a list of sources, or of paths of their modules' }).optional(),
  endpoints: record(z.string(), z.unknown(), 'an object of addresses, by service or source ARN').optional(),
  secrets: record(
    text({ max: 2_048, pattern: /^arn:.+$/, what: 'the ARN of a secret' }),
    record(z.string(), z.unknown(), 'an object of the fields of the secret'),
    'an object of secrets, by ARN',
  ).optional(),
  state: text({ max: 4_096, what: 'a folder, or dynamodb://<table>' }).optional(),
  maximumConcurrency: between(limits.maximumConcurrency).optional(),
  tumblingWindowIdleSeconds: quantity(limits.tumblingWindowIdleSeconds).optional(),
  embedded: object({
    visibilityTimeoutSeconds: between(limits.embeddedVisibilitySeconds).optional(),
    maxReceiveCount: between(limits.embeddedMaxReceiveCount).optional(),
    shards: between(limits.embeddedShards).optional(),
  }).optional(),
  journal: object({
    fileSizeMb: between(limits.journalFileMb).optional(),
    files: between(limits.journalFiles).optional(),
  }).optional(),
} satisfies Shape<ConfigurationInput>);

/** A configuration of the right shape, before its parts are read. */
export interface ShapedInput {
  readonly region?: string;
  readonly account?: string | number;
  readonly functions?: Readonly<Record<string, FunctionInput>>;
  readonly mappings?: readonly unknown[];
  readonly sources?: readonly SourceDefinition[];
  readonly endpoints?: EndpointsInput;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly state?: string;
  readonly maximumConcurrency?: number;
  readonly tumblingWindowIdleSeconds?: number;
  readonly embedded?: {
    readonly visibilityTimeoutSeconds?: number;
    readonly maxReceiveCount?: number;
    readonly shards?: number;
  };
  readonly journal?: { readonly fileSizeMb?: number; readonly files?: number };
}
