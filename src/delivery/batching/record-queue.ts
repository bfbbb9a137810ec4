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

/** Records that are waiting for their batch, and what it costs to begin with them. */
export interface QueueShare<R extends { readonly bytes: number }> {
  readonly queue: RecordQueue<R>;
  /** What the event grows by with the first of them, beyond its own size. */
  readonly openingBytes: number;
}

interface Queued<R> {
  readonly record: R;
  readonly since: number;
}

/**
 * The records of a lane, or of a partition, that are waiting for their batch, in order. Batches are cut when they are wanted,
 * so that what came while the one before was being handled goes together.
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

  /** When the first of them came; undefined: there is none. */
  get firstAt(): number | undefined {
    return this.#records[this.#head]?.since;
  }

  push(record: R, now: number): void {
    this.#records.push({ record, since: now });
  }

  take(request: TakeRequest): Taken<R> {
    return takeFrom([{ queue: this, openingBytes: 0 }], request);
  }

  /** Puts as many records from the front into a batch as fit; says how many, and what ends the batch, unless it could still grow. */
  putInto(cut: BatchCut, openingBytes: number): { readonly count: number; readonly because: CloseReason | undefined } {
    const first = this.first;
    let count = 0;
    for (let index = this.#head; index < this.#records.length; index++) {
      const record = this.#records[index]?.record;
      if (record === undefined || first === undefined) break;
      if (count > 0 && this.#belongsApart(first, record)) return { count, because: 'window-end' };
      const bytes = count === 0 ? record.bytes + openingBytes : record.bytes;
      if (!cut.fits(bytes)) return { count, because: 'bytes' };
      count++;
      if (cut.add(bytes)) return { count, because: 'size' };
    }
    return { count, because: undefined };
  }

  /** Takes so many records from the front. */
  remove(count: number): readonly R[] {
    const end = this.#head + count;
    const records = this.#records.slice(this.#head, end).map(({ record }) => record);
    if (end * 2 >= this.#records.length) {
      this.#records = this.#records.slice(end);
      this.#head = 0;
    } else {
      this.#head = end;
    }
    return records;
  }
}

/**
 * Takes one batch from the fronts of several queues: of the first as much as fits, then of the next. Its window begins with
 * the record that has waited longest.
 */
export function takeFrom<R extends { readonly bytes: number }>(
  shares: Iterable<QueueShare<R>>,
  { limits, windowMs, previousDoneAt, complete, now }: TakeRequest,
): Taken<R> {
  const cut = new BatchCut(limits);
  const parts: { readonly queue: RecordQueue<R>; readonly count: number }[] = [];
  let firstRecordAt: number | undefined;
  let because: CloseReason | undefined;
  for (const { queue, openingBytes } of shares) {
    const { firstAt } = queue;
    if (firstAt === undefined) continue;
    firstRecordAt = Math.min(firstRecordAt ?? firstAt, firstAt);
    const filled = queue.putInto(cut, openingBytes);
    parts.push({ queue, count: filled.count });
    because = filled.because;
    if (because !== undefined) break;
  }
  if (firstRecordAt === undefined) return { waitUntil: undefined };
  if (because === undefined && windowMs > 0) {
    const endsAt = windowEndsAt({ windowMs, firstRecordAt, previousDoneAt });
    if (!complete && now < endsAt) return { waitUntil: endsAt };
    because = 'window';
  }
  const [only, another] = parts;
  const records =
    only !== undefined && another === undefined
      ? only.queue.remove(only.count)
      : parts.flatMap(({ queue, count }) => queue.remove(count));
  return { batch: { records, bytes: cut.bytes, because: because ?? 'poll' } };
}
