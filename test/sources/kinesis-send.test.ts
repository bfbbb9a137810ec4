import { afterEach, describe, expect, it } from 'vitest';
import { sendToKinesis, type OutgoingKinesisRecord } from '../../src/sources/kinesis/send.js';
import { systemRandom } from '../../src/platform/random.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';
import { KinesisGateway, kinesisFailure, type Answer } from '../support/kinesis-gateway.js';
import { kinesisCredentials, kinesisRegion, startKinesalite } from '../support/kinesis-servers.js';
import { bodies, firstShard, horizon, kinesisSource, readAll } from '../support/kinesis-source.js';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Put {
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[];
}

const clock = new VirtualClock();
const target = (endpoint: string, more: object = {}) => ({
  stream: 'clicks',
  endpoint,
  region: kinesisRegion,
  credentials: kinesisCredentials,
  onAws: false,
  clock,
  random: systemRandom,
  ...more,
});

const gatewayFor = async (answer: (put: Put, call: number) => Answer): Promise<KinesisGateway> => {
  const gateway = await KinesisGateway.start();
  undo.push(() => gateway.close());
  let call = 0;
  gateway.always('PutRecords', (input) => answer(input as unknown as Put, call++));
  return gateway;
};

let sequence = 0;
const taken = (count: number): Answer => ({
  json: {
    FailedRecordCount: 0,
    Records: Array.from({ length: count }, () => ({ ShardId: 's', SequenceNumber: String(++sequence) })),
  },
});

/** Lets the pauses of the sender pass. */
async function inVirtualTime<T>(work: Promise<T>): Promise<T> {
  const state = { done: false };
  const finish = (): void => void (state.done = true);
  work.then(finish, finish);
  while (!state.done) {
    await settled();
    if (clock.pending > 0) await clock.advance(100);
  }
  return work;
}

describe('records that are sent to a stream', () => {
  it('arrive in order, with their keys, and are known by shard and sequence number', async () => {
    const kinesis = await startKinesalite();
    undo.push(() => kinesis.close());
    await kinesis.createStream('clicks');
    const records = Array.from({ length: 1_203 }, (_, number) => ({ body: `größe ${number}`, key: `k${number % 3}` }));
    const ids = await sendToKinesis(target(kinesis.url), records);

    const source = kinesisSource({ url: kinesis.url, stream: 'clicks' });
    undo.push(() => source.close());
    const read = await readAll(await source.open(firstShard, horizon), records.length);
    expect(bodies(read)).toEqual(records.map(({ body }) => body));
    expect(read.map(({ key }) => key)).toEqual(records.map(({ key }) => key));
    expect(ids).toEqual(read.map(({ id }) => `${firstShard}:${id}`));
  });

  it('get a key of their own each where they have none', async () => {
    const gateway = await gatewayFor(({ Records }) => taken(Records.length));
    await sendToKinesis(target(gateway.url), [{ body: 'a' }, { body: 'b' }, { body: 'c', key: 'k' }]);
    const [put] = gateway.inputs('PutRecords') as unknown as readonly Put[];
    const [a, b, c] = put?.Records.map(({ PartitionKey }) => PartitionKey) ?? [];
    expect([a, b]).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), expect.stringMatching(/^[\da-f-]{36}$/)]);
    expect(a).not.toBe(b);
    expect(c).toBe('k');
  });

  it.each<{ what: string; records: readonly OutgoingKinesisRecord[]; calls: readonly number[] }>([
    { what: '500 records', records: Array.from({ length: 1_001 }, () => ({ body: 'x' })), calls: [500, 500, 1] },
    { what: '5 MB', records: Array.from({ length: 11 }, () => ({ body: 'x'.repeat(1_000_000) })), calls: [5, 5, 1] },
    { what: 'one record that is too large', records: [{ body: 'x'.repeat(6_000_000) }], calls: [1] },
    { what: 'nothing', records: [], calls: [] },
  ])('go in calls of at most $what', async ({ records, calls }) => {
    const gateway = await gatewayFor(({ Records }) => taken(Records.length));
    expect((await sendToKinesis(target(gateway.url), records)).length).toBe(records.length);
    expect((gateway.inputs('PutRecords') as unknown as readonly Put[]).map(({ Records }) => Records.length)).toEqual(
      calls,
    );
  });

  it('are put again when a busy shard refuses some of them, and keep their places', async () => {
    const gateway = await gatewayFor(({ Records }, call) => ({
      json: {
        FailedRecordCount: 1,
        Records: Records.map(({ PartitionKey }) =>
          PartitionKey === 'busy' && call < 2
            ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow' }
            : { ShardId: 's', SequenceNumber: `${PartitionKey}${call}` },
        ),
      },
    }));
    const records = ['a', 'busy', 'c'].map((key) => ({ body: 'x', key }));
    expect(await inVirtualTime(sendToKinesis(target(gateway.url), records))).toEqual(['s:a0', 's:busy2', 's:c0']);
    expect((gateway.inputs('PutRecords') as unknown as readonly Put[]).map(({ Records }) => Records.length)).toEqual([
      3, 1, 1,
    ]);
  });

  it('are given up with a reason when they are refused again and again', async () => {
    const gateway = await gatewayFor(({ Records }) => ({
      json: {
        FailedRecordCount: Records.length,
        Records: Records.map(() => ({ ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow' })),
      },
    }));
    await expect(inVirtualTime(sendToKinesis(target(gateway.url), [{ body: 'x' }]))).rejects.toMatchObject({
      kind: 'throttled',
      message: 'it refused 1 record again and again (ProvisionedThroughputExceededException: slow)',
    });
    expect(gateway.inputs('PutRecords').length).toBe(8);
  });

  it.each([
    [kinesisFailure('ResourceNotFoundException'), { kind: 'missing' }],
    [
      kinesisFailure('AccessDeniedException'),
      { kind: 'denied', message: expect.stringContaining('(kinesis:PutRecords)') as string },
    ],
  ])('fail with what the service says', async (answer, expected) => {
    const gateway = await gatewayFor(() => answer);
    await expect(sendToKinesis(target(gateway.url), [{ body: 'x' }])).rejects.toMatchObject(expected);
  });

  const streamArn = 'arn:aws:kinesis:us-east-1:111111111111:stream/clicks';
  it.each([
    { where: 'on AWS', onAws: true, address: { StreamARN: streamArn } },
    { where: 'elsewhere', onAws: false, address: { StreamName: 'clicks' } },
  ])('go to $address $where', async ({ onAws, address }) => {
    const gateway = await gatewayFor(({ Records }) => taken(Records.length));
    await sendToKinesis(target(gateway.url, { onAws, streamArn }), [{ body: 'x' }]);
    const [{ Records: _, ...asked } = {}] = gateway.inputs('PutRecords');
    expect(asked).toEqual(address);
  });
});
