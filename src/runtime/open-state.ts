import { hostname } from 'node:os';
import path from 'node:path';
import type { Configuration } from '../config/configuration.js';
import type { CheckpointStore } from '../contracts/checkpoint-store.js';
import { JournalFileWriter } from '../journal/file-writer.js';
import type { Journal } from '../journal/journal.js';
import { systemClock } from '../platform/clock.js';
import type { Closers } from '../platform/closers.js';
import { MillraceError } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { reach, type Place } from './reach.js';
import { DynamoDbCheckpointStore } from '../state/dynamodb/dynamodb-checkpoints.js';
import { checkpointsFolder, LevelCheckpointStore } from '../state/level-checkpoints.js';
import { MemoryCheckpointStore } from '../state/memory-checkpoints.js';
import { openStateFolder, type StateFolder } from '../state/state-folder.js';
import { mostWorkers, workerFolder } from '../state/worker-folders.js';

/** The local folder of a runtime, with its journal; undefined keeps everything in memory. */
export async function openState(
  configuration: Configuration,
  journal: Journal,
  closers: Closers,
): Promise<StateFolder | undefined> {
  const { state, journal: limits } = configuration;
  if (state === undefined) return undefined;
  const folder = await (configuration.checkpoints.kind === 'dynamodb' ? openWorkerFolder(state) : openFolder(state));
  closers.add(() => folder.release());
  const writer = new JournalFileWriter({
    folder: path.join(folder.path, 'journal'),
    clock: systemClock,
    fileBytes: limits.fileBytes,
    files: limits.files,
    trouble: (because) => journal.write({ type: 'notice', level: 'warn', because }),
  });
  journal.subscribe(writer.read);
  closers.add(() => writer.close());
  return folder;
}

function openFolder(folder: string): Promise<StateFolder> {
  return openStateFolder(folder, { clock: systemClock, random: systemRandom });
}

async function openWorkerFolder(state: string): Promise<StateFolder> {
  for (let number = 1; ; number++) {
    try {
      return await openFolder(workerFolder(state, number));
    } catch (error) {
      const isTaken = error instanceof MillraceError && error.code === 'STATE_LOCKED';
      if (!isTaken || number === mostWorkers) throw error;
    }
  }
}

/**
 * Opens where the checkpoints of streams are kept, when a mapping needs them. Rejects with a `MillraceError` when a folder
 * cannot be used. A table is looked for when the first mapping needs it: one that does not answer is waited for, as a source is.
 */
export async function openCheckpointStore(place: Place, folder: string | undefined): Promise<CheckpointStore> {
  const { checkpoints, account } = place.configuration;
  if (checkpoints.kind === 'dynamodb') {
    const { onAws: _, ...client } = reach('dynamodb', { account }, place);
    const { table, leaseMs } = checkpoints;
    const owner = `${hostname()}-${process.pid}-${systemRandom.uuid()}`;
    const { region } = checkpoints;
    return new DynamoDbCheckpointStore({
      ...client,
      table,
      leaseMs,
      region,
      owner,
      clock: systemClock,
      random: systemRandom,
    });
  }
  return folder === undefined ? new MemoryCheckpointStore() : LevelCheckpointStore.open(checkpointsFolder(folder));
}

/** Opens a store when it is first asked for; where there are none but queues it never is. */
export class LazyCheckpoints {
  readonly #open: () => Promise<CheckpointStore>;
  #store: Promise<CheckpointStore> | undefined;

  constructor(open: () => Promise<CheckpointStore>) {
    this.#open = open;
  }

  get(): Promise<CheckpointStore> {
    return (this.#store ??= this.#open());
  }

  /** Closes the store if it was opened. */
  async close(): Promise<void> {
    const store = await this.#store?.catch(() => undefined); // who asked for it knows why there is none
    await store?.close();
  }
}
