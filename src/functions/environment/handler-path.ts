import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What a `Handler` text names. */
interface HandlerPath {
  /** Path of the module without its extension, relative to the function's root. */
  readonly module: string;
  /** The way from the module's exports to the function: `a.b` is `['a', 'b']`. */
  readonly exports: readonly string[];
}

/** The order in which extensions are tried. */
export const extensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const;

/** Splits at the first dot of the last path segment, as Lambda does; undefined when there is no module or no export. */
export function parseHandler(handler: string): HandlerPath | undefined {
  const slash = Math.max(handler.lastIndexOf('/'), path.sep === '\\' ? handler.lastIndexOf('\\') : -1);
  const dot = handler.indexOf('.', slash + 1);
  if (dot === -1 || dot === slash + 1) return undefined;
  const exports = handler.slice(dot + 1).split('.');
  return exports.includes('') ? undefined : { module: handler.slice(0, dot), exports };
}

/** The paths that may be meant by a module path, in the order in which they are tried. */
export function candidates(module: string): readonly string[] {
  return [module, ...extensions.map((it) => module + it), ...extensions.map((it) => path.join(module, `index${it}`))];
}

/** The file of a module; undefined when there is none. Installed packages are found by name, as on Lambda. */
export function findModule(root: string, module: string): string | undefined {
  const file = candidates(path.resolve(root, module)).find(isFile);
  if (file !== undefined) return file;
  try {
    const resolved = createRequire(path.join(root, 'index.js')).resolve(module);
    return path.isAbsolute(resolved) ? resolved : undefined; // a built-in module resolves to its bare name
  } catch {
    return undefined; // not installed either; the caller's message names what was tried
  }
}

export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** How Node loads a file: by its extension, or else by the `type` of the nearest package.json. */
export function moduleKind(file: string): 'module' | 'commonjs' {
  if (/\.m[jt]s$/.test(file)) return 'module';
  if (/\.c[jt]s$/.test(file)) return 'commonjs';
  const manifest = findUp('package.json', path.dirname(file));
  if (manifest === undefined) return 'commonjs';
  try {
    const { type } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: unknown };
    return type === 'module' ? 'module' : 'commonjs';
  } catch {
    return 'commonjs'; // Node itself will complain about the file when it needs it
  }
}

/** The nearest file of that name, in the given folder or above it. */
export function findUp(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, name);
    if (existsSync(file)) return file;
    if (path.dirname(at) === at) return undefined;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
