import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** Names of modules that can be loaded as they are. */
export const moduleNames = /\.[cm]?[jt]s$/;

/** The default export of a module, TypeScript included; undefined when it has none. Rejects as the module does. */
export async function importDefault(file: string): Promise<unknown> {
  const outer = propertyOf(await importModule(file), 'default');
  // Of a CommonJS module that was compiled from an ES module, the one inside it.
  return propertyOf(outer, '__esModule') === true ? propertyOf(outer, 'default') : outer;
}

async function importModule(file: string): Promise<unknown> {
  const { href } = pathToFileURL(file);
  if (file.endsWith('ts')) {
    const { tsImport } = await import('tsx/esm/api');
    return tsImport(href, import.meta.url);
  }
  // Node keeps modules by URL: a changed file needs another one to be read again.
  return import(`${href}?changed=${(await stat(file)).mtimeMs}`);
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
