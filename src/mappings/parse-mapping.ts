import type { Place } from './arn.js';
import type { FunctionRef } from './event-source-mapping.js';
import { problemsOf } from './fields.js';
import { parseFunctionName, type KnownFunctions } from './function-name.js';
import type { Unnamed } from './identity.js';
import { filtersWithoutIncrease, noEffect } from './parameters.js';
import { failed, pathText, problemsIn, within, type Parsed, type Path } from './problem.js';
import { queueMapping } from './queue-mapping.js';
import { queueRules } from './queue-rules.js';
import { readableSource, type KnownSources, type ReadableSource } from './readable-source.js';
import { mappingSchema } from './request-schema.js';
import type { MappingInput } from './request.js';
import type { Candidate, Findings } from './rules.js';
import { streamMapping } from './stream-mapping.js';
import { streamRules } from './stream-rules.js';

/** What a mapping is checked against. */
export interface MappingWorld extends Place {
  readonly functions: KnownFunctions;
  readonly sources: KnownSources;
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

/**
 * Reads the body of a CreateEventSourceMapping request. Serves the configuration file and the control plane: the first
 * problem is the one AWS would answer with, the others are for people who mend a file in one go. `at` is where the
 * request stands in a larger input.
 */
export function parseMapping(input: unknown, world: MappingWorld, at: Path = []): Parsed<ParsedMapping> {
  const problems = problemsOf(mappingSchema, input);
  const malformed = new Set(problems.map((problem) => String(problem.path[0] ?? '')));
  if (malformed.has('')) return failed(...within(at, problems));
  // The rules see the request without what is malformed, so that everything that is wrong is reported in one go.
  const request = Object.fromEntries(
    Object.entries(input as MappingInput).filter(([key]) => !malformed.has(key)),
  ) as MappingInput;
  const { functions, sources, region, now } = world;
  const source = malformed.has('EventSourceArn') ? failed() : readableSource(request, sources, region);
  const fn = malformed.has('FunctionName') ? failed() : parseFunctionName(request.FunctionName, world, functions);
  const rules = source.ok ? findings(source.value, { request, malformed, region, now }) : noFindings;
  const all = [...problems, ...problemsIn(source), ...rules.beforeFunction, ...problemsIn(fn), ...rules.afterFunction];
  if (!source.ok || !fn.ok || all.length > 0) return failed(...within(at, all));
  const mapping = mappingOf(request, source.value, fn.value, world);
  return { ok: true, value: { mapping, notices: noticesOf(request, at) } };
}

const noFindings: Findings = { beforeFunction: [], afterFunction: [] };

function findings({ kind, ref }: ReadableSource, rest: Omit<Candidate, 'source'>): Findings {
  return kind === 'queue' ? queueRules({ ...rest, source: ref }) : streamRules({ ...rest, source: ref });
}

function mappingOf(
  request: MappingInput,
  { kind, ref }: ReadableSource,
  fn: FunctionRef,
  world: MappingWorld,
): Unnamed {
  return kind === 'queue' ? queueMapping(request, ref, fn, world) : streamMapping(request, ref, fn, world);
}

function noticesOf(request: MappingInput, at: Path): readonly string[] {
  const where = (...path: Path): string => pathText([...at, ...path]);
  const withoutEffect = (['KMSKeyArn', 'Tags'] as const)
    .filter((name) => request[name] !== undefined)
    .map((name) => noEffect(where(name), name));
  const filters = request.FilterCriteria?.Filters?.length ?? 0;
  return [
    ...withoutEffect,
    ...((request.TumblingWindowInSeconds ?? 0) > 0 && (request.ParallelizationFactor ?? 1) > 1
      ? [
          `${where('ParallelizationFactor')} has no effect with TumblingWindowInSeconds: a shard has one state, so its batches go one after the other`,
        ]
      : []),
    ...(filters > filtersWithoutIncrease
      ? [
          `${where('FilterCriteria', 'Filters')} has ${filters} filters: AWS allows more than ${filtersWithoutIncrease} only after an increase of the quota`,
        ]
      : []),
  ];
}
