import type { Configuration } from '../config/configuration.js';
import type { Environment } from '../config/environment-text.js';
import { functionsToName } from '../config/functions.js';
import { mappingWorld } from '../config/mapping-world.js';
import { resolveEndpoints } from '../config/resolve-endpoints.js';
import { restoredName } from '../control-plane/restored-name.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { madeOverApi, type MappingRecord } from '../mappings/mapping-record.js';
import { parseMapping } from '../mappings/parse-mapping.js';
import { systemClock } from '../platform/clock.js';

/**
 * A configuration with the mappings that were made over the API beside those of its file, as far as they can be run: for
 * commands that look at all mappings, and for the queues and streams of embedded servers.
 */
export function withStored(
  configuration: Configuration,
  stored: readonly MappingRecord[],
  env: Environment,
): Configuration {
  const taken = new Set(configuration.mappings.map(({ name }) => name));
  const more = madeOverApi(stored).flatMap((record): readonly EventSourceMapping[] => {
    const mapping = runnable(record, configuration, env);
    const name = restoredName(record, mapping, taken);
    taken.add(name);
    return mapping === undefined ? [] : [{ ...mapping, name }];
  });
  return { ...configuration, mappings: [...configuration.mappings, ...more] };
}

function runnable(
  { request, uuid }: MappingRecord,
  configuration: Configuration,
  env: Environment,
): EventSourceMapping | undefined {
  const functions = functionsToName(configuration.functions);
  const world = { ...mappingWorld(configuration, functions), now: systemClock.now(), caller: 'api' } as const;
  const parsed = parseMapping(request, world, { uuid });
  if (!parsed.ok || parsed.value.mapping.kind === 'unpolled') return undefined;
  const mapping: EventSourceMapping = { ...parsed.value.mapping, name: '' };
  try {
    resolveEndpoints({ ...configuration, mappings: [mapping] }, env);
    return mapping;
  } catch {
    return undefined; // the runtime says why when it takes the mapping in
  }
}
