import type { BatchStep, MappingRef } from './batch-step.js';

/** Which tumbling window a call belongs to. */
export interface TumblingWindowCall {
  /** ISO times without fractions. */
  readonly start: string;
  readonly end: string;
  readonly final: boolean;
  /** Ended before its time because its state had grown too large. */
  readonly terminatedEarly: boolean;
}

/** A batch of a stream that failed is tried again in two parts. */
export type BisectedEvent = BatchStep & {
  readonly type: 'bisected';
  /** The two batches, in order, with the number of their records. */
  readonly into: readonly [BatchPart, BatchPart];
  readonly because: string;
};

interface BatchPart {
  readonly batch: string;
  readonly records: number;
}

/** A record of a stream was too old to be delivered. */
export interface ExpiredEvent {
  readonly type: 'expired';
  readonly mapping: MappingRef;
  readonly partition: string;
  readonly batch: string;
  readonly record: string;
  readonly because: string;
}

/** The on-failure destination has taken the report of a batch. */
export type DestinationDeliveredEvent = BatchStep & {
  readonly type: 'destination-delivered';
  /** ARN. */
  readonly destination: string;
  readonly because: string;
};

/** A try to report a batch to the on-failure destination has failed. */
export type DestinationFailedEvent = BatchStep & {
  readonly type: 'destination-failed';
  /** ARN. */
  readonly destination: string;
  /** No further try: the report is lost. */
  readonly dropped: boolean;
  readonly because: string;
};

/** The checkpoint of a partition was stored: what is before it is never read again. */
export interface CheckpointedEvent {
  readonly type: 'checkpointed';
  readonly mapping: MappingRef;
  readonly partition: string;
  /** Those that the checkpoint has moved past, filtered and discarded ones included; the newest 10,000. */
  readonly records: readonly string[];
  /** How many more it has moved past. */
  readonly omitted?: number;
  readonly position: string;
}

/** What became of a partition of a stream. `trimmed`: records were gone before they could be read. */
export interface PartitionEvent {
  readonly type: 'partition';
  readonly mapping: MappingRef;
  readonly partition: string;
  readonly state: 'started' | 'waiting' | 'finished' | 'given-up' | 'trimmed';
  readonly because: string;
}
