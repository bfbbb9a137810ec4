import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import type { Configuration } from './configuration.js';
import { readDocument, type ReadDocument } from './document.js';
import type { Environment } from './environment-text.js';
import { findConfiguration } from './find.js';
import { checkConfiguration } from './parse.js';
import { report } from './report.js';

export interface LoadOptions {
  /** What `${NAME}` in the file is replaced from. */
  readonly env: Environment;
  /** A configuration file named by a flag: wins over the folder. */
  readonly config?: string | undefined;
  /** A state folder named by a flag: wins over the file's `state`. */
  readonly state?: string | undefined;
}

/** Reads the configuration of a folder, or a file; throws a `MillraceError` that names every problem with file, line and key. */
export async function loadConfiguration(folderOrFile: string, options: LoadOptions): Promise<Configuration> {
  const file = await findConfiguration(options.config ?? folderOrFile);
  const read = await readFormat(file, options.env);
  const root = path.dirname(file);
  const origin = { root, file, state: options.state, defaultState: path.join(root, '.millrace') };
  const checked = read.input === undefined ? undefined : checkConfiguration(read.input, origin);
  const known = new Set(read.problems.map((problem) => JSON.stringify(problem.path)));
  const found = checked === undefined || checked.ok ? [] : checked.problems;
  // A value that could not be replaced is missing for the checks; it has been reported already.
  const problems = [...read.problems, ...found.filter((problem) => !known.has(JSON.stringify(problem.path)))];
  if (checked?.ok === true && problems.length === 0) return checked.value;
  throw new MillraceError('CONFIGURATION_INVALID', report(problems, read.written));
}

const modules = /\.[cm]?[jt]s$/;
const documents = /\.(?:yaml|yml|json)$/;

async function readFormat(file: string, env: Environment): Promise<ReadDocument> {
  const name = shownName(file);
  if (documents.test(file)) return readDocument(await readText(file), name, env);
  if (modules.test(file)) return { input: await importDefault(file), problems: [], written: { name } };
  throw invalid(`${name} is not a configuration that can be read: it must end in .yaml, .yml, .json, .ts or .mjs`);
}

/** A file as it is called in messages: relative where that is shorter to read, so that terminals can open it. */
function shownName(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(`${shownName(file)} cannot be read: ${messageOf(error)}`, error);
  }
}

async function importDefault(file: string): Promise<unknown> {
  let exported: unknown;
  try {
    exported = defaultOf(await importModule(file));
    if (typeof exported === 'function') exported = await (exported as () => unknown)();
  } catch (error) {
    throw invalid(`${shownName(file)} could not be loaded: ${messageOf(error)}`, error);
  }
  if (exported !== undefined) return exported;
  throw invalid(`${shownName(file)} has no default export; write: export default { functions: …, mappings: … }`);
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

/** The default export; of a CommonJS module that was compiled from an ES module, the one inside it. */
function defaultOf(module: unknown): unknown {
  const outer = propertyOf(module, 'default');
  return propertyOf(outer, '__esModule') === true ? propertyOf(outer, 'default') : outer;
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function invalid(message: string, cause?: unknown): MillraceError {
  return new MillraceError('CONFIGURATION_INVALID', message, { cause });
}
