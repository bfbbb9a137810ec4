import type { PartitionState } from './delivery/checkpoint-store.js';
import type { StartingRule } from './delivery/stream-parts.js';
import { isoTime } from './platform/clock.js';
import { MillraceError } from './platform/millrace-error.js';
import { unreachable } from './platform/unreachable.js';

/** Reads where to rewind to: `TRIM_HORIZON`, `LATEST`, an ISO time, or seconds since the epoch. Throws a `MillraceError`. */
export function parseRewindTarget(given: string): StartingRule {
  if (given === 'TRIM_HORIZON' || given === 'LATEST') return { kind: given };
  const at = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) * 1_000 : Date.parse(given);
  if (/^\d/.test(given) && Number.isFinite(at) && Math.abs(at) <= 8.64e15) return { kind: 'AT_TIMESTAMP', at };
  throw new MillraceError(
    'CONFIGURATION_INVALID',
    `--to must be TRIM_HORIZON, LATEST, or a time such as 2026-01-31T12:00:00Z, got "${given}"`,
  );
}

/** A line for each partition: where it goes on. */
export function rewoundLines(positions: ReadonlyMap<string, PartitionState>): readonly string[] {
  return [...positions].map(([partition, state]) => `${partition}: ${stateText(state)}`);
}

function stateText(state: PartitionState): string {
  if (state.kind === 'ended') return 'closed, not read';
  switch (state.from.kind) {
    case 'horizon':
      return 'from its oldest record';
    case 'timestamp':
      return `from the first record at or after ${isoTime(state.from.at)}`;
    case 'after':
      return `behind ${state.from.position}`;
    default:
      return unreachable(state.from);
  }
}
