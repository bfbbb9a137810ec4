import type { CloseReason } from '../../journal/events.js';
import { BatchCut, type BatchLimits } from './batch-cut.js';
import type { ClosedBatch } from './batcher.js';
import { windowEndsAt } from './window.js';

/** What decides whether the records at the front of a queue are a batch now. Times in milliseconds since the epoch. */
export interface TakeRequest {
  readonly limits: BatchLimits;
  /** Batching window; 0: what is there is a batch. */
  readonly windowMs: number;
  /** When the previous invocation of this lane completed. */
  readonly previousDoneAt: number | undefined;
  /** No more records will come: what is there is all there is. */
  readonly complete: boolean;
  readonly now: number;
}

/** A batch, or the time until which waiting for more records makes sense (undefined: until one comes). */
export type Taken<R> = { readonly batch: ClosedBatch<R> } | { readonly waitUntil: number | undefined };

interface Queued<R> {
  readonly record: R;
  readonly since: number;
}

/**
 * The records of a lane that are waiting for their batch, in order. Batches are cut when they are wanted, so that what
 * came while the one before was being handled goes together.
 */
export class RecordQueue<R extends { readonly bytes: number }> {
  readonly #belongsApart: (first: R, other: R) => boolean;
  #records: Queued<R>[] = [];
  /** Those before it are taken; they are dropped now and then, not one by one. */
  #head = 0;

  /** `belongsApart` tells of two records that they must not be in one batch. */
  constructor(belongsApart: (first: R, other: R) => boolean = () => false) {
    this.#belongsApart = belongsApart;
  }

  get size(): number {
    return this.#records.length - this.#head;
  }

  get first(): R | undefined {
    return this.#records[this.#head]?.record;
  }

  push(record: R, now: number): void {
    this.#records.push({ record, since: now });
  }

  take(request: TakeRequest): Taken<R> {
    const oldest = this.#records[this.#head];
    if (oldest === undefined) return { waitUntil: undefined };
    const { count, bytes, because } = this.#cut(request.limits);
    if (because !== undefined) return { batch: this.#remove(count, bytes, because) };
    const { windowMs, previousDoneAt, complete, now } = request;
    if (windowMs === 0) return { batch: this.#remove(count, bytes, 'poll') };
    const endsAt = windowEndsAt({ windowMs, firstRecordAt: oldest.since, previousDoneAt });
    if (complete || now >= endsAt) return { batch: this.#remove(count, bytes, 'window') };
    return { waitUntil: endsAt };
  }

  /** How many records from the front fit into one batch, and what ends it, unless it could still grow. */
  #cut(limits: BatchLimits): {
    readonly count: number;
    readonly bytes: number;
    readonly because: CloseReason | undefined;
  } {
    const first = this.first;
    const cut = new BatchCut(limits);
    const closed = (because: CloseReason | undefined) => ({ count: cut.count, bytes: cut.bytes, because });
    for (let index = this.#head; index < this.#records.length; index++) {
      const record = this.#records[index]?.record;
      if (record === undefined || first === undefined) break;
      if (cut.count > 0 && this.#belongsApart(first, record)) return closed('window-end');
      if (!cut.fits(record.bytes)) return closed('bytes');
      if (cut.add(record.bytes)) return closed('size');
    }
    return closed(undefined);
  }

  #remove(count: number, bytes: number, because: CloseReason): ClosedBatch<R> {
    const end = this.#head + count;
    const records = this.#records.slice(this.#head, end).map(({ record }) => record);
    if (end * 2 >= this.#records.length) {
      this.#records = this.#records.slice(end);
      this.#head = 0;
    } else {
      this.#head = end;
    }
    return { records, bytes, because };
  }
}
