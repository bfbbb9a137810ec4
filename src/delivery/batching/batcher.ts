import type { CloseReason } from '../../journal/events.js';
import { BatchCut, type BatchLimits } from './batch-cut.js';

/** Lambda's limit for the payload of a synchronous invocation: the whole event JSON, metadata included. */
export const maxEventBytes = 6 * 1024 * 1024;

export interface ClosedBatch<R> {
  readonly records: readonly R[];
  readonly because: CloseReason;
  /** UTF-8 size of the event JSON. */
  readonly bytes: number;
}

/**
 * Decides when records become a batch: by count and by the size of the event JSON, whichever is reached first.
 * Holds no timer; whoever waits for a window calls `close`.
 */
export class Batcher<R extends { readonly bytes: number }> {
  readonly #limits: BatchLimits;
  #open: R[] = [];
  #cut: BatchCut;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#cut = new BatchCut(limits);
  }

  /** Records in the open batch. */
  get size(): number {
    return this.#open.length;
  }

  /** Adds one record and returns the batches this closed, oldest first: none, one or two. */
  add(record: R): readonly ClosedBatch<R>[] {
    const closed: ClosedBatch<R>[] = [];
    if (!this.#cut.fits(record.bytes)) closed.push(this.close('bytes'));
    this.#open.push(record);
    if (this.#cut.add(record.bytes)) closed.push(this.close('size'));
    return closed;
  }

  /** Hands over the open batch, possibly an empty one, and starts afresh. */
  close(because: CloseReason): ClosedBatch<R> {
    const batch: ClosedBatch<R> = { records: this.#open, because, bytes: this.#cut.bytes };
    this.#open = [];
    this.#cut = new BatchCut(this.#limits);
    return batch;
  }
}
