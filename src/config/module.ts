import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Names of modules that can be loaded as they are. */
export const moduleNames = /\.[cm]?[jt]s$/;

interface Evaluated {
  readonly digest: string;
  readonly exported: unknown;
}

/** What is known of each file, as in Node's own cache of modules. */
const known = new Map<string, Evaluated>();
let evaluations = 0;

/**
 * The default export of a module, TypeScript included; undefined when it has none. Rejects as the module does.
 *
 * A file whose text has changed is evaluated anew; what it imports is read again only where it is TypeScript. A file that
 * is as it was gives the same export again, so that who compares sees that nothing has changed.
 */
export async function importDefault(file: string): Promise<unknown> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('base64');
  const before = known.get(file);
  if (before?.digest === digest) return before.exported;
  const outer = propertyOf(await evaluate(file), 'default');
  // Of a CommonJS module that was compiled from an ES module, the one inside it.
  const exported = propertyOf(outer, '__esModule') === true ? propertyOf(outer, 'default') : outer;
  known.set(file, { digest, exported });
  return exported;
}

async function evaluate(file: string): Promise<unknown> {
  const { href } = pathToFileURL(file);
  // Node keeps CommonJS modules by path, from Node 24 on also those that tsx loads.
  const { cache } = createRequire(import.meta.url);
  delete cache[await realpath(file)];
  if (file.endsWith('ts')) {
    const { tsImport } = await import('tsx/esm/api'); // evaluates ES modules anew each time
    return tsImport(href, import.meta.url);
  }
  // It keeps ES modules by URL, also those that failed.
  return import(`${href}?evaluation=${++evaluations}`);
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
