import { maxEventBytes, type ClosedBatch } from '../batching/batcher.js';
import { takeFrom, type Taken } from '../batching/record-queue.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import { Wakeup } from '../../platform/wakeup.js';
import { PooledBatch } from './pooled-batch.js';
import { PooledPartition } from './pooled-partition.js';
import { sharesOf } from './shares.js';
import { StreamBatchRun } from './stream-batch-run.js';
import type { BatchContext, BatchPlace, PartitionContext, StreamRoute } from './stream-route.js';
import type { StreamRecord } from '../../contracts/stream-source.js';

/**
 * The lanes of a mapping whose events span partitions. Each works on one batch at a time, of one partition or of several that
 * no other batch in hand has records of. Partitions have their turns one after the other, so that none starves.
 */
export class LanePool {
  readonly #parts: StreamRoute;
  readonly #loaded: (signal: AbortSignal) => Promise<void>;
  readonly #life = new Lifecycle();
  readonly #wakeup: Wakeup;
  /** Partitions that records are waiting in and that no batch in hand is of, by their turn. */
  readonly #ready = new Set<PooledPartition>();
  /** Partitions that more records may come from. */
  readonly #growing = new Set<PooledPartition>();
  readonly #inHand = new Set<PooledBatch>();
  #previousDoneAt: number | undefined;

  /** `loaded` resolves when the code of the function has loaded, does not load, or the signal fires. */
  constructor(parts: StreamRoute, loaded: (signal: AbortSignal) => Promise<void>) {
    this.#parts = parts;
    this.#loaded = loaded;
    this.#wakeup = new Wakeup(parts.clock);
  }

  start(): void {
    this.#life.start((stopping) => this.#run(stopping));
  }

  /** Calls no handler any more, and resolves when the calls that run have ended. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** A place for the records of a partition. */
  join(context: PartitionContext): PooledPartition {
    const partition = new PooledPartition(context, {
      changed: () => this.#changed(partition),
      left: () => this.#left(partition),
    });
    this.#growing.add(partition);
    return partition;
  }

  #changed(partition: PooledPartition): void {
    if (partition.isComplete) this.#growing.delete(partition);
    if (partition.isReady) this.#ready.add(partition);
    this.#wakeup.wake();
  }

  #left(partition: PooledPartition): void {
    this.#growing.delete(partition);
    this.#ready.delete(partition);
    this.#wakeup.wake(); // what is left may be all there is
  }

  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const taken = this.#take();
      if ('batch' in taken) this.#life.track(this.#deliver(taken.batch, stopping));
      else await this.#wakeup.wait(stopping, taken.waitUntil);
    }
  }

  #take(): Taken<StreamRecord> {
    const { settings, source, clock } = this.#parts;
    if (this.#inHand.size >= settings.lanes) return { waitUntil: undefined };
    return takeFrom(this.#ready, {
      limits: { maxRecords: settings.batchSize, maxBytes: maxEventBytes, envelopeBytes: source.envelopeBytes },
      windowMs: settings.windowMs,
      // As for queues: while other batches run, a window begins with the first record.
      previousDoneAt: this.#inHand.size === 0 ? this.#previousDoneAt : undefined,
      complete: this.#growing.size === 0,
      now: clock.now(),
    });
  }

  /** The way of one batch to its end. What breaks it breaks off the work on its partitions, and on no other. */
  async #deliver(batch: ClosedBatch<StreamRecord>, stopping: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const hand = new PooledBatch(batch.records, this.#turns(batch.records), stopping);
    this.#inHand.add(hand);
    try {
      await new StreamBatchRun(this.#context(hand, stopping), undefined).run(batch);
    } catch (error) {
      hand.fail(error);
    } finally {
      this.#inHand.delete(hand);
      this.#previousDoneAt = clock.now();
      hand.end();
      this.#wakeup.wake();
    }
  }

  /** The partitions that the batch is of: those whose turn it was. */
  #turns(records: readonly StreamRecord[]): ReadonlyMap<string, PooledPartition> {
    const count = sharesOf(records).length;
    const turns = new Map<string, PooledPartition>();
    for (const partition of this.#ready) {
      if (turns.size === count) break;
      turns.set(partition.id, partition);
      this.#ready.delete(partition);
    }
    return turns;
  }

  #context(hand: PooledBatch, stopping: AbortSignal): BatchContext {
    return {
      parts: this.#parts,
      halt: stopping,
      loaded: () => this.#loaded(stopping),
      done: (records) => hand.done(records),
      place: placeOf,
      partitionOf: ({ partition = '' }) => partition,
      interrupt: () => hand.interrupt,
      held: (records) => hand.held(records),
      keeping: (work) => hand.keeping(work),
    };
  }
}

/** A batch that happens to be of one partition says so as all batches of one do. */
function placeOf(records: readonly StreamRecord[], ids: readonly string[]): BatchPlace {
  const shares = sharesOf(records);
  const [only, another] = shares;
  if (only !== undefined && another === undefined) return { partition: only.partition, records: ids };
  return {
    partitions: shares.map((share) => ({ partition: share.partition, records: share.records.map(({ id }) => id) })),
  };
}
