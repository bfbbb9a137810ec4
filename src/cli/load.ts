import { loadConfiguration } from '../config/load.js';
import type { Configuration } from '../config/configuration.js';
import { StoredMappings } from '../state/stored-mappings.js';
import { withStored } from '../runtime/with-stored.js';
import type { PlaceOptions } from './common-options.js';

/** The configuration that a command line names. */
export function loadFor(folder: string, { config, state }: PlaceOptions): Promise<Configuration> {
  return loadConfiguration(folder, { env: process.env, config, state });
}

/** The same with the mappings that were made over the API, which are in the state folder. */
export async function loadWithStored(folder: string, options: PlaceOptions): Promise<Configuration> {
  const configuration = await loadFor(folder, options);
  if (configuration.state === undefined) return configuration;
  const stored = await new StoredMappings(configuration.state).all();
  return withStored(configuration, stored, process.env);
}

/** `--inspect[=function]` as the runtime takes it. */
export function inspectOption(inspect: string | undefined): { readonly inspect?: { readonly function?: string } } {
  if (inspect === undefined) return {};
  return { inspect: inspect === '' ? {} : { function: inspect } };
}
