import { mappingArn, type Home } from './arn.js';
import { apiInput } from './schema/api-input.js';
import type { FunctionRef } from './event-source-mapping.js';
import { problemsOf } from './schema/fields.js';
import { parseFunctionName, type KnownFunctions } from './function-name.js';
import { stableUuid, type Unnamed } from './identity.js';
import { noticesOf } from './notices.js';
import { failed, problemsIn, within, type Parsed, type Path, type Problem } from './schema/problem.js';
import { queueMapping } from './queue-mapping.js';
import { readableSource, type ReadableSource, type SourceWorld } from './readable-source.js';
import { malformedDestination } from './destination-arn.js';
import { longestDestination, mappingSchema } from './schema/request-schema.js';
import type { MappingInput } from './schema/request.js';
import type { DestinationDescription } from '../contracts/destination-description.js';
import type { Candidate, Findings } from './rules/rules.js';
import { rulesOfType } from './rules/rules-of-type.js';
import { streamMapping } from './stream-mapping.js';
import { unreachable } from '../platform/unreachable.js';

/** What a mapping is checked against. */
export interface MappingWorld extends Home, SourceWorld {
  /** What failures may be reported to. */
  readonly destinations: readonly DestinationDescription[];
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

interface ParseOptions {
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
  const { input: given, problems: found } =
    world.caller === 'api' ? apiInput(mappingSchema, input) : { input, problems: problemsOf(mappingSchema, input) };
  const problems = found.map((problem) => withForms(problem, world));
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
    value: {
      mapping: mappingOf(request, source.value, fn.value, world, uuid),
      notices: noticesOf(request, at, source.value.description.partitionWord),
    },
  };
}

/** The schema knows how long a destination may be, and not what there is. */
function withForms(problem: Problem, { destinations }: MappingWorld): Problem {
  const given = problem.path.at(-1) === 'Destination' ? problem.got?.value : undefined;
  if (typeof given !== 'string' || given.length > longestDestination) return problem;
  return { ...problem, message: malformedDestination(given, destinations) };
}

/** What names the source is malformed, which has been reported. */
function isSourceMalformed({ EventSourceArn: arn }: MappingInput, malformed: ReadonlySet<string>): boolean {
  return malformed.has('EventSourceArn') || (arn === undefined && malformed.has('SelfManagedEventSource'));
}

const noFindings: Findings = { beforeFunction: [], afterFunction: [] };

interface Given extends Pick<Candidate, 'request' | 'malformed'> {
  readonly timeoutMs: number | undefined;
}

function findings({ ref: source, description }: ReadableSource, given: Given, world: MappingWorld): Findings {
  const { timeoutMs: functionTimeoutMs, ...rest } = given;
  const { region, account, now, destinations } = world;
  const type = description.typeOf(given.request);
  return rulesOfType[type]({
    ...rest,
    source,
    description,
    type,
    region,
    account,
    now,
    destinations,
    functionTimeoutMs,
  });
}

function mappingOf(
  request: MappingInput,
  source: ReadableSource,
  fn: FunctionRef,
  world: MappingWorld,
  uuid = stableUuid(world, fn, source.ref.identity),
): Unnamed {
  const { kind, ref, description } = source;
  const base = {
    uuid,
    arn: mappingArn(uuid, world),
    enabled: request.Enabled ?? true,
    function: fn,
    source: ref,
    description,
    sourceType: description.typeOf(request),
    request,
  };
  switch (kind) {
    case 'queue':
      return { ...base, ...queueMapping(request, ref, description, world.maximumConcurrency) };
    case 'stream':
      return { ...base, ...streamMapping(request, ref, description, world) };
    case 'unpolled':
      return { ...base, kind };
    default:
      return unreachable(kind);
  }
}
