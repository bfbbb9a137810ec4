import type { PartitionState } from '../contracts/checkpoint-store.js';
import type { StartingRule } from '../delivery/stream/stream-route.js';
import { isoTime } from '../platform/clock.js';
import { MillraceError } from '../platform/millrace-error.js';
import { unreachable } from '../platform/unreachable.js';

/**
 * Reads where to rewind to: `TRIM_HORIZON`, `LATEST`, an ISO time, or seconds since the epoch. Throws a `MillraceError`.
 * `now` in milliseconds.
 */
export function parseRewindTarget(given: string, now: number): StartingRule {
  if (given === 'TRIM_HORIZON' || given === 'LATEST') return { kind: given };
  const at = timeOf(given);
  if (at === undefined) {
    throw refused(given, 'must be TRIM_HORIZON, LATEST, or a time such as 2026-01-31T12:00:00Z');
  }
  if (at > now) throw refused(given, `must not be in the future; it is ${isoTime(now)} now`);
  return { kind: 'AT_TIMESTAMP', at };
}

/** Numbers of fewer digits are no seconds of this century; `20260131` was meant to be a day. */
const seconds = /^\d{10,11}(?:\.\d+)?$/;
const isoDate = /^\d{4}-\d{2}-\d{2}/;

function timeOf(given: string): number | undefined {
  if (seconds.test(given)) return Number(given) * 1_000;
  const at = isoDate.test(given) ? Date.parse(given) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function refused(given: string, what: string): MillraceError {
  return new MillraceError('CONFIGURATION_INVALID', `--to ${what}, got "${given}"`);
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
