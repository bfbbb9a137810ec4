import { laneOf, recordsOf, type RecordEntry } from '../../journal/stored-entry.js';

/** Which record: ids of a stream may occur in several of its partitions. */
export interface RecordName {
  readonly record: string;
  /** Undefined: of a queue. */
  readonly lane: string | undefined;
}

/** What people can call it, and `why` understands. */
export function labelOf({ record, lane }: RecordName): string {
  return lane === undefined ? record : `${lane}:${record}`;
}

/** Whether an entry is about it. */
export function concerns(entry: RecordEntry, { record, lane }: RecordName): boolean {
  return laneOf(entry) === lane && recordsOf(entry).includes(record);
}
