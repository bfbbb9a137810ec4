import type { FailureReport } from '../../src/contracts/failure-destination.js';
import { failureDocument } from '../../src/delivery/stream/discard.js';

/** A batch of one record that was given up on 25 November 2025. */
export function failureReport(requestId = 'r-1'): FailureReport {
  return {
    mapping: '6b8f1a52-6a53-4c0a-9d8f-0c3f2b1f7a10',
    partition: 'shardId-000000000003',
    records: [],
    document: failureDocument({
      requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
      condition: 'RetryAttemptsExhausted',
      invokeCount: 2,
      functionError: 'Unhandled',
      executedVersion: '$LATEST',
      at: Date.UTC(2025, 10, 25, 6, 5, 9, 78),
      info: { KinesisBatchInfo: { shardId: 'shardId-000000000003', batchSize: 1 } },
    }),
    // Spaces and a non-ASCII character: whoever parses and writes it again changes it.
    eventText: '{"Records": [{"kinesis":{"data":"w6k="},"note":"é 🚀"}]}',
  };
}
