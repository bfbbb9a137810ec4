import type { SourceType } from './schema/parameters.js';
import type { MappingInput } from './schema/request.js';

/** A queue of SQS. */
export interface SqsQueueRef {
  readonly kind: 'sqs';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly queue: string;
  readonly fifo: boolean;
}

interface Placed {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
}

/** A Kinesis stream, or an enhanced fan-out consumer of one. */
export interface KinesisRef extends Placed {
  readonly kind: 'kinesis';
  readonly stream: string;
  /** Name and creation time of an enhanced fan-out consumer, as its ARN ends; undefined: shared throughput. */
  readonly consumer: string | undefined;
}

/** The stream of a DynamoDB table. */
export interface DynamoDbRef extends Placed {
  readonly kind: 'dynamodb';
  readonly table: string;
  /** Undefined: the table's latest stream. */
  readonly label: string | undefined;
}

/** A source that the configuration adds: `arn:millrace:<source>:<region>:<account>:<id>`. */
export interface CustomRef extends Placed {
  readonly kind: 'custom';
  readonly source: string;
  readonly id: string;
}

/** A topic of an MSK cluster. */
export interface MskRef extends Placed {
  readonly kind: 'msk';
  readonly cluster: string;
  readonly topic: string;
}

/** A topic of a Kafka cluster that is not AWS's: it has no ARN. */
export interface SelfManagedKafkaRef {
  readonly kind: 'self-managed-kafka';
  /** `host:port` of the bootstrap servers. */
  readonly servers: readonly string[];
  readonly topic: string;
}

/** A queue of an Amazon MQ broker. */
export interface BrokerRef extends Placed {
  readonly kind: 'mq';
  readonly broker: string;
  readonly id: string;
  readonly queue: string;
}

/** The change stream of a DocumentDB cluster. */
export interface DocumentDbRef extends Placed {
  readonly kind: 'documentdb';
  readonly cluster: string;
  readonly database: string;
  /** Undefined: all collections of the database. */
  readonly collection: string | undefined;
}

/** The queue a mapping reads. */
export type QueueRef = SqsQueueRef | CustomRef;

/** The stream a mapping reads. */
export type StreamRef = KinesisRef | DynamoDbRef | CustomRef;

/** A source that mappings can name and that this version does not poll. */
export type UnpolledRef = MskRef | SelfManagedKafkaRef | BrokerRef | DocumentDbRef;

/** What a mapping reads, or would read. */
export type MappingSource = QueueRef | StreamRef | UnpolledRef;

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
  /** Whose rules and defaults it has. */
  readonly sourceType: SourceType;
  /** Its parameters as they were given, changes over the API applied. */
  readonly request: MappingInput;
}

/** A mapping of a queue: checked, defaults filled in, units in the names. */
export interface QueueMapping extends MappingBase {
  readonly kind: 'queue';
  readonly source: QueueRef;
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
  readonly kind: 'sqs' | 'sns' | 's3';
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
  readonly source: StreamRef;
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
export interface UnpolledMapping extends MappingBase {
  readonly kind: 'unpolled';
  readonly source: UnpolledRef;
}

export type AnyMapping = EventSourceMapping | UnpolledMapping;
