import path from 'node:path';
import type { PlaceOptions } from './common-options.js';

/** A state folder that is named needs no configuration: it may be another project's, or another machine's. */
export async function stateFolder(dir: string, options: PlaceOptions): Promise<string> {
  if (options.state !== undefined) return path.resolve(options.state);
  const { loadFor } = await import('./load.js');
  const { state } = await loadFor(dir, options);
  return state ?? path.resolve(dir, '.millrace');
}
