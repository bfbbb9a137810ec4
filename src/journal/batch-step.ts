/** Which mapping an event is about. */
export interface MappingRef {
  readonly uuid: string;
  readonly name: string;
}

/** The part of a batch that is of one partition. */
export interface PartitionShare {
  readonly partition: string;
  readonly records: readonly string[];
}

/** The records of a batch of a queue, or of one partition. */
interface OneShare {
  /** Streams: the partition that the records are of. */
  readonly partition?: string;
  readonly records: readonly string[];
}

/** The records of a batch of several partitions. Their ids are unique in the whole stream. */
interface SeveralShares {
  /** In the order in which the event has them: one partition after the other. */
  readonly partitions: readonly PartitionShare[];
}

/** What every step of a batch says: whose batch it is, and which records are in it. */
export type BatchStep = {
  readonly mapping: MappingRef;
  readonly batch: string;
  /** FIFO queues: the message group, where all records of the batch are of one. */
  readonly group?: string;
  /** Streams, with ParallelizationFactor alone: which of the lanes works on the batch, from 0. */
  readonly lane?: number;
} & (OneShare | SeveralShares);
