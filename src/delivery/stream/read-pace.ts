import { unreachable } from '../../platform/unreachable.js';
import type { Pacing } from '../../contracts/stream-source.js';

/** What is known when a read of a partition has ended. Times in milliseconds since the epoch. */
export interface ReadOutcome {
  readonly startedAt: number;
  readonly now: number;
  readonly records: number;
  readonly bytes: number;
  readonly atTip: boolean;
  /** When records last came, or the partition was opened. */
  readonly lastRecordAt: number;
  /** The pause before this read, when it followed an empty one. */
  readonly pauseMs: number;
  /** Its place among the partitions that this mapping reads, from 0. */
  readonly rank: number;
}

/** A record on a quiet partition is seen within 100 ms: the rest is the time of the read itself. */
export const quickMs = 80;
/** So many partitions of a mapping are always read quickly. */
const alwaysQuick = 4;
/** Partitions on which records come are read quickly for so long after the last one. */
const quickForMs = 30_000;
const slowestMs = 1_000;
const growth = 1.5;

/** How long to wait before the next read of a partition (docs/semantics.md, "Reading streams"). */
export function nextReadInMs(pacing: Pacing, read: ReadOutcome): number {
  switch (pacing.kind) {
    case 'waits':
      return 0;
    case 'fixed': {
      const transferMs = (read.bytes / pacing.bytesPerSecond) * 1_000;
      const apart = read.atTip ? pacing.idleMs : pacing.leastMs;
      return Math.max(0, Math.max(apart, transferMs) - (read.now - read.startedAt));
    }
    case 'adaptive': {
      if (read.records > 0) return 0;
      if (read.rank < alwaysQuick || read.now - read.lastRecordAt < quickForMs) return quickMs;
      return Math.min(slowestMs, Math.max(quickMs, read.pauseMs) * growth);
    }
    default:
      return unreachable(pacing);
  }
}
