import type { PartitionState } from '../contracts/checkpoint-store.js';
import type { StartPoint } from '../contracts/stream-source.js';

const version = 1;

/** The state of a partition as it is stored: JSON with a version. */
export function partitionText(state: PartitionState): string {
  return JSON.stringify({ v: version, ...state });
}

/**
 * Reads what `partitionText` wrote. Throws an `Error` whose message completes "the checkpoint of shard … cannot be used: ":
 * guessing a position would skip records, or deliver a whole stream again.
 */
export function parsePartition(text: string): PartitionState {
  const { v, kind, from } = parsed(text);
  if (typeof v === 'number' && v > version) {
    throw new Error(`it was written by a newer millrace (format ${v}, and this one knows ${version}): update millrace`);
  }
  if (v === version && kind === 'ended') return { kind };
  if (v === version && kind === 'open' && isStartPoint(from)) return { kind, from };
  throw new Error(`${JSON.stringify(text.slice(0, 80))} is not a checkpoint`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isStartPoint(value: unknown): value is StartPoint {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, at, position } = value as Record<string, unknown>;
  switch (kind) {
    case 'horizon':
      return true;
    case 'timestamp':
      return typeof at === 'number';
    case 'after':
      return typeof position === 'string';
    default:
      return false;
  }
}
