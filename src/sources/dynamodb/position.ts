import type { StartPoint } from '../../contracts/stream-source.js';
import { unreachable } from '../../platform/unreachable.js';

/**
 * Positions of a shard, as text:
 *
 * - a sequence number: behind that record
 * - `start`: the shard was empty. Whatever is in it later is new
 * - `at:<ms>`: records that came into being then or later. There is no iterator for a time, so that the shard is read
 *   from its oldest record on
 */
export const startPosition = 'start';

const timePrefix = 'at:';

export function timePosition(ms: number): string {
  return `${timePrefix}${ms}`;
}

/** Where reading of a shard begins, in terms of what the service can do. */
export interface ReadingStart {
  /** Sequence number; undefined: at the oldest record. */
  readonly after: string | undefined;
  /** Records are left out until one is not older than this, in milliseconds since the epoch. */
  readonly notBefore: number | undefined;
}

export function readingStart(from: StartPoint): ReadingStart {
  switch (from.kind) {
    case 'horizon':
      return { after: undefined, notBefore: undefined };
    case 'timestamp':
      return { after: undefined, notBefore: from.at };
    case 'after': {
      const { position } = from;
      if (position === startPosition) return { after: undefined, notBefore: undefined };
      if (!position.startsWith(timePrefix)) return { after: position, notBefore: undefined };
      return { after: undefined, notBefore: Number(position.slice(timePrefix.length)) };
    }
    default:
      return unreachable(from);
  }
}
