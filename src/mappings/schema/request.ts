import type {
  consumptionModes,
  fullDocuments,
  metricGroups,
  recordFormats,
  registryAccessTypes,
  sourceAccessTypes,
  systemLogLevels,
  validationAttributes,
} from './enumerations.js';

// The parameters of CreateEventSourceMapping, spelled as AWS spells them. Which of them a source takes, and which this
// version runs, is in parameters.ts; the numbers are checked by request-schema.ts.

/** Where a stream is read from when there is no checkpoint. */
export type StartingPosition = 'LATEST' | 'AT_TIMESTAMP' | 'TRIM_HORIZON';
type SourceAccessType = (typeof sourceAccessTypes)[number];
type MetricGroup = (typeof metricGroups)[number];
type SystemLogLevel = (typeof systemLogLevels)[number];

/**
 * An event source mapping: the body of a CreateEventSourceMapping request. Sources of Kafka, Amazon MQ and DocumentDB are
 * known to the API only: this version does not poll them, and a configuration that names one is refused.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export interface MappingInput {
  /** A function of this configuration: `orders`, `orders:live`, or its ARN, full or partial. */
  readonly FunctionName: string;
  /**
   * The source: `arn:aws:sqs:<region>:<account>:<queue>`, `arn:aws:kinesis:<region>:<account>:stream/<stream>` (with
   * `/consumer/<consumer>:<time>`: enhanced fan-out), `arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>`
   * (without `/stream/<label>`: the table's latest stream), or `arn:millrace:<source>:<region>:<account>:<id>` for one of
   * the `sources` of the configuration.
   */
  readonly EventSourceArn?: string | undefined;
  /** False: nothing is polled until the mapping is enabled. Default true. */
  readonly Enabled?: boolean | undefined;
  /**
   * Most records in one invocation. Streams: 1 to 10000, default 100. SQS: 1 to 10000 (FIFO: to 10), default 10; over 10
   * needs a batching window.
   */
  readonly BatchSize?: number | undefined;
  /** Seconds to gather a batch, 0 to 300, default 0. Not for FIFO queues. */
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  /**
   * `ReportBatchItemFailures`: the function names the records that failed. Queues: the others are settled. Streams: what
   * comes before the first of them is done. Default none.
   */
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[] | undefined;
  /** `MaximumConcurrency`: most batches in the function at once, 2 to 1000. Queues only. */
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | undefined } | undefined;
  /**
   * Provisioned mode. SQS: 2 to 10000 pollers, default 2 to 200, each of which runs up to 10 batches at once. Kafka: 1 to
   * 2000, default 1 to 200. `MinimumPollers`: up to 200. `PollerGroupName`: up to 128 letters, digits, - and _; Kafka only.
   */
  readonly ProvisionedPollerConfig?:
    | {
        readonly MinimumPollers?: number | undefined;
        readonly MaximumPollers?: number | undefined;
        readonly PollerGroupName?: string | undefined;
      }
    | undefined;
  /** Up to 10 patterns: a record that any of them matches is kept. Not for DocumentDB. See docs/semantics.md, "Filters". */
  readonly FilterCriteria?:
    { readonly Filters?: readonly { readonly Pattern?: string | undefined }[] | undefined } | undefined;
  /** Accepted; has no effect locally. */
  readonly KMSKeyArn?: string | undefined;
  /**
   * Up to 50 texts of up to 256 characters, by keys of 1 to 128: letters, digits, spaces and `_.:/=+-@`. No call about the
   * mapping returns them but ListTags.
   */
  readonly Tags?: Readonly<Record<string, string>> | undefined;
  /** `Metrics`: groups of metrics to report, default none. `ErrorCount` and `KafkaMetrics`: Kafka only. */
  readonly MetricsConfig?: { readonly Metrics?: readonly MetricGroup[] | undefined } | undefined;
  /** What the pollers log. Kafka in provisioned mode only. */
  readonly LoggingConfig?: { readonly SystemLogLevel?: SystemLogLevel | undefined } | undefined;
  /**
   * Streams: where reading begins when there is no checkpoint. `TRIM_HORIZON`: with the oldest record that is still
   * there; `LATEST`: with what is written from now on; `AT_TIMESTAMP`: with `StartingPositionTimestamp` (not for DynamoDB
   * Streams). Required for Kinesis and DynamoDB Streams, default `TRIM_HORIZON` for a source of the configuration.
   */
  readonly StartingPosition?: StartingPosition | undefined;
  /**
   * With `AT_TIMESTAMP`: the first record that arrived at or after this moment. Seconds since the epoch, ISO 8601 text with
   * `Z` or an offset, or a `Date`; not in the future.
   */
  readonly StartingPositionTimestamp?: string | number | Date | undefined;
  /** Streams: batches of one shard that are handled at once, 1 to 10, default 1. Records of one key stay in order. */
  readonly ParallelizationFactor?: number | undefined;
  /** Streams: a batch that failed is halved, and each half is retried by itself. Default false. */
  readonly BisectBatchOnFunctionError?: boolean | undefined;
  /**
   * Streams: records that are older are given up, 60 to 604800; -1: no limit. Default -1. Not for SQS: the queue's
   * retention and redrive policy decide.
   */
  readonly MaximumRecordAgeInSeconds?: number | undefined;
  /**
   * Streams: how often a failed batch is called again before it is given up, 0 to 10000; -1: until its records expire.
   * Default -1. Not for SQS: the queue's redrive policy decides.
   */
  readonly MaximumRetryAttempts?: number | undefined;
  /** Streams: length of the windows over which the function hands on a state, 1 to 900; 0: none. Default 0. */
  readonly TumblingWindowInSeconds?: number | undefined;
  /**
   * Streams: `OnFailure.Destination` is where batches are reported that were given up: the ARN of a standard SQS queue, a
   * standard SNS topic or an S3 bucket. `OnSuccess` is for no mapping. Not for SQS: give the queue a redrive policy instead.
   */
  readonly DestinationConfig?:
    | {
        readonly OnFailure?: { readonly Destination?: string | undefined } | undefined;
        readonly OnSuccess?: { readonly Destination?: string | undefined } | undefined;
      }
    | undefined;
  /** The one topic that is read, 2 to 249 characters. Kafka only, required there. */
  readonly Topics?: readonly string[] | undefined;
  /** The one queue that is read, 1 to 1000 characters. Amazon MQ only, required there. */
  readonly Queues?: readonly string[] | undefined;
  /**
   * A Kafka cluster that is not AWS's, in place of `EventSourceArn`. `Endpoints`: 1 to 10 bootstrap servers, as
   * `{ KAFKA_BOOTSTRAP_SERVERS: ['host:port'] }`.
   */
  readonly SelfManagedEventSource?:
    { readonly Endpoints?: Readonly<Record<string, readonly string[]>> | undefined } | undefined;
  /**
   * Up to 23 ways to get into the source. `URI`: the ARN of a secret, or the text itself for `VIRTUAL_HOST`, `VPC_…`,
   * `OAUTHBEARER_SCOPE` and the like; none for `IAM_…`. Kafka, Amazon MQ and DocumentDB only.
   */
  readonly SourceAccessConfigurations?: readonly SourceAccess[] | undefined;
  /** Amazon MSK only. */
  readonly AmazonManagedKafkaEventSourceConfig?: KafkaSourceConfig | undefined;
  /** Self-managed Kafka only. */
  readonly SelfManagedKafkaEventSourceConfig?: SelfManagedKafkaSourceConfig | undefined;
  /**
   * DocumentDB only, required there. `DatabaseName`: 1 to 63 characters. `CollectionName`: 1 to 57 characters, default all
   * collections of the database. `FullDocument`: `UpdateLookup` adds the whole document to updates; default `Default`.
   */
  readonly DocumentDBEventSourceConfig?:
    | {
        readonly DatabaseName?: string | undefined;
        readonly CollectionName?: string | undefined;
        readonly FullDocument?: (typeof fullDocuments)[number] | undefined;
      }
    | undefined;
}

/** A way to get into a source. */
interface SourceAccess {
  readonly Type?: SourceAccessType | undefined;
  /** 1 to 200 characters. */
  readonly URI?: string | undefined;
}

/** Settings of mappings of Kafka. */
interface KafkaSourceConfig {
  /** Whose commits are gone on with, 1 to 200 characters; fixed. Default the UUID of the mapping. */
  readonly ConsumerGroupId?: string | undefined;
  /** Checks and decodes records before they are filtered. Provisioned mode only. Default none. */
  readonly SchemaRegistryConfig?: SchemaRegistryConfig | undefined;
}

/** Settings of mappings of a Kafka cluster that is not AWS's. */
export interface SelfManagedKafkaSourceConfig extends KafkaSourceConfig {
  /** `Queue`: records are shared out one by one, as by a queue; fixed. Default `Stream`. */
  readonly ConsumptionMode?: (typeof consumptionModes)[number] | undefined;
}

/** A registry of the schemas of Kafka records. */
export interface SchemaRegistryConfig {
  /** The ARN of a registry of Glue, or the `https://` address of one of Confluent, 1 to 10000 characters. */
  readonly SchemaRegistryURI?: string | undefined;
  /** What the function gets: `JSON`, or the records as they were written (`SOURCE`). */
  readonly EventRecordFormat?: (typeof recordFormats)[number] | undefined;
  /** Ways to get into the registry; `URI` is the ARN of a secret. Not for Glue. */
  readonly AccessConfigs?:
    | readonly {
        readonly Type?: (typeof registryAccessTypes)[number] | undefined;
        readonly URI?: string | undefined;
      }[]
    | undefined;
  /** Which parts of a record have a schema: `KEY`, `VALUE` or both. */
  readonly SchemaValidationConfigs?:
    readonly { readonly Attribute?: (typeof validationAttributes)[number] | undefined }[] | undefined;
}

export type ParameterName = keyof MappingInput;
