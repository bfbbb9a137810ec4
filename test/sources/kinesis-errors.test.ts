import { describe, expect, it } from 'vitest';
import type { SourceErrorKind } from '../../src/contracts/source-error.js';
import { consumerMissing, kinesisError, readPermissions } from '../../src/sources/kinesis/errors.js';

const named = (name: string, message = 'text', more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

const rows: readonly { readonly error: unknown; readonly kind: SourceErrorKind; readonly says: string }[] = [
  {
    error: named('ResourceNotFoundException'),
    kind: 'missing',
    says: 'it does not exist at http://localhost:1; create it',
  },
  { error: named('AccessDeniedException', 'no'), kind: 'denied', says: 'kinesis:GetRecords, kinesis:GetShardIterator' },
  { error: named('UnrecognizedClientException'), kind: 'denied', says: 'check the credentials' },
  { error: named('ProvisionedThroughputExceededException', 'slow'), kind: 'throttled', says: 'asks to slow down' },
  { error: named('LimitExceededException'), kind: 'throttled', says: 'asks to slow down' },
  { error: named('KMSThrottlingException'), kind: 'throttled', says: 'asks to slow down' },
  { error: named('KMSAccessDeniedException'), kind: 'denied', says: 'denied access' },
  {
    error: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    kind: 'unreachable',
    says: 'correct endpoints.kinesis',
  },
  { error: named('InternalFailure', 'oops'), kind: 'failed', says: 'answered InternalFailure: oops' },
  { error: new SyntaxError('Unexpected token <'), kind: 'failed', says: 'something that is not Kinesis' },
];

describe('an error of the SDK', () => {
  it.each(rows)('$error means that the stream is $kind', ({ error, kind, says }) => {
    const result = kinesisError(error, 'http://localhost:1');
    expect(result.kind).toBe(kind);
    expect(result.message).toContain(says);
  });

  it('names the permission to subscribe only where it is needed', () => {
    const denied = named('AccessDeniedException');
    expect(kinesisError(denied, 'x').message).not.toContain('SubscribeToShard');
    expect(kinesisError(denied, 'x', readPermissions.fanOut).message).toContain('kinesis:SubscribeToShard');
  });

  it('stays what it is when it was said before', () => {
    const missing = consumerMissing('arn:consumer', 'http://localhost:1');
    expect(kinesisError(missing, 'elsewhere')).toBe(missing);
    expect(missing).toMatchObject({ kind: 'missing' });
    expect(missing.message).toContain('its consumer arn:consumer does not exist at http://localhost:1; register it');
  });
});
