import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import type { Configuration } from './configuration.js';
import { readDocument, type ReadDocument } from './document.js';
import type { Environment } from './environment-text.js';
import { findConfiguration } from './find.js';
import type { ConfigurationInput } from './input.js';
import { importDefault, moduleNames } from './module.js';
import { checkConfiguration, type Origin } from './parse.js';
import { report } from './report.js';
import { loadSources } from './sources.js';

export interface LoadOptions {
  /** What `${NAME}` in the file is replaced from. */
  readonly env: Environment;
  /** A configuration file named by a flag: wins over the folder. */
  readonly config?: string | undefined;
  /** A state folder, or table, named by a flag: wins over the file's `state`. */
  readonly state?: string | undefined;
}

/** Reads the configuration of a folder, or a file; throws a `MillraceError` that names every problem with file, line and key. */
export async function loadConfiguration(folderOrFile: string, options: LoadOptions): Promise<Configuration> {
  const file = await findConfiguration(options.config ?? folderOrFile);
  const read = await readFormat(file, options.env);
  const root = path.dirname(file);
  const origin = { root, file, state: options.state, defaultState: path.join(root, '.millrace') };
  return loaded(read, origin);
}

/** The same for a configuration given as an object, whose `sources` may be paths. */
export function loadInput(input: ConfigurationInput, origin: Origin): Promise<Configuration> {
  return loaded({ input, problems: [], written: { name: 'configuration' } }, origin);
}

async function loaded(read: ReadDocument, origin: Origin): Promise<Configuration> {
  const { input, problems: unloaded } = await loadSources(read.input, origin.root);
  const reported = [...read.problems, ...unloaded];
  const checked = input === undefined ? undefined : checkConfiguration(input, origin);
  const known = new Set(reported.map((problem) => JSON.stringify(problem.path)));
  const found = checked === undefined || checked.ok ? [] : checked.problems;
  // A value that could not be replaced or loaded is missing for the checks; it has been reported already.
  const problems = [...reported, ...found.filter((problem) => !known.has(JSON.stringify(problem.path)))];
  if (checked?.ok === true && problems.length === 0) return checked.value;
  throw new MillraceError('CONFIGURATION_INVALID', report(problems, read.written));
}

const documents = /\.(?:yaml|yml|json)$/;

async function readFormat(file: string, env: Environment): Promise<ReadDocument> {
  const name = shownName(file);
  if (documents.test(file)) return readDocument(await readText(file), name, env);
  if (moduleNames.test(file)) return { input: await evaluate(file), problems: [], written: { name } };
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

async function evaluate(file: string): Promise<unknown> {
  let exported: unknown;
  try {
    exported = await importDefault(file);
    if (typeof exported === 'function') exported = await (exported as () => unknown)();
  } catch (error) {
    throw invalid(`${shownName(file)} could not be loaded: ${messageOf(error)}`, error);
  }
  if (exported !== undefined) return exported;
  throw invalid(`${shownName(file)} has no default export; write: export default { functions: …, mappings: … }`);
}

function invalid(message: string, cause?: unknown): MillraceError {
  return new MillraceError('CONFIGURATION_INVALID', message, { cause });
}
