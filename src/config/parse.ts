import type { Home } from '../mappings/arn.js';
import { duplicateError, isDuplicate } from '../mappings/rules/duplicates.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { problemsOf } from '../mappings/schema/fields.js';
import { withNames, type Unnamed } from '../mappings/identity.js';
import { parseMapping, type MappingWorld, type ParsedMapping } from '../mappings/parse-mapping.js';
import { failed, pathText, problemsIn, type Parsed, type Problem } from '../mappings/schema/problem.js';
import { mappingSchema } from '../mappings/schema/request-schema.js';
import { systemClock } from '../platform/clock.js';
import type { Configuration, Endpoints } from './configuration.js';
import { addressedBy, parseEndpoints } from './endpoints.js';
import { codeProblems, functionDefinitions, functionNotices, knownFunctions } from './functions.js';
import { mappingWorld } from './mapping-world.js';
import { configurationSchema, limits, type ShapedInput } from './schema.js';
import { sourceProblems, sourcesByName, unusedSources } from './sources.js';
import { parseState, type StateLocation, type StateOrigin } from './state.js';

/** Where a configuration comes from. */
export interface Origin extends StateOrigin {
  /** The folder that relative paths are relative to. */
  readonly root: string;
  /** The file it was read from. */
  readonly file?: string | undefined;
}

/**
 * Checks a configuration given as an object and fills in the defaults; returns every problem. Its `sources` are
 * definitions: those that are paths are loaded by `loadInput`.
 */
export function checkConfiguration(input: unknown, origin: Origin): Parsed<Configuration> {
  const malformed = problemsOf(configurationSchema, input);
  if (typeof input !== 'object' || input === null) return failed(...malformed);
  const shaped = input as ShapedInput;
  const wrong = new Set(malformed.map((problem) => problem.path[0]));
  const mappings = parseMappings(shaped, wrong);
  const endpoints = wrong.has('endpoints') ? failed() : parseEndpoints({ ...shaped.endpoints });
  const state = wrong.has('state') ? failed() : parseState(origin, shaped.state, shaped.region ?? defaultRegion);
  const problems = [
    ...malformed,
    ...(wrong.has('sources') ? [] : sourceProblems(shaped.sources ?? [])),
    ...(wrong.has('functions') ? [] : codeProblems(shaped.functions ?? {})),
    ...[mappings, endpoints, state].flatMap(problemsIn),
  ];
  if (!mappings.ok || !endpoints.ok || !state.ok || problems.length > 0) return failed(...problems);
  return { ok: true, value: assemble(shaped, origin, mappings.value, endpoints.value, state.value) };
}

function assemble(
  shaped: ShapedInput,
  { file, root }: Origin,
  mappings: readonly FileMapping[],
  endpoints: Endpoints,
  location: StateLocation,
): Configuration {
  const { functions = {}, secrets = {}, sources = [] } = shaped;
  const place = placeOf(shaped);
  return {
    file,
    root,
    ...place,
    functions: functionDefinitions(functions, place, root),
    mappings: withNames<EventSourceMapping>(mappings.map(({ mapping }) => mapping)),
    sources: sourcesByName(sources),
    endpoints,
    secrets,
    ...location,
    ...settingsOf(shaped),
    notices: [
      ...functionNotices(functions),
      ...mappings.flatMap(({ notices }) => notices),
      ...unusedNotices(shaped, mappings),
    ],
  };
}

/** A mapping of a file; sources that are not polled have been refused. */
interface FileMapping {
  readonly mapping: Unnamed<EventSourceMapping>;
  readonly notices: readonly string[];
}

/** What is legal and does nothing in this configuration. */
function unusedNotices(
  { endpoints = {}, secrets = {}, sources = [] }: ShapedInput,
  mappings: readonly FileMapping[],
): readonly string[] {
  const arns = mappings.flatMap(({ mapping }) => mapping.source.arn ?? []);
  const addressed = new Set(arns.flatMap(addressedBy));
  const unused = Object.keys(endpoints).filter((key) => key.startsWith('arn:') && !addressed.has(key));
  return [
    ...unusedSources(sources, arns),
    ...unused.map((arn) => `${pathText(['endpoints', arn])} has no effect: no mapping reads it`),
    ...(Object.keys(secrets).length > 0 ? ['secrets has no effect: no source of this version needs one'] : []),
  ];
}

const defaultRegion = 'us-east-1';

function placeOf({ region = defaultRegion, account = '000000000000' }: ShapedInput): Home {
  return { region, account: String(account) };
}

function settingsOf({
  maximumConcurrency,
  tumblingWindowIdleSeconds,
  embedded,
  journal,
}: ShapedInput): Pick<Configuration, 'maximumConcurrency' | 'tumblingWindowIdleMs' | 'embedded' | 'journal'> {
  return {
    maximumConcurrency: maximumConcurrency ?? limits.maximumConcurrency.default,
    tumblingWindowIdleMs: Math.round((tumblingWindowIdleSeconds ?? limits.tumblingWindowIdleSeconds.default) * 1_000),
    embedded: {
      visibilityTimeoutSeconds: embedded?.visibilityTimeoutSeconds,
      maxReceiveCount: embedded?.maxReceiveCount,
      shards: embedded?.shards ?? limits.embeddedShards.default,
    },
    journal: {
      fileBytes: (journal?.fileSizeMb ?? limits.journalFileMb.default) * 1_024 * 1_024,
      files: journal?.files ?? limits.journalFiles.default,
    },
  };
}

/** Reads every mapping. While what they are checked against is wrong only shapes are: rules would report what is not there. */
function parseMappings(shaped: ShapedInput, wrong: ReadonlySet<unknown>): Parsed<readonly FileMapping[]> {
  const inputs = wrong.has('mappings') ? [] : (shaped.mappings ?? []);
  if (['region', 'account', 'sources'].some((key) => wrong.has(key))) {
    return failed(...inputs.flatMap((input, index) => problemsOf(mappingSchema, input, ['mappings', index])));
  }
  const world: MappingWorld = {
    ...mappingWorld(
      { ...placeOf(shaped), ...settingsOf(shaped), sources: sourcesByName(shaped.sources ?? []) },
      knownFunctions(shaped.functions),
    ),
    now: systemClock.now(),
    caller: 'file',
  };
  const results = inputs.map((input, index) => parseMapping(input, world, { at: ['mappings', index] }));
  const problems = [...results.flatMap(problemsIn), ...duplicateProblems(results)];
  if (problems.length > 0) return failed(...problems);
  return { ok: true, value: results.flatMap((result) => (result.ok ? polled(result.value) : [])) };
}

function polled({ mapping, notices }: ParsedMapping): readonly FileMapping[] {
  return mapping.kind === 'unpolled' ? [] : [{ mapping, notices }];
}

function duplicateProblems(results: readonly Parsed<ParsedMapping>[]): readonly Problem[] {
  const mappings: readonly (Unnamed | undefined)[] = results.map((r) => (r.ok ? r.value.mapping : undefined));
  return mappings.flatMap((mapping, index) => {
    const first = mappings.findIndex((other) => mapping && other && isDuplicate(mapping, other));
    const existing = mappings[first];
    if (mapping === undefined || existing === undefined || first === index) return [];
    const message = `maps the same ${existing.kind} to the same function as mappings[${first}]; remove one of them`;
    return [{ path: ['mappings', index], message, aws: duplicateError(mapping, existing) }];
  });
}
