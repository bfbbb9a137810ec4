import type { MappingRef, PollerState } from '../../journal/events.js';
import type { MappingMetrics, ProcessingResult } from './mapping-metrics.js';
import type { PartitionStatus } from './partition-status.js';

/** What the status needs to know of a mapping from elsewhere. */
export interface StatusMapping extends MappingRef {
  readonly kind: 'queue' | 'stream';
  /** Streams: what a part of the source is called. Default: shard. */
  readonly partitionWord?: string;
  /** Source ARN, or what else names the source. */
  readonly source: string;
  /** `name` or `name:qualifier`, as the function's own entries say it. */
  readonly function: string;
}

/** What a mapping is doing and has done since the start. Records are counted once for each delivery. */
export interface MappingStatus extends StatusMapping {
  readonly state: PollerState;
  readonly reason: string;
  /** ISO time of the next try of a poller that waits. */
  readonly nextTryAt?: string;
  /** Why the function cannot be invoked, when its module does not load. */
  readonly functionProblem?: string;
  /** Invocations that are running. */
  readonly inFlight: number;
  readonly invocations: number;
  readonly received: number;
  /** Queues: records that were handled and deleted. Streams: records that were handled; the checkpoint follows. */
  readonly handled: number;
  /** Failed deliveries of records: one that fails twice counts twice. */
  readonly failed: number;
  /** Calls refused by the function's concurrency limit. */
  readonly throttled: number;
  readonly filtered: number;
  readonly discarded: number;
  /** Records that failed and were neither handled nor discarded since. */
  readonly unhandled: number;
  /** Streams: what the newest call came to, as AWS words it. */
  readonly lastProcessingResult?: ProcessingResult;
  /** Streams: how long the last record of the newest call had been in the stream when the call began. */
  readonly iteratorAgeMs?: number;
  /** Streams: every partition that is or was worked on; of the finished ones the newest. */
  readonly partitions?: readonly PartitionStatus[];
  readonly metrics: MappingMetrics;
  /** Of a mapping of the configuration file: what a change over the API has made different from it. */
  readonly differs?: readonly string[];
  readonly lastError?: string;
  /** ISO time. */
  readonly lastActivity?: string;
}
