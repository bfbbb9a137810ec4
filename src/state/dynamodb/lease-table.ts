import type { PartitionState } from '../../contracts/checkpoint-store.js';

/** Who works on a partition. */
interface Holder {
  /** The process. */
  readonly owner: string;
  /** Of this one lease; never used again. */
  readonly token: string;
}

/** A partition in the table that processes share. */
export interface LeaseRow {
  readonly partition: string;
  readonly state: PartitionState;
  /** Counts up with every change of the holder or the state, and when the holder says that it is alive. */
  readonly beat: number;
  readonly holder: Holder | undefined;
  /** The process that the holder is asked to hand it to, or has handed it to. */
  readonly wantedBy: string | undefined;
}

/** The partitions of one beginning: those of an earlier one do not count, whatever is still written to them. */
export interface Generation {
  readonly id: string;
  /** Of the stream. */
  readonly identity: string;
}

export interface RowKey {
  readonly mapping: string;
  /** The id of the generation. */
  readonly generation: string;
  readonly partition: string;
}

/** What of a row is changed; null removes. `beat` counts up, unless it is `wantedBy` alone that changes. */
export interface RowChange {
  readonly state?: PartitionState;
  readonly holder?: Holder | null;
  readonly wantedBy?: string | null;
}

/** What must be so at the moment of a change. */
export type RowCondition =
  /** Nothing has happened to the row since it was read. The beat alone does not tell: the row may be a new one of that name. */
  | { readonly kind: 'unchanged'; readonly beat: number; readonly token: string | undefined }
  | { readonly kind: 'held'; readonly token: string }
  | { readonly kind: 'held-and-not-wanted'; readonly token: string };

/**
 * The few operations on a shared table that leases are made of. Each takes effect as a whole or not at all, and one that
 * rejects (with a `SourceError`) may have taken effect.
 */
export interface LeaseTable {
  /** The generation in force, with its rows as they are now. */
  load(mapping: string): Promise<{ readonly generation: Generation | undefined; readonly rows: readonly LeaseRow[] }>;
  /** Puts a generation in force. With `after`, only while that one is (undefined: none); resolves with whether it did. */
  enforce(
    mapping: string,
    generation: Generation,
    condition?: { readonly after: string | undefined },
  ): Promise<boolean>;
  /** Adds a row, unless there is one. */
  add(key: RowKey, state: PartitionState): Promise<void>;
  remove(key: RowKey): Promise<void>;
  /** Resolves with the row as it is after the change; undefined: the condition did not hold, or there is no such row. */
  change(key: RowKey, change: RowChange, condition: RowCondition): Promise<LeaseRow | undefined>;
  close(): Promise<void>;
}
