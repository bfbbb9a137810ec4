import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { takeLock, type LockOptions } from './lock.js';
import { removeRunning, writeRunning, type RunningInfo } from './running.js';

/** A folder that belongs to this runtime until it is released. */
export interface StateFolder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /** Tells other terminals what runs here; replaces what was told before. */
  writeRunning(info: Omit<RunningInfo, 'pid'>): Promise<void>;
  /** Gives the folder back. Doing it twice is fine. */
  release(): Promise<void>;
}

/** Creates the folder if need be and takes its lock. The lock of a process that was killed does not count. */
export async function openStateFolder(folder: string, options: LockOptions): Promise<StateFolder> {
  const absolute = path.resolve(folder);
  const lock = await created(absolute, () => takeLock(absolute, options));
  if (lock.kind === 'held') {
    const holder = lock.pid === process.pid ? `this process (${lock.pid})` : `process ${lock.pid}`;
    throw new MillraceError(
      'STATE_LOCKED',
      `the state folder ${absolute} is in use by ${holder}; stop that runtime, or give this one a folder of its own (--state <folder>)`,
    );
  }
  const life = new Lifecycle({ close: () => removeRunning(absolute).then(() => lock.release()) });
  const release = (): Promise<void> => life.stop();
  return {
    path: absolute,
    writeRunning: (info) => writeRunning(absolute, info),
    release,
    [Symbol.asyncDispose]: release,
  };
}

/** Node's own recursive mkdir never returns where a folder answers new entries with ENOENT, as those under /proc do. */
async function makeFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function created<T>(folder: string, use: () => Promise<T>): Promise<T> {
  try {
    await makeFolder(folder);
    return await use();
  } catch (error) {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `the state folder ${folder} cannot be written: ${messageOf(error)}; choose another one with state in the configuration, or --state <folder>`,
      { cause: error },
    );
  }
}
