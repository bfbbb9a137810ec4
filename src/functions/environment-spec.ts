import type { JournalWriter } from '../journal/journal.js';
import { isoTime, type Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import type { FunctionDefinition } from './definition.js';
import type { ContextFacts } from './environment/handler-context.js';
import { environmentVariables } from './environment-variables.js';
import type { EnvironmentSpec } from './execution-environment.js';

/** What stands for a version or alias when none is named. */
export const latest = '$LATEST';

/** The longest time that code may take to load, unless the function itself may run longer. */
const loadTimeoutMs = 10_000;

/** What the functions of a set have in common. */
export interface SharedOptions {
  readonly region: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>` of the configured endpoints. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: JournalWriter;
  /** Load code anew when its files change. */
  readonly watch?: boolean;
}

/** One version or alias of a function. */
export interface Variant {
  readonly definition: FunctionDefinition;
  readonly qualifier: string;
}

/** A variant whose code is a module. */
export interface ModuleVariant extends Variant {
  readonly handler: string;
  readonly inspectPort: number | 'not inspected';
}

/** What the next execution environment of a variant is: its log stream is its own. */
export function newEnvironmentSpec(variant: ModuleVariant, shared: SharedOptions): EnvironmentSpec {
  const { definition, handler, inspectPort } = variant;
  const { region, endpointVariables, random, watch } = shared;
  const { root, memoryMb, timeoutMs, variables } = definition;
  const { memoryMb: _, timeoutMs: __, ...facts } = contextFacts(variant, shared);
  const account = definition.arn.split(':')[4] ?? '';
  const limited = inspectPort === 'not inspected';
  return {
    process: {
      root,
      memoryMb,
      variables: environmentVariables(
        { ...facts, region, account, memoryMb, handler, root, endpointVariables, variables },
        process.env,
        process.versions.node,
      ),
      inspectPort: limited ? undefined : inspectPort,
      uniqueName: random.uuid(),
    },
    load: { type: 'load', handler, root, memoryMb, timeoutMs, ...facts, reportFiles: watch === true },
    timeoutMs: limited ? timeoutMs : undefined,
    loadTimeoutMs: limited ? Math.max(loadTimeoutMs, timeoutMs) : undefined,
  };
}

/** Whether a qualifier is the number of a version. */
export function isVersion(qualifier: string): boolean {
  return /^\d+$/.test(qualifier);
}

/** The version that runs: an alias has none of its own here, it names code, and that code is what is on disk now. */
export function executedVersion(qualifier: string | undefined): string {
  return qualifier !== undefined && isVersion(qualifier) ? qualifier : latest;
}

/** What a handler's context says about its function. */
export function contextFacts(
  { definition, qualifier }: Variant,
  { clock, random }: Pick<SharedOptions, 'clock' | 'random'>,
): ContextFacts {
  const { name, arn, memoryMb, timeoutMs } = definition;
  const functionVersion = executedVersion(qualifier);
  const day = isoTime(clock.now()).slice(0, 10).replaceAll('-', '/');
  return {
    functionName: name,
    functionVersion,
    invokedFunctionArn: qualifier === latest ? arn : `${arn}:${qualifier}`,
    memoryMb,
    timeoutMs,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: `${day}/[${functionVersion}]${random.uuid().replaceAll('-', '')}`,
  };
}
