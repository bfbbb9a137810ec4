import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { SourceDefinition } from '../contracts/source-definition.js';
import { sendFields, sourceTypes } from '../contracts/source-description.js';
import { parametersOf } from '../mappings/rules/source-models.js';
import { ranges } from '../mappings/schema/parameters.js';
import { oneOf, text, wholeNumber } from '../mappings/schema/fields.js';
import { ownSourceOf } from '../mappings/source-arn.js';
import type { Problem } from '../mappings/schema/problem.js';
import { messageOf } from '../platform/millrace-error.js';
import { importDefault, moduleNames } from './module.js';

/** An input whose `sources` are loaded, and what kept some of them from loading. */
interface LoadedInput {
  readonly input: unknown;
  /** Each belongs to an entry of `sources` that is undefined in `input`. */
  readonly problems: readonly Problem[];
}

/** Loads the modules that `sources` names; paths are relative to `root`. Everything else stays as it is. */
export async function loadSources(input: unknown, root: string): Promise<LoadedInput> {
  const sources = typeof input === 'object' && input !== null && 'sources' in input ? input.sources : undefined;
  if (!Array.isArray(sources)) return { input, problems: [] };
  const loaded = await Promise.all(sources.map((source: unknown, index) => loadSource(source, index, root)));
  return {
    input: { ...(input as object), sources: loaded.map(({ source }) => source) },
    problems: loaded.flatMap(({ problem }) => problem ?? []),
  };
}

interface LoadedSource {
  readonly source?: unknown;
  readonly problem?: Problem;
}

async function loadSource(source: unknown, index: number, root: string): Promise<LoadedSource> {
  if (typeof source !== 'string') return { source };
  const file = path.resolve(root, source);
  const refused = (message: string): LoadedSource => ({
    problem: { path: ['sources', index], message, got: { value: source } },
  });
  if (!moduleNames.test(file)) return refused('must be the path of a module that ends in .ts, .mts, .js or .mjs');
  if ((await stat(file).catch(() => undefined))?.isFile() !== true)
    return refused(`does not exist: there is no ${file}`);
  try {
    const exported = await importDefault(file);
    return exported === undefined
      ? refused('has no default export; write: export default defineSource({ … })')
      : { source: exported };
  } catch (error) {
    return refused(`could not be loaded: ${messageOf(error)}`);
  }
}

const method = (what: string): z.ZodType =>
  z.custom((value) => typeof value === 'function', { error: `must be a function that ${what}` });

const positive = wholeNumber(1, 1_000_000);

/** What a source says of itself; its methods are code, as the source is. */
const traitsSchema = z.looseObject(
  {
    title: method('names a queue or stream').optional(),
    parameters: oneOf(sourceTypes).optional(),
    batchSize: wholeNumber(ranges.batchSize.min, ranges.batchSize.max).optional(),
    windowMs: wholeNumber(0, ranges.windowSeconds.max * 1_000).optional(),
    concurrency: z
      .looseObject(
        { initial: positive, floor: positive, ceiling: positive.optional(), growEveryMs: positive },
        { error: 'must be an object with initial, floor and growEveryMs' },
      )
      .optional(),
    filter: z
      .looseObject(
        {
          dataKey: text({ max: 100, what: 'the name of a field' }),
          mismatch: oneOf(['no-match', 'left-out']),
          view: method('shows a record to filters'),
        },
        { error: 'must be an object with dataKey, mismatch and view' },
      )
      .optional(),
    partitionWord: text({ max: 30, what: 'a word' }).optional(),
    sendFields: z.array(oneOf(sendFields), { error: `must be a list of ${sendFields.join(', ')}` }).optional(),
    sample: text({ min: 0, max: 1_000_000, what: 'a text' }).optional(),
  },
  { error: 'must be an object, such as { batchSize: 50 }' },
);

/** The shape of a source. Its module may export more than that: it is code, not configuration. */
export const sourceSchema = z.looseObject(
  {
    name: text({ max: 64, pattern: /^[a-zA-Z0-9-]+$/, what: 'the name of a source (letters, digits and -)' }),
    kind: oneOf(['stream', 'queue']),
    open: method('opens the source'),
    send: method('puts records into the source').optional(),
    missing: method('says that there is no such queue or stream').optional(),
    refusal: method('says why a mapping is refused').optional(),
    advice: method('says what to warn of').optional(),
    traits: traitsSchema.optional(),
  },
  {
    error: 'must be a source: an object with name, kind and open, or the path of a module whose default export is one',
  },
);

/** Sources by name. That every name is there once is for `nameProblems` to say. */
export function sourcesByName(sources: readonly SourceDefinition[]): ReadonlyMap<string, SourceDefinition> {
  return new Map(sources.map((source) => [source.name, source]));
}

/** What is wrong with sources that have the right shape. */
export function sourceProblems(sources: readonly SourceDefinition[]): readonly Problem[] {
  return [...nameProblems(sources), ...parameterProblems(sources)];
}

/** Two sources of one name: mappings could mean either. */
function nameProblems(sources: readonly SourceDefinition[]): readonly Problem[] {
  return sources.flatMap(({ name }, index) => {
    const first = sources.findIndex((other) => other.name === name);
    if (first === index) return [];
    return [{ path: ['sources', index], message: `has the name of sources[${first}], ${name}; rename one of them` }];
  });
}

/** Queues have no parameters of streams, and the other way round. A source that is named by servers has no ARN. */
function parameterProblems(sources: readonly SourceDefinition[]): readonly Problem[] {
  return sources.flatMap(({ kind, traits }, index) => {
    const possible = parametersOf[kind];
    const given = traits?.parameters;
    if (given === undefined || possible.includes(given)) return [];
    const message = `must be one of ${possible.join(', ')} for a ${kind}`;
    return [{ path: ['sources', index, 'traits', 'parameters'], message, got: { value: given } }];
  });
}

/** Sources that no mapping names. */
export function unusedSources(sources: readonly SourceDefinition[], arns: readonly string[]): readonly string[] {
  const used = new Set(arns.map(ownSourceOf));
  return sources.flatMap(({ name }, index) => {
    return used.has(name) ? [] : [`sources[${index}] has no effect: no mapping reads ${name}`];
  });
}
