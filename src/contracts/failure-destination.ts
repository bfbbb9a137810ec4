import type { FailureCondition } from './failure-conditions.js';
import type { StreamRecord } from './stream-source.js';

/** A batch that was given up, for a destination. */
export interface FailureReport {
  /** UUID of the mapping. */
  readonly mapping: string;
  /** The partition that the records come from; where they are of several, that of the first. */
  readonly partition: string;
  /** What a queue or topic is told: the document without the records (docs/semantics.md, "On-failure destinations"). */
  readonly document: FailureDocument;
  /** The records that were given up, in order: for destinations that are told of each by itself. */
  readonly records: readonly StreamRecord[];
  /** The event that the handler got, or would have got, as JSON text: for destinations that keep the records. */
  readonly eventText: string;
}

/** The invocation record of AWS; the block that names the batch, `KinesisBatchInfo` and the like, is the source's own. */
export interface FailureDocument {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: FailureCondition;
    readonly approximateInvokeCount: number;
  };
  /** Absent when the records were too old to be delivered, null when the function was not asked. */
  readonly responseContext?: {
    readonly statusCode: 200;
    readonly executedVersion: string;
    readonly functionError: 'Unhandled' | null;
  } | null;
  readonly version: '1.0';
  /** ISO 8601, milliseconds, `Z`. */
  readonly timestamp: string;
  readonly [batchInfo: string]: unknown;
}

/** Where mappings report batches that were given up. */
export interface FailureDestination {
  /** As sentences name it: "queue failures". */
  readonly label: string;
  readonly arn: string;
  /** Looks for the queue, topic or bucket, without telling it anything. Rejects with a `SourceError` when it cannot be found. */
  find(): Promise<void>;
  /** Resolves when the destination has it. Rejects with a `SourceError`; calling again may help, whatever its kind. */
  deliver(report: FailureReport): Promise<void>;
  close(): Promise<void>;
}
