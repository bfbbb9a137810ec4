import type { StartPoint } from './start-point.js';

/** How far a partition is done. */
export type PartitionState =
  /** Reading begins, or goes on, here. */
  | { readonly kind: 'open'; readonly from: StartPoint }
  /** All of it is done, and nothing comes any more: its children may start. */
  | { readonly kind: 'ended' };

/** What is known of the partitions of one stream, for one mapping. */
export interface LedgerContent {
  /** Of the stream that the positions belong to; undefined before the first start. */
  readonly identity: string | undefined;
  readonly partitions: ReadonlyMap<string, PartitionState>;
}

/** Another process works on the partition now: nothing more may be stored for it. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The right to work on one partition, and its checkpoint. */
export interface Lease {
  readonly partition: string;
  /** The checkpoint at the moment at which the lease was taken. */
  readonly from: StartPoint;
  /** Fires when another process has, or may have, the lease: handlers may not be called for the partition any more. */
  readonly lost: AbortSignal;
  /**
   * Fires when another process asks for the lease: whoever finishes what runs, moves the checkpoint and releases has nothing
   * delivered twice. Who does not is told after a while that the lease is lost. Undefined when nobody else can ask.
   */
  readonly wanted?: AbortSignal;
  /** Moves the checkpoint. Rejects with a `LeaseLostError` when the lease is another's, and as the store does when it cannot be reached. */
  checkpoint(position: string): Promise<void>;
  /** The partition is finished; gives the lease back. Rejects as `checkpoint` does. */
  end(): Promise<void>;
  /** Gives the lease back, so that others need not wait. Never rejects; doing it twice is fine. */
  release(): Promise<void>;
}

/** The checkpoints of one mapping. A write that has resolved survives the end of the process. */
export interface Ledger {
  read(): Promise<LedgerContent>;
  /**
   * Starts on a stream, forgetting what there was of another identity. When somebody has begun on the same identity
   * already, theirs is kept: the offsets that a consumer group has committed, for example. All partitions are stored, or none.
   */
  begin(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void>;
  /** Replaces everything, whoever works on it: for a mapping that is not running. */
  replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void>;
  /** Adds partitions that are not known yet; others stay as they are. */
  add(partitions: ReadonlyMap<string, PartitionState>): Promise<void>;
  /** Forgets partitions that the stream does not have any more. */
  remove(partitions: readonly string[]): Promise<void>;
  /**
   * Takes leases on some of these partitions, which are all ready to be read: those that nobody holds, and, where
   * several processes share the work, this one's fair part of them. Called again from time to time. Resolves with the
   * new leases only.
   */
  claim(ready: readonly string[]): Promise<readonly Lease[]>;
  /** Whether another process was seen at work on the partition. Left out when nobody else can hold a lease. */
  isWorkedOnElsewhere?(partition: string): boolean;
  /** Calls back when `claim` is worth calling at once: partitions were assigned to this process, for example. One listener. */
  onChange?(changed: () => void): void;
  /**
   * How often `claim` is worth calling, in milliseconds; undefined when nobody else can hold a lease, or `onChange` tells
   * when one is free.
   */
  readonly claimEveryMs: number | undefined;
  /** Gives every lease back. */
  close(): Promise<void>;
}

/** Keeps checkpoints across restarts. */
export interface CheckpointStore {
  /** The ledger of a mapping, by its UUID. */
  ledger(mapping: string): Ledger;
  close(): Promise<void>;
}
