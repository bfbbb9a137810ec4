import type { Ledger } from './checkpoint-store.js';
import type { StartPoint } from './start-point.js';

export type { StartPoint } from './start-point.js';

/** A record as a stream source hands it over. */
export interface StreamRecord {
  /**
   * Sequence number or offset: what the journal and a partial batch response know this record by. Unique in its partition, and
   * where events span partitions in the stream.
   */
  readonly id: string;
  /** The partition that it is of. Only sources whose events span partitions have to say so. */
  readonly partition?: string;
  /**
   * Where reading goes on when everything up to and including this record is done. Only its source reads it. Usually the
   * id; different where several records share one (unpacked aggregates).
   */
  readonly position: string;
  /** What else people may call it by: `eventID`, where that is not made of partition and id. */
  readonly eventId?: string;
  /** Records of one key are handled in order, also where several batches of a partition are handled at once. */
  readonly key: string;
  /** When it reached the stream, in milliseconds since the epoch, as exactly as the service tells. */
  readonly arrivedAt: number;
  /** The record as the handler will see it inside the event, as JSON text. */
  readonly record: string;
  /** UTF-8 length of `record`. */
  readonly bytes: number;
  /** What a filter pattern is matched against: the record as the handler gets it. Built only when asked for. */
  readonly view: () => Readonly<Record<string, unknown>>;
}

/** A part of a stream that is read forward: a shard, a partition. */
export interface Partition {
  readonly id: string;
  /** Partitions whose records come before those of this one; ones that are not listed any more count as finished. */
  readonly parents: readonly string[];
  /** Nothing is written to it any more. It may still have records. */
  readonly closed: boolean;
}

export interface StreamFacts {
  /** Changes when a stream is deleted and another one of the same name is created. Checkpoints belong to it. */
  readonly identity: string;
  /** How people would tell the identity: "created at 2026-01-31T12:00:00Z". */
  readonly identityText: string;
}

export interface ReadRequest {
  /** 1 or more. A source may return fewer; more only where the service does not let it choose. */
  readonly max: number;
  /** Ends the wait: then the read rejects, or returns what it has. */
  readonly signal: AbortSignal;
}

/** What one read of a partition returned. */
export interface Page {
  /** In the order of the partition. */
  readonly records: readonly StreamRecord[];
  /** Nothing comes after these records, ever: the partition was closed. */
  readonly ended: boolean;
  /** Nothing more was there when this was read. Where a service does not tell: an empty page. */
  readonly atTip: boolean;
  /** What a service calls how far behind the tip this page is, in milliseconds, where it tells. */
  readonly behindMs?: number;
  /** Records behind the starting position are gone, as far as the source can know: what a person should be told. */
  readonly trimmed?: string;
}

/** Reads one partition forward. Reads are made one after the other. */
export interface PartitionReader {
  /**
   * The next records. After a rejection the next read goes on at the same place: nothing is skipped. Iterators that
   * expire and connections that are renewed are the reader's own affair.
   */
  read(request: ReadRequest): Promise<Page>;
  close(): Promise<void>;
}

/**
 * How often the engine reads a partition.
 *
 * - `fixed`: as the service's own pollers do: every `idleMs` when nothing came, never closer than `leastMs`, and never
 *   more than `bytesPerSecond`
 * - `adaptive`: often while records come, seldom while none do
 * - `waits`: a read waits for records by itself
 */
export type Pacing =
  | { readonly kind: 'fixed'; readonly idleMs: number; readonly leastMs: number; readonly bytesPerSecond: number }
  | { readonly kind: 'adaptive' }
  | { readonly kind: 'waits' };

/**
 * A stream: partitions that are read forward from a position. Implementations know nothing of mapping options.
 *
 * Every method but `event`, `failureInfo` and `close` rejects with a `SourceError` when the service cannot be reached or
 * refuses.
 */
export interface StreamSource {
  readonly pacing: Pacing;
  /**
   * Whether one event may carry records of several partitions. Then the lanes of the mapping stand above all partitions, and
   * each takes a batch of those that are in no other lane's hands: never two batches of one partition at a time. Default:
   * false, each partition has lanes of its own.
   */
  readonly spansPartitions?: boolean;
  /**
   * What a partial batch response leaves to be called again: everything from the first reported record of the batch on
   * (`suffix`), or the reported records alone (`reported`). With `reported`, what comes behind a failed record is done before
   * it; the checkpoint waits for it. Default: `suffix`.
   */
  readonly partialResponses?: 'suffix' | 'reported';
  /**
   * A record that is too large for any event, when its turn has come: it goes alone, or it is given up and the destination
   * told (`MaximumPayloadSizeExceeded`). Default: `alone`.
   */
  readonly oversized?: 'alone' | 'discard';
  /** Where a source keeps its checkpoints itself: offsets that a broker stores, for example. Default: in millrace's own store. */
  readonly ledger?: Ledger;
  /** Most records that one `read` can return. */
  readonly maxRead: number;
  /** UTF-8 length of an event without records. */
  readonly envelopeBytes: number;
  /**
   * What a partition with records adds to an event, in UTF-8 bytes, beyond its records: `"orders-0":[]`, for example. There
   * is one comma less than there are records, whatever partitions they are of. Default: nothing.
   */
  partitionBytes?(partition: string): number;
  /** Whether the stream is there, and which one it is. */
  describe(): Promise<StreamFacts>;
  /** Every partition that still has, had or may get records, closed ones included. */
  partitions(): Promise<readonly Partition[]>;
  /**
   * A position behind everything that is in a partition now, and before everything that is written later. It can be
   * stored: reading from there skips nothing, however much later it begins.
   */
  tip(partition: string): Promise<string>;
  /** Never rejects for a position that is gone: the first page tells. */
  open(partition: string, from: StartPoint): Promise<PartitionReader>;
  /** Builds the event from the records of a batch, as the JSON text of an object. */
  event(records: readonly StreamRecord[]): string;
  /**
   * The id of the record that an `itemIdentifier` of a partial batch response means, whatever JSON value that is; undefined:
   * it has not the form of one, and fails the batch. Default: it is the id.
   */
  identifierOf?(itemIdentifier: unknown): string | undefined;
  /**
   * What tells a destination which records were given up, under the key that the service uses: `{ KinesisBatchInfo: { … } }`.
   * `partition`: of the first of them. Default: nothing.
   */
  failureInfo?(
    partition: string,
    records: readonly [StreamRecord, ...StreamRecord[]],
  ): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}
