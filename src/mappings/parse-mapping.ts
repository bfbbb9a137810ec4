import { mappingArn, type Place } from './arn.js';
import { apiInput } from './schema/api-input.js';
import { brokerRules } from './rules/broker-rules.js';
import { documentDbRules } from './rules/documentdb-rules.js';
import type { FunctionRef } from './event-source-mapping.js';
import { problemsOf } from './schema/fields.js';
import { parseFunctionName, type KnownFunctions } from './function-name.js';
import { stableUuid, type Unnamed } from './identity.js';
import { kafkaRules } from './rules/kafka-rules.js';
import { noticesOf } from './notices.js';
import { failed, problemsIn, within, type Parsed, type Path } from './schema/problem.js';
import { queueMapping } from './queue-mapping.js';
import { queueRules } from './rules/queue-rules.js';
import { readableSource, type ReadableSource, type SourceWorld } from './readable-source.js';
import { mappingSchema } from './schema/request-schema.js';
import type { MappingInput } from './schema/request.js';
import type { Candidate, Findings } from './rules/rules.js';
import { sourceText, sourceTypeOf } from './source-type.js';
import { streamMapping } from './stream-mapping.js';
import { streamRules } from './rules/stream-rules.js';
import { unreachable } from '../platform/unreachable.js';

/** What a mapping is checked against. */
export interface MappingWorld extends Place, SourceWorld {
  readonly functions: KnownFunctions;
  /** Ceiling of parallel batches for mappings of queues that set no limit of their own. */
  readonly maximumConcurrency: number;
  /** In milliseconds since the epoch: no stream is read from the future. */
  readonly now: number;
}

export interface ParsedMapping {
  readonly mapping: Unnamed;
  /** Sentences about parameters that were accepted and have no effect. */
  readonly notices: readonly string[];
}

export interface ParseOptions {
  /** Where the request stands in a larger input. */
  readonly at?: Path;
  /** Of a mapping that has one; left out, it is made of what the mapping is about. */
  readonly uuid?: string;
}

/**
 * Reads the parameters of a mapping: the body of a CreateEventSourceMapping request, or those of a mapping with an update
 * applied. Serves the configuration file and the control plane: the first problem is the one AWS would answer with, the
 * others are for people who mend a file in one go.
 */
export function parseMapping(
  input: unknown,
  world: MappingWorld,
  { at = [], uuid }: ParseOptions = {},
): Parsed<ParsedMapping> {
  const { input: given, problems } =
    world.caller === 'api' ? apiInput(mappingSchema, input) : { input, problems: problemsOf(mappingSchema, input) };
  const malformed = new Set(problems.map((problem) => String(problem.path[0] ?? '')));
  if (malformed.has('')) return failed(...within(at, problems));
  // The rules see the request without what is malformed, so that everything that is wrong is reported in one go.
  const request = Object.fromEntries(
    Object.entries(given as MappingInput).filter(([key]) => !malformed.has(key)),
  ) as MappingInput;
  const source = isSourceMalformed(request, malformed) ? failed() : readableSource(request, world);
  const fn = malformed.has('FunctionName') ? failed() : parseFunctionName(request.FunctionName, world, world.functions);
  const timeoutMs = fn.ok ? world.functions.get(fn.value.name)?.timeoutMs : undefined;
  const rules = source.ok ? findings(source.value, { request, malformed, timeoutMs }, world) : noFindings;
  const all = [...problems, ...problemsIn(source), ...rules.beforeFunction, ...problemsIn(fn), ...rules.afterFunction];
  if (!source.ok || !fn.ok || all.length > 0) return failed(...within(at, all));
  return {
    ok: true,
    value: { mapping: mappingOf(request, source.value, fn.value, world, uuid), notices: noticesOf(request, at) },
  };
}

/** What names the source is malformed, which has been reported. */
function isSourceMalformed({ EventSourceArn: arn }: MappingInput, malformed: ReadonlySet<string>): boolean {
  return malformed.has('EventSourceArn') || (arn === undefined && malformed.has('SelfManagedEventSource'));
}

const noFindings: Findings = { beforeFunction: [], afterFunction: [] };

interface Given extends Pick<Candidate, 'request' | 'malformed'> {
  readonly timeoutMs: number | undefined;
}

function findings(source: ReadableSource, given: Given, world: MappingWorld): Findings {
  const { timeoutMs: functionTimeoutMs, ...rest } = given;
  const { region, account, now } = world;
  const type = sourceTypeOf(source, given.request);
  const candidate = { ...rest, type, region, account, now, functionTimeoutMs };
  if (source.kind === 'queue') return queueRules({ ...candidate, source: source.ref });
  if (source.kind === 'stream') return streamRules({ ...candidate, source: source.ref });
  const { ref } = source;
  switch (ref.kind) {
    case 'msk':
    case 'self-managed-kafka':
      return kafkaRules({ ...candidate, source: ref });
    case 'mq':
      return brokerRules({ ...candidate, source: ref });
    case 'documentdb':
      return documentDbRules({ ...candidate, source: ref });
    default:
      return unreachable(ref);
  }
}

function mappingOf(
  request: MappingInput,
  source: ReadableSource,
  fn: FunctionRef,
  world: MappingWorld,
  uuid = stableUuid(world, fn, sourceText(source.ref)),
): Unnamed {
  const base = {
    uuid,
    arn: mappingArn(uuid, world),
    enabled: request.Enabled ?? true,
    function: fn,
    sourceType: sourceTypeOf(source, request),
    request,
  };
  switch (source.kind) {
    case 'queue':
      return { ...base, ...queueMapping(request, source.ref, world.maximumConcurrency) };
    case 'stream':
      return { ...base, ...streamMapping(request, source.ref, world) };
    case 'unpolled':
      return { ...base, kind: 'unpolled', source: source.ref };
    default:
      return unreachable(source);
  }
}
