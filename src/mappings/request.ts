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
  /** The source, for SQS `arn:aws:sqs:<region>:<account>:<queue>`. */
  readonly EventSourceArn?: string | undefined;
  /** False: nothing is polled until the mapping is enabled. Default true. */
  readonly Enabled?: boolean | undefined;
  /** Most records in one invocation. SQS: 1 to 10000 (FIFO: to 10), default 10. Over 10 needs a batching window. */
  readonly BatchSize?: number | undefined;
  /** Seconds to gather a batch, 0 to 300, default 0. Not for FIFO queues. */
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  /** `ReportBatchItemFailures`: the function names the records that failed; the others are settled. Default none. */
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[] | undefined;
  /** `MaximumConcurrency`: most batches in the function at once, 2 to 1000. SQS only. */
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | undefined } | undefined;
  /** Provisioned mode; each poller runs up to 10 batches at once. SQS: at least 2 pollers, default 2 to 200. */
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
  /** Not for SQS. */
  readonly LoggingConfig?: { readonly SystemLogLevel?: string | undefined } | undefined;
  /** Not for SQS. */
  readonly StartingPosition?: StartingPosition | undefined;
  /** Not for SQS. */
  readonly StartingPositionTimestamp?: string | number | Date | undefined;
  /** Not for SQS. */
  readonly ParallelizationFactor?: number | undefined;
  /** Not for SQS. */
  readonly BisectBatchOnFunctionError?: boolean | undefined;
  /** Not for SQS: the queue's retention and redrive policy decide. */
  readonly MaximumRecordAgeInSeconds?: number | undefined;
  /** Not for SQS: the queue's redrive policy decides. */
  readonly MaximumRetryAttempts?: number | undefined;
  /** Not for SQS. */
  readonly TumblingWindowInSeconds?: number | undefined;
  /** Not for SQS: give the queue a redrive policy instead. */
  readonly DestinationConfig?:
    | {
        readonly OnFailure?: { readonly Destination?: string | undefined } | undefined;
        readonly OnSuccess?: { readonly Destination?: string | undefined } | undefined;
      }
    | undefined;
  /** Not for SQS. */
  readonly Topics?: readonly string[] | undefined;
  /** Not for SQS: Amazon MQ only. */
  readonly Queues?: readonly string[] | undefined;
  /** Not for SQS. */
  readonly SelfManagedEventSource?:
    { readonly Endpoints?: Readonly<Record<string, readonly string[]>> | undefined } | undefined;
  /** Not for SQS. */
  readonly SourceAccessConfigurations?:
    readonly { readonly Type?: string | undefined; readonly URI?: string | undefined }[] | undefined;
  /** Not for SQS. */
  readonly AmazonManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
  /** Not for SQS. */
  readonly SelfManagedKafkaEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
  /** Not for SQS. */
  readonly DocumentDBEventSourceConfig?: Readonly<Record<string, unknown>> | undefined;
}

export type ParameterName = keyof MappingInput;
