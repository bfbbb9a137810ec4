import { partitionsOf, type EntryOf } from '../../journal/stored-entry.js';
import type { PartitionEvent } from '../../journal/stream-events.js';

/** A batch that waits for its next try; the records behind it wait with it. */
interface HeldUp {
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
  /** The position that this process has stored last. */
  readonly committed?: string;
  /** The newest record of the batch that was handled last. */
  readonly handled?: string;
  /** Records of it that were gone before they could be read: what is known of the last time. */
  readonly trimmed?: string;
}

/** A stream that is split and merged for months has ever more of them. */
const mostFinished = 1_000;

interface Partition {
  state: PartitionEvent['state'];
  reason: string;
  trimmed?: string;
  committed?: string;
  handled?: string;
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
    const goesOn = state === 'waiting' && known !== undefined;
    const trimmed = state === 'trimmed' ? because : known?.trimmed;
    // Who takes a partition over may begin elsewhere: after a rewind, or behind what another process has done.
    const { committed, handled } = known !== undefined && goesOnWith(known, state) ? known : {};
    if (state === 'finished') this.#partitions.delete(partition); // and comes last: the oldest are the first to be forgotten
    this.#partitions.set(partition, {
      state,
      reason: because,
      heldUp: goesOn ? known.heldUp : new Map(),
      ...(trimmed !== undefined && { trimmed }),
      ...(committed !== undefined && { committed }),
      ...(handled !== undefined && { handled }),
    });
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

  /** Records of it are handled, in the order of the partition. */
  handled(partition: string, records: readonly string[]): void {
    const [known, last] = [this.#partitions.get(partition), records.at(-1)];
    if (known !== undefined && last !== undefined) known.handled = last;
  }

  checkpointed({ partition, position }: EntryOf<'checkpointed'>): void {
    const known = this.#partitions.get(partition);
    if (known !== undefined) known.committed = position;
  }

  list(): readonly PartitionStatus[] {
    return [...this.#partitions].map(([partition, { state, reason, heldUp, trimmed, committed, handled }]) => {
      const [first] = heldUp.values();
      return {
        partition,
        state,
        reason,
        ...(first !== undefined && { heldUp: first }),
        ...(committed !== undefined && { committed }),
        ...(handled !== undefined && { handled }),
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

/** Whether a change of state is one in the middle of the work on a partition, or the end of all of it. */
function goesOnWith(known: Partition, state: PartitionEvent['state']): boolean {
  if (!isAtWork(known) || state === 'given-up') return false;
  return state !== 'started' || known.state === 'waiting';
}
