import type { RecordFilter } from '../../filters/record-filter.js';
import type { LambdaFunction } from '../../functions/lambda-function.js';
import type { MappingRef } from '../../journal/events.js';
import type { JournalWriter } from '../../journal/journal.js';
import type { Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import type { Ledger } from '../../contracts/checkpoint-store.js';
import type { FailureDestination } from '../../contracts/failure-destination.js';
import type { StreamErrorRules } from './stream-decision.js';
import type { StreamSource, StreamRecord } from '../../contracts/stream-source.js';

/** Where partitions are read from at the very first start. Times in milliseconds since the epoch. */
export type StartingRule =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly at: number };

/** Tumbling windows of a mapping. */
export interface TumblingSettings {
  readonly lengthMs: number;
  /** How long past its end a window waits for records when none come. */
  readonly idleMs: number;
}

/** What a stream mapping asks of the engine. */
export interface StreamSettings {
  readonly batchSize: number;
  readonly windowMs: number;
  /** Lanes of each partition: records of one key are always in the same one. */
  readonly lanes: number;
  readonly startingRule: StartingRule;
  readonly errors: Omit<StreamErrorRules, 'windowed'>;
  readonly tumbling: TumblingSettings | undefined;
}

/** Everything the delivery of one stream mapping uses. */
export interface StreamDeliveryParts {
  readonly mapping: MappingRef;
  /** The source as sentences name it: "stream clicks". */
  readonly sourceLabel: string;
  /** What its partitions are called, as in "2 shards". */
  readonly partitionWord: string;
  /** What events of tumbling windows name as `eventSourceARN`. */
  readonly sourceArn: string;
  readonly settings: StreamSettings;
  readonly source: StreamSource;
  readonly ledger: Ledger;
  readonly target: LambdaFunction;
  /** As the mapping echoes it: what destinations are told. */
  readonly functionArn: string;
  /** `$LATEST`, or the number of a version. */
  readonly executedVersion: string;
  readonly destination: FailureDestination | undefined;
  readonly filter: RecordFilter | undefined;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** A new batch id; never one that was used before, also by an earlier process. */
  readonly batchId: () => string;
}

/** What the work on one partition shares. */
export interface PartitionContext {
  readonly parts: StreamDeliveryParts;
  /** Id of the partition. */
  readonly partition: string;
  /** Fires when the mapping stops or the partition is another process's: handlers are not called any more. */
  readonly halt: AbortSignal;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Nothing is left to do for these records: they were handled, filtered out or given up. */
  readonly done: (records: readonly StreamRecord[]) => void;
}

/** How a piece of work ended: all of it, or up to where it had to stop. */
export type Ending = 'finished' | 'halted';
