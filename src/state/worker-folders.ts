import { existsSync } from 'node:fs';
import path from 'node:path';

// Processes that keep their checkpoints in a table may run on one state folder: the first has the folder itself, each
// further one a folder in it.

export const mostWorkers = 100;

/** The folder of the nth process on a state folder; counts from 1. */
export function workerFolder(state: string, number: number): string {
  return number === 1 ? state : path.join(state, `worker-${number}`);
}

/** The journals of all processes that have run on a state folder; that of the first, if there is none yet. */
export function journalFolders(state: string): readonly string[] {
  const folders: string[] = [];
  for (let number = 1; number <= mostWorkers; number++) {
    const folder = workerFolder(state, number);
    if (number > 1 && !existsSync(folder)) break;
    folders.push(path.join(folder, 'journal'));
  }
  return folders;
}
