import { lambdaArn, type Place } from './arn.js';
import { concurrencyOf } from './concurrency.js';
import type { FunctionRef, SqsQueueRef } from './event-source-mapping.js';
import { problemsOf } from './fields.js';
import { parseFunctionName, type KnownFunctions } from './function-name.js';
import { stableUuid, type Unnamed } from './identity.js';
import { batching, filtersWithoutIncrease, noEffect } from './parameters.js';
import {
  failed,
  invalidParameter,
  pathText,
  problemsIn,
  within,
  type Parsed,
  type Path,
  type Problem,
} from './problem.js';
import { mappingSchema } from './request-schema.js';
import type { MappingInput } from './request.js';
import { queueRules } from './rules.js';
import { parseSourceArn, sourceForms } from './source-arn.js';

/** What a mapping is checked against. */
export interface MappingWorld extends Place {
  readonly functions: KnownFunctions;
  /** Ceiling of parallel batches for mappings that set no limit of their own. */
  readonly maximumConcurrency: number;
}

export interface ParsedMapping {
  readonly mapping: Unnamed;
  /** Sentences about parameters that were accepted and have no effect. */
  readonly notices: readonly string[];
}

/**
 * Reads the body of a CreateEventSourceMapping request. Serves the configuration file and the control plane: the first
 * problem is the one AWS would answer with, the others are for people who mend a file in one go. `at` is where the
 * request stands in a larger input.
 */
export function parseMapping(input: unknown, world: MappingWorld, at: Path = []): Parsed<ParsedMapping> {
  const malformed = problemsOf(mappingSchema, input);
  const wrong = new Set(malformed.map((problem) => String(problem.path[0] ?? '')));
  if (wrong.has('')) return failed(...within(at, malformed));
  // The rules see the request without what is malformed, so that everything that is wrong is reported in one go.
  const request = Object.fromEntries(
    Object.entries(input as MappingInput).filter(([key]) => !wrong.has(key)),
  ) as MappingInput;
  const source = wrong.has('EventSourceArn') ? failed() : parseSource(request);
  const fn = wrong.has('FunctionName') ? failed() : parseFunctionName(request.FunctionName, world, world.functions);
  const rules = source.ok ? queueRules({ request, queue: source.value, region: world.region }) : noRules;
  const problems = [
    ...malformed,
    ...problemsIn(source),
    ...rules.beforeFunction,
    ...problemsIn(fn),
    ...rules.afterFunction,
  ];
  if (!source.ok || !fn.ok || problems.length > 0) return failed(...within(at, problems));
  const mapping = queueMapping(request, source.value, fn.value, world);
  return { ok: true, value: { mapping, notices: noticesOf(request, at) } };
}

const noRules = { beforeFunction: [], afterFunction: [] } as const;

const unrecognized = invalidParameter('Unrecognized event source.');

function parseSource({ EventSourceArn: arn, SelfManagedEventSource: selfManaged }: MappingInput): Parsed<SqsQueueRef> {
  if (arn === undefined) {
    if (selfManaged !== undefined) return failed(unsupported('SelfManagedEventSource', 'self-managed Apache Kafka'));
    return failed(sourceProblem(`is missing; it must be the ARN of a queue, ${sourceForms.sqs.form}`));
  }
  const found = parseSourceArn(arn);
  if (found.kind === 'unrecognized') {
    return failed({ ...sourceProblem(`must be the ARN of a queue, ${sourceForms.sqs.form}`), got: { value: arn } });
  }
  const kind = found.kind === 'source' ? found.source.kind : found.of;
  if (kind !== 'sqs') return failed(unsupported('EventSourceArn', sourceForms[kind].label));
  if (found.kind === 'source' && found.source.kind === 'sqs') return { ok: true, value: found.source };
  return failed({ ...sourceProblem(`must have the form ${sourceForms.sqs.form}`), got: { value: arn } });
}

function sourceProblem(message: string): Problem {
  return { path: ['EventSourceArn'], message, aws: unrecognized };
}

function unsupported(parameter: string, label: string): Problem {
  const reason = `event sources of type ${label} are not supported by this version of millrace (SQS is)`;
  return { path: [parameter], message: `cannot be used: ${reason}` };
}

function queueMapping(request: MappingInput, source: SqsQueueRef, fn: FunctionRef, world: MappingWorld): Unnamed {
  const uuid = stableUuid(world, fn, source.arn);
  const { batchSize, window } = batching[source.fifo ? 'sqs-fifo' : 'sqs'];
  const windowSeconds = request.MaximumBatchingWindowInSeconds;
  return {
    kind: 'queue',
    uuid,
    arn: lambdaArn(world, `event-source-mapping:${uuid}`),
    enabled: request.Enabled ?? true,
    function: fn,
    source,
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: windowSeconds === undefined ? (window?.defaultMs ?? 0) : windowSeconds * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    concurrency: concurrencyOf(request, world.maximumConcurrency),
  };
}

function noticesOf(request: MappingInput, at: Path): readonly string[] {
  const withoutEffect = (['KMSKeyArn', 'Tags'] as const)
    .filter((name) => request[name] !== undefined)
    .map((name) => noEffect(pathText([...at, name]), name));
  const filters = request.FilterCriteria?.Filters?.length ?? 0;
  if (filters <= filtersWithoutIncrease) return withoutEffect;
  const where = pathText([...at, 'FilterCriteria', 'Filters']);
  return [
    ...withoutEffect,
    `${where} has ${filters} filters: AWS allows more than ${filtersWithoutIncrease} only after an increase of the quota`,
  ];
}
