import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PartitionReader } from '../../src/contracts/stream-source.js';
import { SourceError } from '../../src/contracts/source-error.js';
import { systemClock } from '../../src/platform/clock.js';
import { KinesisGateway, kinesisFailure, type Answer } from '../support/kinesis-gateway.js';
import { startKinesalite, startKinesisLocal, type TestKinesis } from '../support/kinesis-servers.js';
import { bodies, firstShard, horizon, kinesisSource, patience, readAll, readOnce } from '../support/kinesis-source.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

let kinesalite: TestKinesis;
let kinesisLocal: TestKinesis;
beforeAll(async () => {
  [kinesalite, kinesisLocal] = await Promise.all([startKinesalite(), startKinesisLocal()]);
});
afterAll(async () => {
  await kinesalite.close();
  await kinesisLocal.close();
});

let streams = 0;
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const rows = [
  { name: 'kinesalite', server: () => kinesalite },
  { name: 'kinesis-local', server: () => kinesisLocal },
];

describe.each(rows)('a polled stream on $name', ({ server }) => {
  let kinesis: TestKinesis;
  let gateway: KinesisGateway;
  let stream: string;
  beforeEach(async () => {
    kinesis = server();
    stream = `polling-${++streams}`;
    await kinesis.createStream(stream);
    gateway = await KinesisGateway.start({ before: kinesis.url });
    undo.push(() => gateway.close());
  });

  const source = () => {
    const made = kinesisSource({ url: gateway.url, stream });
    undo.push(() => made.close());
    return made;
  };

  it.each([
    ['has expired', kinesisFailure('ExpiredIteratorException')],
    ['is refused', kinesisFailure('InvalidArgumentException')],
    ['makes the server stumble', kinesisFailure('Unknown', 'UnknownError', 500)],
  ])('goes on behind the last record when its iterator %s', async (_, refusal) => {
    await kinesis.put(stream, ['1', '2']);
    const reader = await source().open(firstShard, horizon);
    await readAll(reader, 2);
    await kinesis.put(stream, ['3']);
    gateway.next('GetRecords', refusal);
    expect(bodies(await readAll(reader, 1))).toEqual(['3']);
  });

  it('gets over an iterator that the server itself takes for rubbish', async () => {
    await kinesis.put(stream, ['1', '2']);
    const reader = await source().open(firstShard, horizon);
    await readAll(reader, 2);
    await kinesis.put(stream, ['3']);
    gateway.next('GetRecords', { forward: { ShardIterator: Buffer.alloc(160, 1).toString('base64'), Limit: 10 } });
    const page = await readOnce(reader);
    expect(bodies(page.records)).toEqual(['3']);
    expect(page.trimmed).toBeUndefined();
  });

  it('says that the service asks to slow down, and then goes on at the same place', async () => {
    await kinesis.put(stream, ['1', '2']);
    const reader = await source().open(firstShard, horizon);
    await readOnce(reader, 1);
    gateway.next('GetRecords', kinesisFailure('ProvisionedThroughputExceededException', 'Rate exceeded for shard'));
    await expect(readOnce(reader)).rejects.toMatchObject({
      kind: 'throttled',
      message: `${gateway.url} asks to slow down (ProvisionedThroughputExceededException: Rate exceeded for shard)`,
    });
    expect(bodies((await readOnce(reader)).records)).toEqual(['2']);
  });

  it('ends a read with the signal, and goes on at the same place', async () => {
    await kinesis.put(stream, ['1']);
    const reader = await source().open(firstShard, horizon);
    await readOnce(reader);
    const stop = new AbortController();
    gateway.always('GetRecords', (input) => {
      stop.abort(new Error('stopped'));
      return { forward: input };
    });
    await expect(reader.read({ max: 10, signal: stop.signal })).rejects.toThrow('stopped');
    await kinesis.put(stream, ['2']);
    expect(bodies(await readAll(reader, 1))).toEqual(['2']);
  });

  it('delivers what came after the position for now, and nothing before it, when reading begins much earlier than records', async () => {
    await kinesis.put(stream, ['old', 'older']);
    await systemClockTick();
    const made = source();
    const position = await made.tip(firstShard);
    const reader = await made.open(firstShard, { kind: 'after', position });
    const page = await readOnce(reader);
    expect(bodies(page.records)).toEqual([]);
    await systemClockTick();
    await kinesis.put(stream, ['new']);
    expect(bodies(await readAll(reader, 1))).toEqual(['new']);
  });

  it('passes over a long backlog to reach the position for now', async () => {
    for (let page = 0; page < 3; page++)
      await kinesis.put(
        stream,
        Array.from({ length: 400 }, (_, n) => `old ${n}`),
      );
    await systemClockTick();
    const made = source();
    const position = await made.tip(firstShard);
    const reader = await made.open(firstShard, { kind: 'after', position });
    await readOnce(reader, 100);
    await systemClockTick();
    await kinesis.put(stream, ['new']);
    expect(bodies(await readAll(reader, 1))).toEqual(['new']);
  });

  it('says when the record of its checkpoint is not known any more, and goes on with the oldest', async () => {
    const [known = ''] = await kinesis.put(stream, ['1', '2']);
    const unknown = `${known.slice(0, -20)}${'0'.repeat(20)}`;
    const reader = await source().open(firstShard, { kind: 'after', position: unknown });
    const page = await readOnce(reader);
    expect(bodies(page.records)).toEqual(['1', '2']);
    expect(page.trimmed).toContain(`the record of the checkpoint, ${unknown}, `);
    expect((await readOnce(reader)).trimmed).toBeUndefined();
  });

  it('says nothing of the kind when the checkpoint is there', async () => {
    const [first = ''] = await kinesis.put(stream, ['1', '2']);
    const page = await readOnce(await source().open(firstShard, { kind: 'after', position: first }));
    expect(bodies(page.records)).toEqual(['2']);
    expect(page.trimmed).toBeUndefined();
  });

  it('re-reads a whole aggregate when its checkpoint is inside of it', async () => {
    const [, second = ''] = await kinesis.put(stream, ['1', '2', '3']);
    const page = await readOnce(await source().open(firstShard, { kind: 'after', position: `${second}/4` }));
    expect(bodies(page.records)).toEqual(['2', '3']);
  });

  it('is another one after it was deleted and created again', async () => {
    const made = source();
    const before = await made.describe();
    expect(before.identityText).toMatch(/^created at \d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await systemClockTick(1_100);
    await recreate(kinesis, stream);
    const after = await made.describe();
    expect(after.identity).not.toBe(before.identity);
  });
});

const systemClockTick = (ms = 20): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

async function recreate(kinesis: TestKinesis, stream: string): Promise<void> {
  await kinesis.deleteStream(stream);
  for (;;) {
    try {
      await kinesis.createStream(stream);
      return;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
      await systemClockTick();
    }
  }
}

const summary = (more: object): Answer => ({
  json: { StreamDescriptionSummary: { StreamStatus: 'ACTIVE', RetentionPeriodHours: 24, ...more } },
});
const record = (sequence: number) => ({ SequenceNumber: String(sequence), PartitionKey: 'k', Data: 'eA==' });
const page = (records: readonly object[], behind = 0): Answer => ({
  json: { Records: records, NextShardIterator: 'next', MillisBehindLatest: behind },
});

describe('a polled stream', () => {
  let gateway: KinesisGateway;
  beforeEach(async () => {
    gateway = await KinesisGateway.start();
    undo.push(() => gateway.close());
  });
  const source = (options: { readonly onAws?: boolean; readonly clock?: VirtualClock } = {}) => {
    const made = kinesisSource({ url: gateway.url, stream: 'clicks', ...options });
    undo.push(() => made.close());
    return made;
  };
  const anIterator: Answer = { json: { ShardIterator: 'iterator' } };

  it.each([
    ['CREATING', 'it is still being created at '],
    ['DELETING', 'it is being deleted at '],
  ])('that is %s is not there yet, or any more', async (StreamStatus, says) => {
    gateway.next('DescribeStreamSummary', summary({ StreamStatus }));
    const refusal = await source()
      .describe()
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SourceError);
    expect(refusal).toMatchObject({ kind: 'missing', message: expect.stringContaining(says) as string });
  });

  it.each(['ACTIVE', 'UPDATING'])('that is %s can be read', async (StreamStatus) => {
    gateway.next('DescribeStreamSummary', summary({ StreamStatus, StreamCreationTimestamp: 1_764_090_000.5 }));
    expect(await source().describe()).toEqual({
      identity: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks 2025-11-25T17:00:00.500Z',
      identityText: 'created at 2025-11-25T17:00:00.500Z',
    });
  });

  it('is called by its ARN on AWS, and by its name elsewhere', async () => {
    gateway.always('DescribeStreamSummary', () => summary({}));
    await source({ onAws: true }).describe();
    await source().describe();
    expect(gateway.inputs('DescribeStreamSummary')).toEqual([
      { StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks' },
      { StreamName: 'clicks' },
    ]);
  });

  it.each([
    [true, undefined, { kind: 'fixed', idleMs: 1_000, leastMs: 200, bytesPerSecond: 2_097_152 }],
    [false, undefined, { kind: 'adaptive' }],
    [true, 'arn:consumer', { kind: 'waits' }],
    [false, 'arn:consumer', { kind: 'waits' }],
  ])('has the pace of its service (on AWS: %j, consumer: %j)', (onAws, consumerArn, pacing) => {
    const consumer = consumerArn === undefined ? {} : { consumerArn };
    expect(kinesisSource({ url: gateway.url, stream: 'clicks', onAws, ...consumer }).pacing).toEqual(pacing);
  });

  const noon = Date.UTC(2026, 0, 31, 12);
  it.each([
    { clock: 'the same', onAws: true, ours: noon + 700, service: noon, tip: noon },
    { clock: 'an hour ahead', onAws: true, ours: noon + 3_600_000, service: noon, tip: noon },
    { clock: 'the same', onAws: false, ours: noon + 700, service: noon, tip: noon + 700 },
    { clock: 'a little behind', onAws: false, ours: noon - 400, service: noon, tip: noon - 400 },
    { clock: 'an hour ahead', onAws: false, ours: noon + 3_600_000, service: noon, tip: noon },
    { clock: 'an hour behind', onAws: false, ours: noon - 3_600_000, service: noon, tip: noon },
  ])(
    'takes for now what the service takes for now (on AWS: $onAws, our clock is $clock)',
    async ({ onAws, ours, service, tip }) => {
      const date = new Date(service).toUTCString();
      gateway.next('GetShardIterator', { json: { ShardIterator: 'x' }, date });
      const position = await source({ onAws, clock: new VirtualClock(ours) }).tip(firstShard);
      expect(position).toBe(`at:${tip}`);
    },
  );

  it('says when records behind its checkpoint have expired', async () => {
    gateway.always('GetShardIterator', () => anIterator);
    gateway.always('GetRecords', ({ Limit }) => page([record(8), record(9)].slice(0, Number(Limit))));
    const reader = await source({ onAws: true }).open(firstShard, { kind: 'after', position: '7' });
    const { trimmed, records } = await readOnce(reader);
    expect(records.length).toBe(2);
    expect(trimmed).toBe(
      'the record of the checkpoint, 7, has expired, and records behind it may have as well; ' +
        'reading goes on with the oldest that is left, 8',
    );
  });

  it.each(['InvalidArgumentException', 'ResourceNotFoundException'])(
    'goes on with the oldest record, and says so, when its checkpoint is refused with %s',
    async (name) => {
      gateway.always('GetShardIterator', ({ ShardIteratorType }) =>
        ShardIteratorType === 'TRIM_HORIZON' ? anIterator : kinesisFailure(name),
      );
      gateway.always('GetRecords', () => page([record(5)]));
      const reader = await source().open(firstShard, { kind: 'after', position: '7' });
      const { trimmed, records } = await readOnce(reader);
      expect(records.length).toBe(1);
      expect(trimmed).toBe(
        'the record of the checkpoint, 7, is not known any more; ' +
          'reading goes on with the oldest that is left, and records in between are lost',
      );
    },
  );

  it('compares sequence numbers as numbers, not as text', async () => {
    gateway.always('GetShardIterator', () => anIterator);
    gateway.always('GetRecords', () => page([record(9)]));
    const reader = await source({ onAws: true }).open(firstShard, { kind: 'after', position: '10' });
    expect((await readOnce(reader)).trimmed).toBeUndefined();
  });

  it.each([
    { age: 23, says: undefined },
    {
      age: 26,
      says: 'records that arrived between 2026-01-30T10:00:00.000Z and 2026-01-30T12:00:00.000Z have expired, if there were any; reading goes on with the oldest that is left',
    },
  ])(
    'says when the position for now is $age hours old, and older than what the stream keeps',
    async ({ age, says }) => {
      const clock = new VirtualClock(noon);
      const made = source({ onAws: true, clock });
      gateway.next('DescribeStreamSummary', summary({}));
      gateway.always('GetShardIterator', () => anIterator);
      gateway.always('GetRecords', () => page([]));
      await made.describe();
      const reader = await made.open(firstShard, { kind: 'after', position: `at:${noon - age * 3_600_000}` });
      expect((await readOnce(reader)).trimmed).toBe(says);
      expect(gateway.inputs('GetShardIterator').at(-1)).toMatchObject({ ShardIteratorType: 'AT_TIMESTAMP' });
    },
  );

  it.each([
    { answer: page([], 0), max: 10, atTip: true, because: 'nothing more is there' },
    { answer: page([], 5_000), max: 10, atTip: false, because: 'AWS found nothing, but is behind' },
    { answer: page([record(1)], 0), max: 10, atTip: true, because: 'these are the last' },
    { answer: page([record(1)], 0), max: 1, atTip: false, because: 'a full page tells nothing' },
    { answer: page([record(1)], 9), max: 10, atTip: false, because: 'it is behind' },
    {
      answer: { json: { Records: [record(1)], NextShardIterator: 'x' } },
      max: 10,
      atTip: false,
      because: 'it is not told',
    },
    { answer: { json: { Records: [], NextShardIterator: 'x' } }, max: 10, atTip: true, because: 'the page is empty' },
    { answer: { json: { Records: [record(1)], MillisBehindLatest: 0 } }, max: 1, atTip: true, because: 'it has ended' },
  ] satisfies readonly { answer: Answer; max: number; atTip: boolean; because: string }[])(
    'is at its tip: $atTip, because $because',
    async ({ answer, max, atTip }) => {
      gateway.next('GetShardIterator', anIterator);
      gateway.next('GetRecords', answer);
      const reader = await source({ onAws: true }).open(firstShard, horizon);
      expect((await readOnce(reader, max)).atTip).toBe(atTip);
    },
  );

  it('tells how far behind it is', async () => {
    gateway.next('GetShardIterator', anIterator);
    gateway.next('GetRecords', page([record(1)], 1_234));
    expect((await readOnce(await source().open(firstShard, horizon))).behindMs).toBe(1_234);
  });

  it('stays ended, without another call', async () => {
    gateway.next('GetShardIterator', anIterator);
    gateway.next('GetRecords', { json: { Records: [record(1)] } });
    const reader: PartitionReader = await source().open(firstShard, horizon);
    expect(await readOnce(reader)).toMatchObject({ ended: true, records: [{ id: '1' }] });
    expect(await readOnce(reader)).toMatchObject({ ended: true, records: [] });
    expect(gateway.inputs('GetRecords').length).toBe(1);
  });

  it('reports an iterator that is refused again right after it was renewed', async () => {
    gateway.always('GetShardIterator', () => anIterator);
    gateway.always('GetRecords', () => kinesisFailure('InvalidArgumentException', 'no'));
    const reader = await source().open(firstShard, horizon);
    await expect(reader.read({ max: 1, signal: patience() })).rejects.toMatchObject({ kind: 'failed' });
    await expect(reader.read({ max: 1, signal: patience() })).rejects.toMatchObject({ kind: 'failed' });
  });

  it('is denied with the permissions that are needed', async () => {
    gateway.next('ListShards', kinesisFailure('AccessDeniedException', 'not authorized'));
    await expect(source().partitions()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('kinesis:ListShards') as string,
    });
  });

  it('is unreachable when nothing listens there', async () => {
    const { url } = gateway;
    await gateway.close();
    undo.splice(0);
    const made = kinesisSource({ url, stream: 'clicks' });
    await expect(made.describe()).rejects.toMatchObject({ kind: 'unreachable' });
    await made.close();
  });
});
