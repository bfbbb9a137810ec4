import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { takeRecords } from '../../src/sources/kinesis/raw-records.js';

const record = { Data: 'b25l', PartitionKey: 'k', SequenceNumber: '7', ApproximateArrivalTimestamp: 1_764_090_000.123 };
const answer = (body: string, headers = { 'content-type': 'application/x-amz-json-1.1' }, statusCode = 200) => ({
  statusCode,
  headers,
  body: Readable.from([Buffer.from(body)]) as Readable | Uint8Array,
});

/** What is left of an answer for the SDK. */
async function rest({ body }: { readonly body: Readable | Uint8Array }): Promise<string> {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : Buffer.concat(await body.toArray()).toString();
}

describe('the records of an answer to GetRecords', () => {
  it('are taken out as they came, with the time to the millisecond; the SDK reads the rest', async () => {
    const response = answer(JSON.stringify({ Records: [record], NextShardIterator: 'next', MillisBehindLatest: 5 }));
    expect(await takeRecords(response)).toEqual([
      { ...record, ApproximateArrivalTimestamp: new Date(1_764_090_000_123) },
    ]);
    expect(await rest(response)).toBe('{"NextShardIterator":"next","MillisBehindLatest":5}');
  });

  it.each([
    ['an error', answer('{"__type":"ExpiredIteratorException"}', undefined, 400)],
    ['another format', answer('\u0001', { 'content-type': 'application/cbor' })],
    ['rubbish', answer('<html>')],
    ['no list', answer('{"Records":null}')],
    ['a record without data', answer('{"Records":[{"PartitionKey":"k","SequenceNumber":"1"}]}')],
    ['a time that is a text', answer(JSON.stringify({ Records: [{ ...record, ApproximateArrivalTimestamp: 'now' }] }))],
  ])('are left to the SDK when the answer is %s', async (_, response) => {
    const before = { ...response };
    expect(await takeRecords(response)).toBeUndefined();
    expect(response.statusCode).toBe(before.statusCode);
    expect((await rest(response)).length).toBeGreaterThan(0);
  });
});
