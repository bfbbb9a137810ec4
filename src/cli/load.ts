import { loadConfiguration } from '../config/load.js';
import type { Configuration } from '../config/configuration.js';
import type { PlaceOptions } from './common-options.js';

/** The configuration that a command line names. */
export function loadFor(folder: string, { config, state }: PlaceOptions): Promise<Configuration> {
  return loadConfiguration(folder, { env: process.env, config, state });
}

/** `--inspect[=function]` as the runtime takes it. */
export function inspectOption(inspect: string | undefined): { readonly inspect?: { readonly function?: string } } {
  if (inspect === undefined) return {};
  return { inspect: inspect === '' ? {} : { function: inspect } };
}
