import path from 'node:path';
import type { CheckpointStore, Ledger, LedgerContent, PartitionState } from '../contracts/checkpoint-store.js';
import { SourceError } from '../contracts/source-error.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';
import type { LedgerChange, LedgerStorage } from './ledger-storage.js';
import { BegunMappings } from './begun-mappings.js';
import { damaged, openDatabase, reasonOf, unusable, type Database } from './level-database.js';
import { MergedWrites } from './merged-writes.js';
import { OwnLedger, OwnMapping } from './own-ledger.js';
import { parsePartition, partitionText } from './partition-text.js';

/** Where the checkpoints are in a state folder, whose lock this process has. */
export function checkpointsFolder(stateFolder: string): string {
  return path.join(stateFolder, 'checkpoints');
}

/** What is stored under a key; undefined: nothing any more. */
type Value = string | undefined;

const mappingPrefix = (mapping: string): string => `mapping/${mapping}/`;
const streamName = 'stream';
const partitionPrefix = 'partition/';
const streamKey = /^mapping\/[^/]+\/stream$/;

/** Checkpoints in a folder of this machine: what was stored survives the end of the process, however it ends. */
export class LevelCheckpointStore implements CheckpointStore {
  readonly #folder: string;
  #database: Database;
  readonly #begun: BegunMappings;
  /** A write has failed: what LevelDB writes behind it in the same file would be gone at the next start. */
  #torn = false;
  readonly #writes: MergedWrites<Value>;
  readonly #mappings = new Map<string, OwnMapping>();
  readonly #life = new Lifecycle({ close: () => this.#close() });

  private constructor(folder: string, database: Database, begun: BegunMappings) {
    this.#folder = folder;
    this.#database = database;
    this.#begun = begun;
    this.#writes = new MergedWrites((values) => this.#write(values));
  }

  /** Creates the folder if need be. Rejects with a `MillraceError` when it cannot be used. */
  static async open(folder: string): Promise<LevelCheckpointStore> {
    const database = await openDatabase(folder);
    try {
      return new LevelCheckpointStore(folder, database, await BegunMappings.read(folder));
    } catch (error) {
      await database.close();
      throw damaged(folder, reasonOf(error));
    }
  }

  ledger(mapping: string): Ledger {
    const storage: LedgerStorage = {
      read: () => this.#read(mapping),
      write: async (change) => {
        await this.#writes.put(entries(mapping, change));
        if (change.identity !== undefined) await this.#asked('written', () => this.#begun.add(mapping));
      },
    };
    const known = this.#mappings.get(mapping) ?? new OwnMapping(storage);
    this.#mappings.set(mapping, known);
    return new OwnLedger(known);
  }

  /** What was handed over to be stored is stored first. May be called twice. */
  close(): Promise<void> {
    return this.#life.stop();
  }

  async #close(): Promise<void> {
    await this.#writes.settled();
    await this.#database.close();
  }

  /** All of it is read through one iterator, which sees a single moment. */
  async #read(mapping: string): Promise<LedgerContent> {
    const prefix = mappingPrefix(mapping);
    // '0' comes right after '/'.
    const range = { gte: prefix, lt: `${prefix.slice(0, -1)}0` };
    const stored = await this.#asked('read', () => this.#database.iterator(range).all());
    const content = new Map(stored.map(([key, text]) => [key.slice(prefix.length), text]));
    const identity = content.get(streamName);
    content.delete(streamName);
    if (identity === undefined && (content.size > 0 || this.#begun.has(mapping))) {
      throw damaged(this.#folder, `which stream the checkpoints of mapping ${mapping} belong to is gone`);
    }
    const partitions = [...content].map(([key, text]) => [key.slice(partitionPrefix.length), text] as const);
    return { identity, partitions: new Map(partitions.map(([id, text]) => [id, this.#parsed(id, text)])) };
  }

  #parsed(partition: string, text: string): PartitionState {
    try {
      return parsePartition(text);
    } catch (error) {
      throw unusable(this.#folder, `the checkpoint of ${partition}: ${messageOf(error)}`);
    }
  }

  /**
   * Whatever the process dies of, the operating system has what was written. A power failure is waited for only where
   * losing the write would skip records: the positions that `LATEST` stood for. An older checkpoint delivers again.
   */
  #write(values: ReadonlyMap<string, Value>): Promise<void> {
    const sync = [...values.keys()].some((key) => streamKey.test(key));
    const operations = [...values].map(([key, value]) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    );
    return this.#asked('written', async () => {
      if (this.#torn) await this.#reopen();
      this.#torn = true;
      await this.#database.batch(operations, { sync });
      this.#torn = false;
    });
  }

  /** LevelDB then goes on in a new file. */
  async #reopen(): Promise<void> {
    await this.#database.close();
    this.#database = await openDatabase(this.#folder);
  }

  async #asked<T>(what: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 'LEVEL_CORRUPTION')
        throw damaged(this.#folder, reasonOf(error));
      const because = `the checkpoints in ${this.#folder} cannot be ${what}: ${reasonOf(error)}`;
      throw new SourceError('failed', because, { cause: error });
    }
  }
}

/** Puts come last: a partition may be in both. */
function entries(mapping: string, { identity, put, remove = [] }: LedgerChange): readonly (readonly [string, Value])[] {
  const own = mappingPrefix(mapping);
  const prefix = `${own}${partitionPrefix}`;
  return [
    ...(identity === undefined ? [] : [[`${own}${streamName}`, identity] as const]),
    ...[...remove].map((id) => [`${prefix}${id}`, undefined] as const),
    ...[...put].map(([id, state]) => [`${prefix}${id}`, partitionText(state)] as const),
  ];
}
