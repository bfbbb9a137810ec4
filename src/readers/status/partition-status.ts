import { partitionsOf, type EntryOf } from '../../journal/stored-entry.js';
import type { PartitionEvent } from '../../journal/stream-events.js';

/** A batch that waits for its next try; the records behind it wait with it. */
export interface HeldUp {
  /** ISO time of the next try. */
  readonly until: string;
  readonly because: string;
}

/** What the work on one partition of a stream is doing, and why. */
export interface PartitionStatus {
  readonly partition: string;
  /** `trimmed`: it is gone, and was not finished. */
  readonly state: PartitionEvent['state'];
  readonly reason: string;
  /** The batch that has waited longest. */
  readonly heldUp?: HeldUp;
  /** Records of it that were gone before they could be read: what is known of the last time. */
  readonly trimmed?: string;
}

/** A stream that is split and merged for months has ever more of them. */
const mostFinished = 1_000;

interface Partition {
  state: PartitionEvent['state'];
  reason: string;
  trimmed?: string;
  /** By batch: with several lanes, several may wait. */
  readonly heldUp: Map<string, HeldUp>;
}

/** The partitions of one mapping. */
export class PartitionBoard {
  readonly #partitions = new Map<string, Partition>();

  changed({ partition, state, because }: EntryOf<'partition'>): void {
    const known = this.#partitions.get(partition);
    if (state === 'trimmed' && known !== undefined && isAtWork(known)) {
      known.trimmed = because;
      return;
    }
    const heldUp: Partition['heldUp'] = state === 'waiting' && known !== undefined ? known.heldUp : new Map();
    const trimmed = state === 'trimmed' ? because : known?.trimmed;
    if (state === 'finished') this.#partitions.delete(partition); // and comes last: the oldest are the first to be forgotten
    this.#partitions.set(partition, { state, reason: because, heldUp, ...(trimmed !== undefined && { trimmed }) });
    if (state === 'finished') this.#forgetFinished();
  }

  /** A batch waits, and with it all partitions that it is of. */
  held(entry: EntryOf<'retry-scheduled'>): void {
    const { batch, retryAt: until, because } = entry;
    for (const partition of partitionsOf(entry)) this.#partitions.get(partition)?.heldUp.set(batch, { until, because });
  }

  /** The batch is tried again, or was given up. */
  goesOn(entry: EntryOf<'invoked' | 'expired' | 'discarded'>): void {
    const { batch } = entry;
    if (batch === undefined) return;
    for (const partition of partitionsOf(entry)) this.#partitions.get(partition)?.heldUp.delete(batch);
  }

  list(): readonly PartitionStatus[] {
    return [...this.#partitions].map(([partition, { state, reason, heldUp, trimmed }]) => {
      const [first] = heldUp.values();
      return {
        partition,
        state,
        reason,
        ...(first !== undefined && { heldUp: first }),
        ...(trimmed !== undefined && { trimmed }),
      };
    });
  }

  #forgetFinished(): void {
    const finished = [...this.#partitions].filter(([, { state }]) => state === 'finished');
    for (const [partition] of finished.slice(0, -mostFinished)) this.#partitions.delete(partition);
  }
}

function isAtWork({ state }: Partition): boolean {
  return state === 'started' || state === 'waiting';
}
