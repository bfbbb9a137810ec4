import { RecordQueue, type QueueShare } from '../batching/record-queue.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import type { Ending, PartitionContext, PartitionLanes } from './stream-route.js';

/** A batch in hand that has records of the partition. */
export interface BatchInHand {
  /** Whether a piece of work is under way in the middle of which no partition may be given back. */
  readonly isKeeping: boolean;
  /** The partition leaves. */
  departed(): void;
}

/** What the pool is told of one of its partitions. */
interface PoolNews {
  /** It may be ready for a batch, or has ended. */
  readonly changed: () => void;
  readonly left: () => void;
}

/**
 * The records of a partition that wait for a turn in the lanes of all partitions. When the partition has to go, what waits is
 * left to whoever reads it next; it is gone when no call that has records of it is running.
 */
export class PooledPartition implements PartitionLanes, QueueShare<StreamRecord> {
  readonly queue = new RecordQueue<StreamRecord>();
  readonly openingBytes: number;
  readonly #context: PartitionContext;
  readonly #pool: PoolNews;
  /** The one in hand that has records of it which are not done. */
  #batch: BatchInHand | undefined;
  #isComplete = false;
  #isBroken = false;
  #settle: { readonly resolve: (ending: Ending) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(context: PartitionContext, pool: PoolNews) {
    this.#context = context;
    this.#pool = pool;
    this.openingBytes = context.parts.source.partitionBytes?.(context.partition) ?? 0;
  }

  get id(): string {
    return this.#context.partition;
  }

  get idle(): boolean {
    return this.queue.size === 0 && this.#batch === undefined;
  }

  /** No more records come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** No handler may get its records any more. */
  get hasLeft(): boolean {
    return this.#isBroken || this.#context.halt.aborted;
  }

  /** Whether the next batch may have records of it. */
  get isReady(): boolean {
    return this.queue.size > 0 && this.#batch === undefined && !this.hasLeft;
  }

  push(records: readonly StreamRecord[]): void {
    if (records.length === 0) return;
    const now = this.#context.parts.clock.now();
    for (const record of records) this.queue.push(record, now);
    this.#pool.changed();
  }

  complete(): void {
    this.#isComplete = true;
    this.#pool.changed();
    this.look();
  }

  run(broke: () => void): Promise<Ending> {
    const { halt } = this.#context;
    return new Promise((resolve, reject) => {
      this.#settle = {
        resolve,
        reject: (error: unknown) => {
          reject(error);
          broke();
        },
      };
      if (halt.aborted) this.#leave();
      else halt.addEventListener('abort', () => this.#leave(), { once: true });
      this.look();
    });
  }

  /** A batch has records of it. */
  taken(batch: BatchInHand): void {
    this.#batch = batch;
  }

  done(records: readonly StreamRecord[]): void {
    this.#context.done(records);
  }

  /** The batch has none any more that are not done. */
  freed(): void {
    this.#batch = undefined;
    this.#pool.changed();
    this.look();
  }

  /** Ends when nothing is left to wait for. */
  look(): void {
    if (this.hasLeft) {
      if (this.#batch?.isKeeping !== true) this.#settle?.resolve('halted');
    } else if (this.#isComplete && this.idle) this.#settle?.resolve('finished');
  }

  /** The work on it broke off: what waits is not handled before what broke. */
  fail(error: unknown): void {
    this.#isBroken = true;
    this.#settle?.reject(error);
  }

  #leave(): void {
    this.#pool.left();
    this.#batch?.departed();
    this.look();
  }
}
