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
  readonly #lanes = new Map<string, Set<string>>();

  get count(): number {
    let count = this.#queue.size + this.#queueBeyond;
    for (const records of this.#lanes.values()) count += records.size;
    return count;
  }

  add(records: readonly string[], lane: string | undefined): void {
    if (lane === undefined) this.#addToQueue(records);
    else if (records.length > 0) {
      const failed = this.#lanes.get(lane) ?? new Set();
      for (const record of records) failed.add(record);
      this.#lanes.set(lane, failed);
    }
  }

  /** They are handled, given up, or filtered out. */
  remove(records: readonly string[], lane: string | undefined): void {
    const failed = lane === undefined ? this.#queue : this.#lanes.get(lane);
    if (failed === undefined || failed.size === 0) return;
    for (const record of records) failed.delete(record);
    if (lane !== undefined && failed.size === 0) this.#lanes.delete(lane);
  }

  /** Somebody else works on the partition now. */
  forget(lane: string): void {
    this.#lanes.delete(lane);
  }

  #addToQueue(records: readonly string[]): void {
    for (const record of records) {
      if (this.#queue.size < mostQueueIds) this.#queue.add(record);
      else if (!this.#queue.has(record)) this.#queueBeyond++;
    }
  }
}
