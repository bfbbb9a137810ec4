import type { StartPoint } from '../../contracts/stream-source.js';
import { unreachable } from '../../platform/unreachable.js';

/** Where reading of a shard begins or goes on, in the terms of Kinesis. */
export type ShardPosition =
  | { readonly kind: 'horizon' }
  /** `stored`: it is a checkpoint, and what has expired since then is a loss. */
  | { readonly kind: 'timestamp'; readonly at: number; readonly stored: boolean }
  | { readonly kind: 'after'; readonly sequence: string }
  /** In an aggregate, of which the user records up to and including this index are done. */
  | { readonly kind: 'within'; readonly sequence: string; readonly doneIndex: number };

const tipPrefix = 'at:';

/** The position of everything that arrives at or after a moment. */
export function positionOfTime(at: number): string {
  return `${tipPrefix}${at}`;
}

/** The position of a user record that is not the last of its aggregate. */
export function positionWithin(sequence: string, index: number): string {
  return `${sequence}/${index}`;
}

export function shardPosition(from: StartPoint): ShardPosition {
  switch (from.kind) {
    case 'horizon':
      return from;
    case 'timestamp':
      return { kind: 'timestamp', at: from.at, stored: false };
    case 'after':
      return storedPosition(from.position);
    default:
      return unreachable(from);
  }
}

function storedPosition(position: string): ShardPosition {
  if (position.startsWith(tipPrefix)) {
    return { kind: 'timestamp', at: Number(position.slice(tipPrefix.length)), stored: true };
  }
  const [sequence = '', index] = position.split('/');
  return index === undefined ? { kind: 'after', sequence } : { kind: 'within', sequence, doneIndex: Number(index) };
}
