import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../support/parse-configuration.js';
import { bucketsOf, topicsOf } from '../../src/emulators/destinations.js';
import { streamsOf } from '../../src/emulators/streams.js';
import { destinationAt, kinesisStream, streamMapping, tableStream } from './stream-mapping.js';

const [queueMapping] = parseConfiguration(
  {
    functions: { worker: { Handler: 'a.b' } },
    mappings: [{ FunctionName: 'worker', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' }],
  },
  { root: '/project' },
).mappings;
if (queueMapping === undefined) throw new Error('a configuration with a mapping has one');

describe('what an embedded server is given for destinations', () => {
  const mappings = [
    queueMapping,
    streamMapping(),
    streamMapping({ destination: destinationAt('sqs', 'queue') }),
    streamMapping({ destination: destinationAt('sns', 'topic') }),
    streamMapping({ destination: destinationAt('sns', 'topic') }),
    streamMapping({ destination: destinationAt('sns', 'topic', 'eu-west-1') }),
    streamMapping({ destination: destinationAt('s3', 'bucket') }),
    streamMapping({ destination: destinationAt('s3', 'bucket') }),
  ];

  it('is each topic once, in its Region', () => {
    expect(topicsOf(mappings)).toEqual([
      { arn: 'arn:aws:sns:us-east-1:000000000000:topic', name: 'topic', region: 'us-east-1' },
      { arn: 'arn:aws:sns:eu-west-1:000000000000:topic', name: 'topic', region: 'eu-west-1' },
    ]);
  });

  it('is each bucket once', () => {
    expect(bucketsOf(mappings)).toEqual(['bucket']);
  });
});

describe('what an embedded server is given for streams', () => {
  const mappings = [
    queueMapping,
    streamMapping(),
    streamMapping({ source: kinesisStream('clicks', 'us-east-1', 'fast:1700000000') }),
    streamMapping({ source: kinesisStream('views') }),
    streamMapping({ source: tableStream('orders') }),
  ];

  it.each([
    { shards: undefined, creates: 1 },
    { shards: 4, creates: 4 },
  ])('is each Kinesis stream once, with $creates shards when $shards are asked for', ({ shards, creates }) => {
    expect(streamsOf(mappings, { shards })).toEqual([
      { name: 'clicks', shards: creates },
      { name: 'views', shards: creates },
    ]);
  });

  it('is not two streams of one name, whose records would be mixed', () => {
    const two = [streamMapping(), streamMapping({ source: kinesisStream('clicks', 'eu-west-1') })];
    expect(() => streamsOf(two, { shards: undefined })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message:
          'the embedded Kinesis server has one account and one Region, but mappings name two streams clicks: ' +
          'of account 000000000000 in us-east-1, and of account 000000000000 in eu-west-1; give them different names, ' +
          'or give the URL of another server in endpoints.kinesis',
      }),
    );
  });
});
