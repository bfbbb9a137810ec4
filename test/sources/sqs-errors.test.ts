import { describe, expect, it } from 'vitest';
import type { SourceErrorKind } from '../../src/contracts/source-error.js';
import { sqsError } from '../../src/sources/sqs/errors.js';

const named = (name: string, message = 'text', more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });
const coded = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

const rows: readonly { readonly error: unknown; readonly kind: SourceErrorKind; readonly says: string }[] = [
  { error: named('QueueDoesNotExist'), kind: 'missing', says: 'it does not exist at http://localhost:1; create it' },
  { error: named('AWS.SimpleQueueService.NonExistentQueue'), kind: 'missing', says: 'it does not exist' },
  {
    error: named('AccessDenied', 'not authorized'),
    kind: 'denied',
    says: 'denied access (AccessDenied: not authorized)',
  },
  { error: named('InvalidClientTokenId'), kind: 'denied', says: 'check the credentials' },
  {
    error: named('CredentialsProviderError', 'Could not load credentials'),
    kind: 'denied',
    says: 'Could not load credentials',
  },
  { error: named('Other', 'no', { $metadata: { httpStatusCode: 403 } }), kind: 'denied', says: 'denied access' },
  { error: named('RequestThrottled', 'slow'), kind: 'throttled', says: 'asks to slow down (RequestThrottled: slow)' },
  { error: named('ThrottlingException'), kind: 'throttled', says: 'asks to slow down' },
  {
    error: named('Other', 'busy', { $metadata: { httpStatusCode: 503 } }),
    kind: 'throttled',
    says: 'asks to slow down',
  },
  { error: coded('ECONNREFUSED'), kind: 'unreachable', says: 'no answer from http://localhost:1 (ECONNREFUSED' },
  { error: coded('ENOTFOUND'), kind: 'unreachable', says: 'start the service there, or correct endpoints.sqs' },
  { error: named('TimeoutError'), kind: 'unreachable', says: 'no answer' },
  { error: named('InternalError', 'oops'), kind: 'failed', says: 'answered InternalError: oops' },
  { error: new SyntaxError('Unexpected token <'), kind: 'failed', says: 'something that is not SQS' },
  { error: 'thrown text', kind: 'failed', says: 'thrown text' },
];

describe('an error of the SDK', () => {
  it.each(rows)('$error means that the queue is $kind', ({ error, kind, says }) => {
    const result = sqsError(error, 'http://localhost:1');
    expect(result.kind).toBe(kind);
    expect(result.message).toContain(says);
    expect(result.message).not.toContain('\n');
  });
});
