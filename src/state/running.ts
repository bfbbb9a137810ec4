import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../platform/replace-file.js';
import { isRunning, processIdentity } from './process-identity.js';

/** What a runtime tells other terminals of this machine about itself. */
export interface RunningInfo {
  readonly pid: number;
  /** ISO time. */
  readonly startedAt: string;
  /** The port of its HTTP server. */
  readonly port?: number;
  /** Addresses of the servers it started: `{ sqs: 'http://127.0.0.1:40001' }`. */
  readonly endpoints: Readonly<Record<string, string>>;
}

interface RunningFile extends RunningInfo {
  /** Tells the process from a later one with the same pid. */
  readonly identity: string;
}

const fileName = 'running.json';

/** Replaces what is there. Only the holder of the folder's lock may. */
export async function writeRunning(folder: string, info: Omit<RunningInfo, 'pid'>): Promise<void> {
  const content: RunningFile = { pid: process.pid, ...info, identity: await processIdentity(process.pid) };
  await replaceFile(path.join(folder, fileName), `${JSON.stringify(content, undefined, 2)}\n`);
}

export async function removeRunning(folder: string): Promise<void> {
  await rm(path.join(folder, fileName), { force: true });
}

/** What the runtime on this folder says about itself; undefined when none runs, whatever a killed one left behind. */
export async function readRunning(folder: string): Promise<RunningInfo | undefined> {
  const text = await readFile(path.join(folder, fileName), 'utf8').catch(() => '');
  const content = parse(text);
  if (content === undefined || !(await isRunning(content.pid, content.identity))) return undefined;
  const { pid, startedAt, port, endpoints } = content;
  return { pid, startedAt, endpoints, ...(port === undefined ? {} : { port }) };
}

function parse(text: string): RunningFile | undefined {
  try {
    const content = JSON.parse(text) as Partial<RunningFile> | null;
    if (typeof content?.pid !== 'number') return undefined;
    const { pid, startedAt = '', port, endpoints = {}, identity = '' } = content;
    return { pid, startedAt, endpoints, identity, ...(port === undefined ? {} : { port }) };
  } catch {
    // Not a file of ours, or none at all: nobody that could be asked runs here.
    return undefined;
  }
}
