/** The queue a mapping reads. */
export interface SqsQueueRef {
  readonly kind: 'sqs';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly queue: string;
  readonly fifo: boolean;
}

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

/** An event source mapping: checked, defaults filled in, units in the names. */
export interface QueueMapping {
  readonly kind: 'queue';
  readonly uuid: string;
  readonly arn: string;
  /** What commands and output call it. */
  readonly name: string;
  readonly enabled: boolean;
  readonly function: FunctionRef;
  readonly source: SqsQueueRef;
  readonly batchSize: number;
  readonly windowMs: number;
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** Texts of the filter patterns. */
  readonly filters: readonly string[];
  readonly concurrency: ConcurrencyRange;
}

export type EventSourceMapping = QueueMapping;
