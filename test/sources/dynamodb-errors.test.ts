import { describe, expect, it } from 'vitest';
import type { SourceErrorKind } from '../../src/contracts/source-error.js';
import { dynamoDbStreamsError, dynamoDbTableError } from '../../src/sources/dynamodb/errors.js';

const named = (name: string, message = 'text'): Error => Object.assign(new Error(message), { name });
const coded = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

const rows: readonly { readonly error: unknown; readonly kind: SourceErrorKind; readonly says: string }[] = [
  { error: named('ResourceNotFoundException'), kind: 'missing', says: 'it does not exist at http://localhost:1' },
  { error: named('AccessDeniedException', 'no'), kind: 'denied', says: 'dynamodb:GetShardIterator' },
  { error: named('UnrecognizedClientException'), kind: 'denied', says: 'check the credentials' },
  {
    error: named('LimitExceededException'),
    kind: 'throttled',
    says: 'asks to slow down (LimitExceededException: text)',
  },
  { error: named('ThrottlingException'), kind: 'throttled', says: 'asks to slow down' },
  { error: coded('ECONNREFUSED'), kind: 'unreachable', says: 'or correct endpoints.dynamodb' },
  { error: named('InternalServerError', 'oops'), kind: 'failed', says: 'answered InternalServerError: oops' },
  { error: new SyntaxError('Unexpected token <'), kind: 'failed', says: 'something that is not DynamoDB Streams' },
];

describe('an error of the SDK', () => {
  it.each(rows)('$error means that the stream is $kind', ({ error, kind, says }) => {
    const result = dynamoDbStreamsError(error, 'http://localhost:1');
    expect(result.kind).toBe(kind);
    expect(result.message).toContain(says);
  });

  it('names what writing to a table needs', () => {
    const { message } = dynamoDbTableError(named('AccessDeniedException'), 'http://localhost:1');
    expect(message).toContain('(dynamodb:DescribeTable, dynamodb:BatchWriteItem)');
  });
});
