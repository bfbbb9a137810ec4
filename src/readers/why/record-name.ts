import { sharesOf, type RecordEntry } from '../../journal/stored-entry.js';

/** Which record: ids of a stream may occur in several of its partitions. */
export interface RecordName {
  readonly record: string;
  /** Undefined: of a queue. */
  readonly partition: string | undefined;
}

/** What people can call it, and `why` understands. An id that begins with its partition says enough by itself. */
export function labelOf({ record, partition }: RecordName): string {
  return partition === undefined || record.startsWith(`${partition}@`) ? record : `${partition}:${record}`;
}

/** Whether an entry is about it. */
export function concerns(entry: RecordEntry, { record, partition }: RecordName): boolean {
  return sharesOf(entry).some((share) => share.partition === partition && share.records.includes(record));
}
