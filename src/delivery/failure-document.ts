import { isoTime } from '../platform/clock.js';
import type { FailureCondition, FailureDocument } from './failure-destination.js';

/** What is known of records that are given up. */
export interface FailureFacts {
  readonly requestId: string;
  /** As the mapping echoes it. */
  readonly functionArn: string;
  readonly condition: FailureCondition;
  readonly invokeCount: number;
  readonly functionError: 'Unhandled' | null;
  readonly executedVersion: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The source's block, under its key: `{ KinesisBatchInfo: { … } }`. */
  readonly info: Readonly<Record<string, unknown>>;
}

/**
 * The invocation record that a destination gets.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and docs/semantics.md, "On-failure destinations"
 */
export function failureDocument(facts: FailureFacts): FailureDocument {
  const { requestId, functionArn, condition, invokeCount, functionError, executedVersion, at, info } = facts;
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    // AWS leaves it out for records that were too old, also when they had been tried before.
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: { statusCode: 200, executedVersion, functionError },
    }),
    version: '1.0',
    timestamp: isoTime(at),
    ...info,
  };
}
