import type { StreamRecord } from '../../contracts/stream-source.js';
import type { BatchInHand, PooledPartition } from './pooled-partition.js';
import { sharesOf } from './shares.js';
import type { Ending } from './stream-route.js';

/** A batch of pooled lanes that is in hand, and its hold on the partitions that its records are of. */
export class PooledBatch implements BatchInHand {
  readonly #partitions: ReadonlyMap<string, PooledPartition>;
  readonly #halt: AbortSignal;
  /** Records of each partition that are not done; a partition without any is free for other batches. */
  readonly #undone = new Map<PooledPartition, number>();
  /** Ends the waits that there are: when the next partition leaves, and with the halt. */
  #departure = new AbortController();
  readonly #halted = (): void => this.#departure.abort();
  #someLeft = false;
  #isKeeping = false;

  constructor(records: readonly StreamRecord[], partitions: ReadonlyMap<string, PooledPartition>, halt: AbortSignal) {
    this.#partitions = partitions;
    this.#halt = halt;
    halt.addEventListener('abort', this.#halted, { once: true });
    for (const share of sharesOf(records)) {
      const partition = this.#partition(share.partition);
      this.#undone.set(partition, share.records.length);
      partition.taken(this);
    }
  }

  get isKeeping(): boolean {
    return this.#isKeeping;
  }

  /** Fires with the halt, and when the next partition leaves. */
  get interrupt(): AbortSignal {
    return this.#halt.aborted ? this.#halt : this.#departure.signal;
  }

  /** Those of the records whose partitions have not left. */
  held(records: readonly StreamRecord[]): readonly StreamRecord[] {
    if (!this.#someLeft) return records;
    return records.filter(({ partition = '' }) => !this.#partition(partition).hasLeft);
  }

  async keeping(work: () => Promise<Ending>): Promise<Ending> {
    this.#isKeeping = true;
    try {
      return await work();
    } finally {
      this.#isKeeping = false;
      for (const partition of this.#undone.keys()) partition.look();
    }
  }

  done(records: readonly StreamRecord[]): void {
    for (const share of sharesOf(records)) {
      const partition = this.#partition(share.partition);
      partition.done(share.records);
      const undone = (this.#undone.get(partition) ?? 0) - share.records.length;
      this.#undone.set(partition, undone);
      if (undone === 0) this.#free(partition);
    }
  }

  /** A partition leaves: what waits is to look at what is left. */
  departed(): void {
    this.#someLeft = true;
    const departure = this.#departure;
    this.#departure = new AbortController();
    departure.abort();
  }

  /** The work on it broke off: its partitions begin again at their checkpoints. */
  fail(error: unknown): void {
    for (const partition of this.#undone.keys()) partition.fail(error);
  }

  /** Lets go of the partitions that are left. */
  end(): void {
    this.#halt.removeEventListener('abort', this.#halted);
    for (const partition of this.#undone.keys()) this.#free(partition);
  }

  #free(partition: PooledPartition): void {
    this.#undone.delete(partition);
    partition.freed();
  }

  #partition(id: string): PooledPartition {
    const partition = this.#partitions.get(id);
    if (partition === undefined) throw new Error(`the batch has no partition ${id}`);
    return partition;
  }
}
