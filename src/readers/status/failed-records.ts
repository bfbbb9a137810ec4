import { sharesOf, type RecordEntry } from '../../journal/stored-entry.js';

/** Failed records of queues beyond this are counted without their ids, and stay counted. */
const mostQueueIds = 100_000;

/**
 * Records that failed and were neither handled nor given up since. Those of a stream are in the hands of the engine, which
 * bounds them; a queue may hand out new ones for ever.
 */
export class FailedRecords {
  readonly #queue = new Set<string>();
  #queueBeyond = 0;
  /** By partition: two may use the same ids. */
  readonly #partitions = new Map<string, Set<string>>();

  get count(): number {
    let count = this.#queue.size + this.#queueBeyond;
    for (const records of this.#partitions.values()) count += records.size;
    return count;
  }

  /** The records of an entry, or those of them that are also in `only`. */
  add(entry: RecordEntry, only?: ReadonlySet<string>): void {
    for (const { partition, records } of sharesOf(entry)) {
      const added = only === undefined ? records : records.filter((record) => only.has(record));
      if (partition === undefined) this.#addToQueue(added);
      else if (added.length > 0) {
        const failed = this.#partitions.get(partition) ?? new Set();
        for (const record of added) failed.add(record);
        this.#partitions.set(partition, failed);
      }
    }
  }

  /** They are handled, given up, or filtered out. */
  remove(entry: RecordEntry, only?: ReadonlySet<string>): void {
    for (const { partition, records } of sharesOf(entry)) {
      this.#remove(only === undefined ? records : records.filter((record) => only.has(record)), partition);
    }
  }

  /** Somebody else works on the partition now. */
  forget(partition: string): void {
    this.#partitions.delete(partition);
  }

  #remove(records: readonly string[], partition: string | undefined): void {
    const failed = partition === undefined ? this.#queue : this.#partitions.get(partition);
    if (failed === undefined || failed.size === 0) return;
    for (const record of records) failed.delete(record);
    if (partition !== undefined && failed.size === 0) this.#partitions.delete(partition);
  }

  #addToQueue(records: readonly string[]): void {
    for (const record of records) {
      if (this.#queue.size < mostQueueIds) this.#queue.add(record);
      else if (!this.#queue.has(record)) this.#queueBeyond++;
    }
  }
}
