import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { v5 as uuidV5 } from 'uuid';
import type { FunctionDefinition, HandlerCode } from '../../functions/definition.js';
import { executedVersion } from '../../functions/environment-spec.js';
import { isoTime } from '../../platform/clock.js';

/** A definition with what it does not know of itself. */
export interface DescribedFunction {
  readonly definition: FunctionDefinition;
  /** As the caller named it; undefined: not at all. */
  readonly qualifier: string | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Of Node, as in `process.versions`. */
  readonly nodeVersion: string;
  /** As in `process.arch`. */
  readonly arch: string;
}

/** Stands for every value of an environment variable. */
const mask = '***';

const revisions = '0d0f2e5c-0d6a-4f8e-8a35-8c7c53f1b0f4';

/**
 * A function as GetFunctionConfiguration shows it.
 *
 * Unlike on AWS the values of its environment variables are masked, all of them: a configuration takes secrets from the
 * environment of millrace, and the HTTP port never shows one. They do not enter `RevisionId` either, from which short
 * ones could be guessed.
 */
export function functionConfiguration(described: DescribedFunction) {
  const { definition, qualifier, modifiedAt, nodeVersion, arch } = described;
  const { name, arn, role, timeoutMs, memoryMb } = definition;
  const code = codeOf(definition, qualifier);
  const variables = Object.keys(definition.variables);
  return {
    FunctionName: name,
    FunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    Runtime: `nodejs${nodeVersion.split('.')[0]}.x`,
    Role: role,
    // A handler that is a JavaScript function has no such name.
    ...(code.kind === 'module' ? { Handler: code.handler } : {}),
    CodeSize: 0,
    Description: '',
    Timeout: timeoutMs / 1_000,
    MemorySize: memoryMb,
    LastModified: isoTime(modifiedAt).replace('Z', '+0000'),
    CodeSha256: createHash('sha256').update(codeText(code)).digest('base64'),
    Version: executedVersion(qualifier),
    ...(variables.length === 0
      ? {}
      : { Environment: { Variables: Object.fromEntries(variables.map((key) => [key, mask])) } }),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: revisionId(definition, code),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [arch === 'arm64' ? 'arm64' : 'x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
  };
}

/** An entry of ListFunctions, which on AWS leaves the states to GetFunction. */
export function listedFunction(described: DescribedFunction) {
  const { State: _, LastUpdateStatus: __, ...listed } = functionConfiguration(described);
  return listed;
}

/** A function as GetFunction shows it. There is no package to download: `Location` is the folder that the code is in. */
export function functionDescription(described: DescribedFunction) {
  const { root, reservedConcurrency } = described.definition;
  const code = codeOf(described.definition, described.qualifier);
  return {
    Configuration: functionConfiguration(described),
    Code:
      code.kind === 'module'
        ? { RepositoryType: 'Local', Location: pathToFileURL(root).href }
        : { RepositoryType: 'Inline' },
    ...(reservedConcurrency === undefined
      ? {}
      : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
  };
}

function codeOf({ code, qualified }: FunctionDefinition, qualifier: string | undefined): HandlerCode {
  return (qualifier === undefined ? undefined : qualified.get(qualifier)) ?? code;
}

/** The code itself is read where it runs: it is told apart by what the configuration calls it. */
function codeText(code: HandlerCode): string {
  return code.kind === 'module' ? code.handler : code.handler.name;
}

function revisionId({ arn, role, timeoutMs, memoryMb, variables }: FunctionDefinition, code: HandlerCode): string {
  const facts = [arn, role, timeoutMs, memoryMb, Object.keys(variables), code.kind, codeText(code)];
  return uuidV5(JSON.stringify(facts), revisions);
}
