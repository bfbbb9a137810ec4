import type { DestinationKind } from '../contracts/destination-description.js';
import type { SourceDescription, SourceRef, SourceType } from '../contracts/source-description.js';
import type { MappingInput } from './schema/request.js';

/** Parallel batches of a queue mapping. */
export interface ConcurrencyRange {
  /** Where it starts. */
  readonly initial: number;
  /** Repeated function errors never bring it below this. */
  readonly floor: number;
  readonly ceiling: number;
  /** With a backlog, one more batch each so many milliseconds. */
  readonly growEveryMs: number;
}

/** The function a mapping calls. */
export interface FunctionRef {
  readonly name: string;
  /** Alias or version as given, `$LATEST` included; undefined when none was given. */
  readonly qualifier: string | undefined;
  /** Exactly the ARN a mapping echoes: with the qualifier only when one was given. */
  readonly arn: string;
}

/** What mappings of every kind have. */
export interface MappingBase {
  readonly uuid: string;
  readonly arn: string;
  /** What commands and output call it. */
  readonly name: string;
  readonly enabled: boolean;
  readonly function: FunctionRef;
  readonly source: SourceRef;
  /** What is known of its source. */
  readonly description: SourceDescription;
  /** Whose rules and defaults it has. */
  readonly sourceType: SourceType;
  /** Its parameters as they were given, changes over the API applied. */
  readonly request: MappingInput;
}

/** A mapping of a queue: checked, defaults filled in, units in the names. */
export interface QueueMapping extends MappingBase {
  readonly kind: 'queue';
  readonly batchSize: number;
  readonly windowMs: number;
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** Texts of the filter patterns. */
  readonly filters: readonly string[];
  readonly concurrency: ConcurrencyRange;
}

/** Where a stream is read from when there is no checkpoint. Times in milliseconds since the epoch. */
export type StartingPoint =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly at: number };

/** Where batches are reported that were given up. */
export interface DestinationRef {
  readonly kind: DestinationKind;
  readonly arn: string;
  /** The ARN of a bucket has neither region nor account: then those of the configuration. */
  readonly region: string;
  readonly account: string;
  /** Queue, topic or bucket. */
  readonly name: string;
}

/** A mapping of a stream: checked, defaults filled in, units in the names. */
export interface StreamMapping extends MappingBase {
  readonly kind: 'stream';
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  /** Texts of the filter patterns. */
  readonly filters: readonly string[];
  readonly startingPoint: StartingPoint;
  readonly parallelizationFactor: number;
  /** `BisectBatchOnFunctionError`. */
  readonly bisects: boolean;
  /** `MaximumRetryAttempts`; undefined (-1): until the records expire. */
  readonly maxRetries: number | undefined;
  /** `MaximumRecordAgeInSeconds`; undefined (-1): no limit. */
  readonly maxAgeMs: number | undefined;
  /** `TumblingWindowInSeconds`; 0: none. */
  readonly tumblingWindowMs: number;
  /** `DestinationConfig.OnFailure`. */
  readonly destination: DestinationRef | undefined;
}

/** A mapping that can be run. */
export type EventSourceMapping = QueueMapping | StreamMapping;

/** A mapping of a source that this version does not poll: it can be made over the API, and says so. */
interface UnpolledMapping extends MappingBase {
  readonly kind: 'unpolled';
}

export type AnyMapping = EventSourceMapping | UnpolledMapping;
