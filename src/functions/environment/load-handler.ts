import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionErrorInfo } from '../../journal/events.js';
import { errorInfoOf, traceOf } from '../function-error.js';
import { extensions, findModule, isTypeScript, moduleKind, parseHandler } from './handler-path.js';
import { isOurs } from './our-frames.js';
import { loadTypeScript } from './typescript.js';

const parseModules = fileURLToPath(new URL('./parse-modules.js', import.meta.url));

/** A user's handler: Lambda calls it with event, context and callback, whatever it declares. */
export type Handler = (event: unknown, context: unknown, callback: unknown) => unknown;

type LoadResult =
  { readonly ok: true; readonly handler: Handler } | { readonly ok: false; readonly error: FunctionErrorInfo };

/** Loads the module that a `Handler` text names and takes the function from it. */
export async function loadHandler(root: string, text: string): Promise<LoadResult> {
  const parsed = parseHandler(text);
  if (parsed === undefined) {
    return failure('Runtime.MalformedHandlerName', `Bad handler '${text}': it must be path/to/file.export`);
  }
  const file = findModule(root, parsed.module);
  if (file === undefined) return failure('Runtime.ImportModuleError', notFound(root, parsed.module));
  try {
    return pickExport(await importModule(file), parsed.exports, text);
  } catch (thrown) {
    return { ok: false, error: loadErrorOf(thrown, file) };
  }
}

async function importModule(file: string): Promise<unknown> {
  if (isTypeScript(file)) await loadTypeScript(file);
  return moduleKind(file) === 'module' ? import(pathToFileURL(file).href) : createRequire(file)(file);
}

function pickExport(module: unknown, names: readonly string[], text: string): LoadResult {
  let found: unknown = module;
  for (const name of names) found = (found as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  if (typeof found === 'function') return { ok: true, handler: found as Handler };
  const what = found === undefined || found === null ? 'is undefined or not exported' : 'is not a function';
  return failure('Runtime.HandlerNotFound', `${text} ${what}`);
}

/** Lambda has names of its own for what goes wrong before the user's code runs; all else keeps its type. */
function loadErrorOf(thrown: unknown, file: string): FunctionErrorInfo {
  const code = (thrown as { readonly code?: unknown } | null | undefined)?.code;
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return renamed('ImportModuleError', thrown);
  if (!(thrown instanceof SyntaxError) && !isTransformError(thrown)) return errorInfoOf(thrown, isOurs);
  const error = renamed('UserCodeSyntaxError', thrown);
  // Node keeps to itself where an ES module does not parse, unless it ends with the error.
  if (error.trace[1]?.startsWith('    at ') !== true) return error;
  const place = findSyntaxError(file);
  return place === undefined ? error : { ...error, trace: [...place, ...error.trace] };
}

/** esbuild, which translates TypeScript, reports syntax errors with a class of its own. */
function isTransformError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('Transform failed');
}

function renamed(type: string, thrown: unknown): FunctionErrorInfo {
  return { errorType: `Runtime.${type}`, errorMessage: String(thrown), trace: traceOf(thrown, isOurs) };
}

function failure(errorType: string, errorMessage: string): LoadResult {
  return { ok: false, error: { errorType, errorMessage, trace: [] } };
}

function notFound(root: string, module: string): string {
  const tried = `${path.resolve(root, module)} with ${extensions.join(' ')}`;
  return `Error: Cannot find module '${module}': tried ${tried}, and index files in a folder of that name`;
}

/**
 * Where an ES module, or one that it imports, does not parse: file and line, the code, a mark below it. Only parses,
 * in a process of its own, because Node offers that behind a flag; undefined when everything parses.
 */
function findSyntaxError(file: string): readonly string[] | undefined {
  const execArgv = ['--experimental-vm-modules', '--no-warnings'];
  const { stderr } = spawnSync(process.execPath, [...execArgv, parseModules, file], { encoding: 'utf8' });
  const [place = '', error = ''] = stderr.split('\n\n');
  return error.startsWith('SyntaxError') ? place.split('\n') : undefined;
}
