import { describe, expect, it } from 'vitest';
import { kinesisBatchInfo, recordMaker } from '../../src/sources/kinesis/event.js';

const options = {
  eventSourceArn: 'arn:aws:kinesis:eu-west-1:111111111111:stream/clicks',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::111111111111:role/lambda-role',
};
const make = recordMaker('shardId-000000000000', options);
const content = {
  sequence: '49590338271490256608559692538361571095921575989136588898',
  position: '49590338271490256608559692538361571095921575989136588898',
  partitionKey: 'k',
  data: Buffer.from('Hello, this is a test.'),
  arrivedAt: 1_764_090_000_123,
};

describe('a Kinesis record as the handler gets it', () => {
  it('is spelled as AWS spells it, byte for byte', () => {
    expect(make(content).record).toBe(
      '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"k",' +
        '"sequenceNumber":"49590338271490256608559692538361571095921575989136588898",' +
        '"data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","approximateArrivalTimestamp":1764090000.123},' +
        '"eventSource":"aws:kinesis","eventVersion":"1.0",' +
        '"eventID":"shardId-000000000000:49590338271490256608559692538361571095921575989136588898",' +
        '"eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::111111111111:role/lambda-role",' +
        '"awsRegion":"eu-west-1","eventSourceARN":"arn:aws:kinesis:eu-west-1:111111111111:stream/clicks"}',
    );
  });

  it.each(['quoted "k"', 'back\\slash', 'line\nbreak', 'ключ 🗝', '\u2028', '\ud800'])(
    'stays valid JSON with the partition key %j, and knows its size',
    (partitionKey) => {
      const { record, bytes, view, key } = make({ ...content, partitionKey });
      expect(JSON.parse(record)).toMatchObject({ kinesis: { partitionKey } });
      expect(view()).toEqual(JSON.parse(record));
      expect(bytes).toBe(Buffer.byteLength(record));
      expect(key).toBe(partitionKey);
    },
  );

  it('keeps every byte of its data', () => {
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    const whole = new Uint8Array(300);
    whole.set(data, 20);
    const { view } = make({ ...content, data: whole.subarray(20, 276) });
    const { kinesis } = view() as { readonly kinesis: { readonly data: string } };
    expect(new Uint8Array(Buffer.from(kinesis.data, 'base64'))).toEqual(data);
  });

  it.each([
    [1_764_090_000_000, '1764090000'],
    [1_764_090_000_100, '1764090000.1'],
    [1_764_090_000_007, '1764090000.007'],
    [1_799_999_999_999, '1799999999.999'],
  ])('that arrived at %d ms tells it in seconds: %s', (arrivedAt, seconds) => {
    expect(make({ ...content, arrivedAt }).record).toContain(`"approximateArrivalTimestamp":${seconds}}`);
  });
});

describe('what a destination is told of Kinesis records', () => {
  it('is spelled as AWS spells it', () => {
    const records = [make(content), make({ ...content, sequence: '9', position: '9', arrivedAt: 1_764_090_001_000 })];
    expect(
      JSON.stringify(
        kinesisBatchInfo(
          'shardId-000000000000',
          records as [(typeof records)[0], ...typeof records],
          options.eventSourceArn,
        ),
      ),
    ).toBe(
      '{"KinesisBatchInfo":{"shardId":"shardId-000000000000",' +
        '"startSequenceNumber":"49590338271490256608559692538361571095921575989136588898","endSequenceNumber":"9",' +
        '"approximateArrivalOfFirstRecord":"2025-11-25T17:00:00.123Z",' +
        '"approximateArrivalOfLastRecord":"2025-11-25T17:00:01.000Z","batchSize":2,' +
        '"streamArn":"arn:aws:kinesis:eu-west-1:111111111111:stream/clicks"}}',
    );
  });
});
