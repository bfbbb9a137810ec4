import { describe, expect, it } from 'vitest';
import { failureDocument, type FailureFacts } from '../../../src/delivery/stream/discard.js';

const facts: FailureFacts = {
  requestId: '3f0c9a44-6a1f-4a3a-8f55-1d0f5d4f7c01',
  functionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:worker',
  condition: 'RetryAttemptsExhausted',
  invokeCount: 2,
  functionError: 'Unhandled',
  executedVersion: '$LATEST',
  at: Date.UTC(2025, 10, 25, 16, 35, 20, 123),
  info: { KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1 } },
};

describe('the document for a destination', () => {
  it('is written as AWS writes it, key by key', () => {
    expect(JSON.stringify(failureDocument(facts))).toBe(
      '{"requestContext":{"requestId":"3f0c9a44-6a1f-4a3a-8f55-1d0f5d4f7c01",' +
        '"functionArn":"arn:aws:lambda:eu-west-1:111111111111:function:worker",' +
        '"condition":"RetryAttemptsExhausted","approximateInvokeCount":2},' +
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},' +
        '"version":"1.0","timestamp":"2025-11-25T16:35:20.123Z",' +
        '"KinesisBatchInfo":{"shardId":"shardId-000000000000","batchSize":1}}',
    );
  });

  it('keeps functionError, as null, after reports of failed items', () => {
    expect(JSON.stringify(failureDocument({ ...facts, functionError: null }))).toContain(
      '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":null}',
    );
  });

  it.each([0, 1, 8])('has no responseContext for records that were too old, after %i calls', (invokeCount) => {
    const document = failureDocument({ ...facts, condition: 'RecordAgeExceeded', invokeCount });
    expect(Object.keys(document)).toEqual(['requestContext', 'version', 'timestamp', 'KinesisBatchInfo']);
    expect(document.requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      requestId: facts.requestId,
      approximateInvokeCount: invokeCount,
    });
  });

  it('names the version that was called, and the block as the source does', () => {
    const document = failureDocument({
      ...facts,
      executedVersion: '7',
      info: { DDBStreamBatchInfo: { batchSize: 3 } },
    });
    expect(document.responseContext?.executedVersion).toBe('7');
    expect(document['DDBStreamBatchInfo']).toEqual({ batchSize: 3 });
    expect(document).not.toHaveProperty('KinesisBatchInfo');
  });

  it('has milliseconds in its time also when they are zero', () => {
    expect(failureDocument({ ...facts, at: Date.UTC(2026, 0, 1) }).timestamp).toBe('2026-01-01T00:00:00.000Z');
  });
});
