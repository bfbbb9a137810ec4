import { isoTime } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import type { KinesisApi } from './api.js';
import { isPositionRefused } from './errors.js';
import type { ShardPosition } from './position.js';

interface ExpiryCheck {
  readonly api: KinesisApi;
  readonly shard: string;
  readonly position: ShardPosition;
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** How long the stream keeps records, in milliseconds, where it is known. */
  readonly retentionMs: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * What a person should know when records behind a checkpoint may have expired; undefined when they are all there, or
 * nothing is known of it. The service itself begins with the oldest record without a word.
 */
export async function whatExpired(check: ExpiryCheck): Promise<string | undefined> {
  const { position, now, retentionMs } = check;
  switch (position.kind) {
    case 'after':
    case 'within':
      return expiredBehind(check, position.sequence);
    case 'horizon':
      return undefined;
    case 'timestamp': {
      if (!position.stored || retentionMs === undefined || position.at >= now - retentionMs) return undefined;
      return `records that arrived between ${isoTime(position.at)} and ${isoTime(now - retentionMs)} have expired, if there were any; reading goes on with the oldest that is left`;
    }
    default:
      return unreachable(position);
  }
}

async function expiredBehind({ api, shard, signal }: ExpiryCheck, sequence: string): Promise<string | undefined> {
  const iterator = await api.iterator(shard, { kind: 'horizon' }, { signal });
  if (iterator === undefined) return undefined;
  const { Records: [oldest] = [] } = await api.records(iterator, 1, { signal });
  if (oldest?.SequenceNumber === undefined || BigInt(oldest.SequenceNumber) <= BigInt(sequence)) return undefined;
  const since = oldest.ApproximateArrivalTimestamp;
  return (
    `the record of the checkpoint, ${sequence}, has expired, and records behind it may have as well; ` +
    `reading goes on with the oldest that is left, ${oldest.SequenceNumber}${since === undefined ? '' : ` of ${isoTime(since.getTime())}`}`
  );
}

/** What a person should know when the service refuses a checkpoint; undefined when something else is wrong. */
export function whyRefused(error: unknown, position: ShardPosition): string | undefined {
  if (position.kind !== 'after' && position.kind !== 'within') return undefined;
  if (!isPositionRefused(error)) return undefined;
  return (
    `the record of the checkpoint, ${position.sequence}, is not known any more; ` +
    'reading goes on with the oldest that is left, and records in between are lost'
  );
}
