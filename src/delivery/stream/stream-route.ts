import type { RecordFilter } from '../../filters/record-filter.js';
import type { LambdaFunction } from '../../functions/lambda-function.js';
import type { BatchStep, MappingRef, PartitionShare } from '../../journal/events.js';
import type { JournalWriter } from '../../journal/journal.js';
import type { Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import type { Ledger } from '../../contracts/checkpoint-store.js';
import type { FailureDestination } from '../../contracts/failure-destination.js';
import type { StreamErrorSettings } from './stream-decision.js';
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
  /**
   * Lanes of each partition: records of one key are always in the same one. Where events span partitions: the lanes of all
   * partitions together, each with one batch at a time.
   */
  readonly lanes: number;
  readonly startingRule: StartingRule;
  readonly errors: StreamErrorSettings;
  readonly tumbling: TumblingSettings | undefined;
}

/** Everything the delivery of one stream mapping uses. */
export interface StreamRoute {
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

/** Where the records of a batch are, as every entry of the journal about it says. */
export type BatchPlace =
  | { readonly partition: string; readonly lane?: number; readonly records: readonly string[] }
  /** Of several partitions: in place of `partition` and `records`. */
  | { readonly partitions: readonly PartitionShare[] };

/** What the work on a batch needs: of one partition, or of several where events span them. */
export interface BatchContext {
  readonly parts: StreamRoute;
  /** Fires when no handler may be called any more: the mapping stops or, for one partition, it is another process's. */
  readonly halt: AbortSignal;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Nothing is left to do for these records: they were handled, filtered out or given up. */
  readonly done: (records: readonly StreamRecord[]) => void;
  /** How the journal calls the place of these records. `ids`: theirs. */
  readonly place: (records: readonly StreamRecord[], ids: readonly string[]) => BatchPlace;
  /** Which partition a record of the batch is of. */
  readonly partitionOf: (record: StreamRecord) => string;
  /** What ends a wait: the halt, and the departure of a partition. Asked for anew for each wait. */
  readonly interrupt: () => AbortSignal;
  /** Those of the records whose partitions have not left. */
  readonly held: (records: readonly StreamRecord[]) => readonly StreamRecord[];
  /** Does a piece of work in the middle of which no partition of the batch may be given back. */
  readonly keeping: (work: () => Promise<Ending>) => Promise<Ending>;
}

/** What the work on one partition shares. */
export interface PartitionContext extends Pick<BatchContext, 'parts' | 'halt' | 'loaded' | 'done'> {
  /** Id of the partition. */
  readonly partition: string;
}

/** Where the records of a partition are worked on. */
export interface PartitionLanes {
  /** Whether nothing is waiting or under way. */
  readonly idle: boolean;
  /** `atTip`: nothing more was there when these were read. */
  push(records: readonly StreamRecord[], atTip: boolean): void;
  /** No more records come. */
  complete(): void;
  /**
   * Resolves when everything is done and nothing more comes, or when it has to stop. Rejects for a defect, of which
   * `broke` is told at once.
   */
  run(broke: () => void): Promise<Ending>;
}

/** How a piece of work ended: all of it, or up to where it had to stop. */
export type Ending = 'finished' | 'halted';

/** What every entry of the journal about a batch says. */
export function batchStep({ parts, place }: BatchContext, batch: string, of: BatchRecords): BatchStep {
  return { mapping: parts.mapping, batch, ...place(of.records, of.recordIds) };
}

/** Records of a batch, and their ids. */
interface BatchRecords {
  readonly records: readonly StreamRecord[];
  readonly recordIds: readonly string[];
}
