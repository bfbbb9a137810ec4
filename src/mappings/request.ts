// The parameters of CreateEventSourceMapping, spelled as AWS spells them. Which of them a source takes, and which this
// version runs, is in parameters.ts; the numbers are checked by request-schema.ts.

/** Where a stream is read from when there is no checkpoint. */
export type StartingPosition = 'LATEST' | 'AT_TIMESTAMP' | 'TRIM_HORIZON';

/**
 * An event source mapping: the body of a CreateEventSourceMapping request.
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
  /** Provisioned mode; each poller runs up to 10 batches at once. Queues only: at least 2 pollers, default 2 to 200. */
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
  /** Accepted; has no effect in this version. */
  readonly Tags?: Readonly<Record<string, string>> | undefined;
  /** Not in this version, unless it is empty. */
  readonly MetricsConfig?: { readonly Metrics?: readonly string[] | undefined } | undefined;
  /** Not in this version. */
  readonly LoggingConfig?: { readonly SystemLogLevel?: string | undefined } | undefined;
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
  /** Not in this version. */
  readonly Topics?: readonly string[] | undefined;
  /** Not in this version: Amazon MQ only. */
  readonly Queues?: readonly string[] | undefined;
  /** Not in this version. */
  readonly SelfManagedEventSource?:
    { readonly Endpoints?: Readonly<Record<string, readonly string[]>> | undefined } | undefined;
  /** Not in this version. */
  readonly SourceAccessConfigurations?:
    readonly { readonly Type?: string | undefined; readonly URI?: string | undefined }[] | undefined;
  /** Not in this version. */
  readonly AmazonManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
  /** Not in this version. */
  readonly SelfManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
  /** Not in this version. */
  readonly DocumentDBEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
}

export type ParameterName = keyof MappingInput;
