import path from 'node:path';
import { failed, type Parsed } from '../mappings/schema/problem.js';
import type { Checkpoints } from './configuration.js';
import { limits } from './schema.js';

/** Where a configuration keeps what survives a restart. */
export interface StateLocation {
  /** The local folder: the journal, and everything else that is not in a table. Undefined: memory. */
  readonly state: string | undefined;
  readonly checkpoints: Checkpoints;
}

export interface StateOrigin {
  /** The folder that a `state` of the configuration is relative to. */
  readonly root: string;
  /** What a flag says: wins over the configuration's. Relative to the working directory. */
  readonly state?: string | undefined;
  /** The folder if nothing names one; undefined keeps everything in memory. */
  readonly defaultState?: string | undefined;
}

const tableForm = 'dynamodb://<table>?lease=<seconds>&region=<region>';

/** Reads `state` and `--state`: a folder, or `dynamodb://<table>`, which keeps the folder where it is by default. */
export function parseState(
  { root, state: flag, defaultState }: StateOrigin,
  configured: string | undefined,
  region: string,
): Parsed<StateLocation> {
  const given = flag ?? configured;
  if (given === undefined) return { ok: true, value: inFolder(defaultState) };
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(given)) {
    return { ok: true, value: inFolder(flag === undefined ? path.resolve(root, given) : path.resolve(given)) };
  }
  const table = parseTable(given, region);
  if (typeof table !== 'string') return { ok: true, value: { state: defaultState, checkpoints: table } };
  return failed({ path: [flag === undefined ? 'state' : '--state'], message: table, got: { value: given } });
}

function inFolder(folder: string | undefined): StateLocation {
  return { state: folder, checkpoints: { kind: folder === undefined ? 'memory' : 'folder' } };
}

/** What a location names, or what is wrong with it: the rest of a sentence. */
function parseTable(given: string, region: string): Checkpoints | string {
  const [, table = '', query = ''] = /^dynamodb:\/\/([^?]*)(?:\?(.*))?$/s.exec(given) ?? [];
  if (!given.startsWith('dynamodb://')) return `must be a folder, or ${tableForm}`;
  if (!/^[\w.-]{3,255}$/.test(table)) {
    return `must name a table of DynamoDB (3 to 255 letters, digits, _, . and -) as in ${tableForm}`;
  }
  const options = new URLSearchParams(query);
  const wrong = wrongOption(options);
  if (wrong !== undefined) return wrong;
  const seconds = Number(options.get('lease') ?? limits.leaseSeconds.default);
  return { kind: 'dynamodb', table, leaseMs: Math.round(seconds * 1_000), region: options.get('region') ?? region };
}

const regionText = /^[a-z][a-z0-9-]{0,31}$/;

function wrongOption(options: URLSearchParams): string | undefined {
  const names = [...options.keys()];
  const unknown = names.find((name) => name !== 'lease' && name !== 'region');
  if (unknown !== undefined) return `has the option ${unknown}, which is not known; known are lease and region`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `has the option ${twice} twice; remove one of them`;
  const { min, max } = limits.leaseSeconds;
  const lease = options.get('lease') ?? String(min);
  if (!/^\d+(?:\.\d+)?$/.test(lease) || Number(lease) < min || Number(lease) > max) {
    return `must have a lease of ${min} to ${max} seconds`;
  }
  const region = options.get('region');
  return region === null || regionText.test(region) ? undefined : 'must have a region such as us-east-1';
}
