import type { BatchStep, CloseReason } from '../../journal/events.js';
import type { Verdict } from './discard.js';
import { eventBytes, sharesOf } from './shares.js';
import { expiredFront } from './stream-decision.js';
import { batchStep, type BatchContext } from './stream-route.js';
import type { StreamRecord } from '../../contracts/stream-source.js';

/** A batch that is in hand, or what a split or progress has made of one. */
export class PendingBatch {
  readonly id: string;
  /** No call before this, in milliseconds since the epoch. */
  dueAt = Number.NEGATIVE_INFINITY;
  /** Calls that failed and count. */
  failures = 0;
  /** Calls that were made. */
  calls = 0;
  /** Throttled calls in a row. */
  throttles = 0;
  /** Of the last call. */
  requestId: string | undefined;
  /** It is not called any more: what remains is to give it up. */
  verdict: Verdict | undefined;
  readonly #context: BatchContext;
  #records: readonly StreamRecord[];
  #recordIds: readonly string[];
  #step: BatchStep;

  private constructor(context: BatchContext, id: string, records: readonly StreamRecord[]) {
    this.#context = context;
    this.id = id;
    this.#records = records;
    this.#recordIds = records.map((record) => record.id);
    this.#step = batchStep(context, id, { records, recordIds: this.#recordIds });
  }

  /** A new one, which the journal is told of. `bytes`: of its event. */
  static begin(
    context: BatchContext,
    records: readonly StreamRecord[],
    because: CloseReason,
    bytes: number,
  ): PendingBatch {
    const batch = new PendingBatch(context, context.parts.batchId(), records);
    context.parts.journal.write({ type: 'batched', ...batch.step, because, bytes });
    return batch;
  }

  /** A part of a batch, as a batch of its own. */
  static rest(context: BatchContext, records: readonly StreamRecord[]): PendingBatch {
    return PendingBatch.begin(context, records, 'rest', eventBytes(context.parts.source, records));
  }

  get records(): readonly StreamRecord[] {
    return this.#records;
  }

  get recordIds(): readonly string[] {
    return this.#recordIds;
  }

  /** What every entry of the journal about it says. */
  get step(): BatchStep {
    return this.#step;
  }

  /** Goes on with fewer records. */
  keep(records: readonly StreamRecord[]): void {
    this.#records = records;
    this.#recordIds = records.map((record) => record.id);
    this.#step = batchStep(this.#context, this.id, this);
  }

  /** Takes those records out that are to be given up: they are called no more. */
  giveUp(records: ReadonlySet<StreamRecord>, verdict: Verdict): PendingBatch {
    const taken = new PendingBatch(this.#context, this.id, [...records]);
    taken.requestId = this.requestId;
    taken.verdict = verdict;
    this.keep(this.#records.filter((record) => !records.has(record)));
    return taken;
  }

  /** Those at the front of each partition that are too old to be delivered. */
  expired(maxAgeMs: number, now: number): ReadonlySet<StreamRecord> {
    return new Set(
      sharesOf(this.#records).flatMap(({ records }) => {
        const arrivedAt = records.map((record) => record.arrivedAt);
        return records.slice(0, expiredFront(arrivedAt, maxAgeMs, now));
      }),
    );
  }

  /** When the first of them becomes too old. */
  expiresAt(maxAgeMs: number | undefined): number {
    if (maxAgeMs === undefined) return Number.POSITIVE_INFINITY;
    const fronts = sharesOf(this.#records).map(({ records: [first] }) => first?.arrivedAt ?? Number.POSITIVE_INFINITY);
    return Math.min(...fronts) + maxAgeMs + 1;
  }
}
