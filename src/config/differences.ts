import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './configuration.js';
import type { ConfigurationInput } from './input.js';

interface ConfigurationDifferences {
  /** The settings that differ and are in effect only after a restart, as the file calls them. */
  readonly needsRestart: readonly string[];
}

/**
 * Compares two configurations of one file, but for functions and mappings, which are compared one by one where they are
 * applied. A setting that would reach only what starts later needs a restart: better that than half of it.
 */
export function compareConfigurations(before: Configuration, after: Configuration): ConfigurationDifferences {
  const settings = Object.entries(isSame);
  return { needsRestart: settings.filter(([, same]) => !same(before, after)).map(([name]) => name) };
}

type Comparison = (before: Configuration, after: Configuration) => boolean;

const by =
  (read: (configuration: Configuration) => unknown): Comparison =>
  (before, after) =>
    isDeepStrictEqual(read(before), read(after));

const isSame: Readonly<Record<Exclude<keyof ConfigurationInput, 'functions' | 'mappings'>, Comparison>> = {
  region: by(({ region }) => region),
  account: by(({ account }) => account),
  sources: hasSameSources,
  // The addresses are also among the variables of functions that stay as they are.
  endpoints: by(({ endpoints }) => endpoints),
  secrets: by(({ secrets }) => secrets),
  state: by(stateOf),
  // It is a part of mappings, but those that were created over the API would keep the old one while they run.
  maximumConcurrency: by(({ maximumConcurrency }) => maximumConcurrency),
  tumblingWindowIdleSeconds: by(({ tumblingWindowIdleMs }) => tumblingWindowIdleMs),
  embedded: by(({ embedded }) => embedded),
  journal: by(({ journal }) => journal),
};

/**
 * A source that comes or goes does so together with its mappings. One that is another object may be other code: what a
 * module of the configuration makes itself is another one after each edit, what it names by a path only when that is edited.
 */
function hasSameSources({ sources: before }: Configuration, { sources: after }: Configuration): boolean {
  return [...before].every(([name, source]) => (after.get(name) ?? source) === source);
}

/** A table is by default in the region of the configuration: that it follows is no difference of its own. */
function stateOf({ state, checkpoints, region }: Configuration): unknown {
  const follows = checkpoints.kind === 'dynamodb' && checkpoints.region === region;
  return { state, checkpoints: follows ? { ...checkpoints, region: undefined } : checkpoints };
}
