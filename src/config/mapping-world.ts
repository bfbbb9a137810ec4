import type { KnownFunctions } from '../mappings/function-name.js';
import type { MappingWorld } from '../mappings/parse-mapping.js';
import { destinationDescriptions } from '../destinations/registry.js';
import { knownSources } from '../sources/registry.js';
import type { Configuration } from './configuration.js';

/** What the mappings of a configuration are checked against, but for who asks and when. */
export function mappingWorld(
  {
    region,
    account,
    sources,
    maximumConcurrency,
  }: Pick<Configuration, 'region' | 'account' | 'sources' | 'maximumConcurrency'>,
  functions: KnownFunctions,
): Omit<MappingWorld, 'now' | 'caller'> {
  return {
    region,
    account,
    functions,
    sources: knownSources(sources),
    destinations: destinationDescriptions,
    maximumConcurrency,
  };
}
