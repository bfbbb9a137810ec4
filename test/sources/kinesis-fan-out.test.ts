import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/contracts/source-error.js';
import type { KinesisSource } from '../../src/sources/kinesis/source.js';
import { sleep, systemClock, type Clock } from '../../src/platform/clock.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';
import { FaultProxy } from '../fakes/fault-proxy.js';
import { aggregate } from '../support/aggregate-bytes.js';
import { KinesisGateway, kinesisFailure, type Answer } from '../support/kinesis-gateway.js';
import { startKinesisLocal, type TestKinesis } from '../support/kinesis-servers.js';
import {
  bodies,
  firstShard,
  horizon,
  kinesisSource,
  patience,
  readAll,
  readOnce,
  readToEnd,
  ShiftedClock,
} from '../support/kinesis-source.js';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

describe('enhanced fan-out of kinesis-local', () => {
  let kinesis: TestKinesis;
  beforeAll(async () => {
    kinesis = await startKinesisLocal();
  });
  afterAll(() => kinesis.close());

  let streams = 0;
  const create = async (shards = 1) => {
    const stream = `fan-out-${++streams}`;
    await kinesis.createStream(stream, shards);
    const consumerArn = await kinesis.register(stream);
    const gateway = await KinesisGateway.start({ before: kinesis.url });
    undo.push(() => gateway.close());
    const source = (url = gateway.url, clock = new ShiftedClock()): KinesisSource => {
      const made = kinesisSource({ url, stream, consumerArn, clock });
      undo.push(() => made.close());
      return made;
    };
    const open = async (from: Parameters<KinesisSource['open']>[1] = horizon, made = source(), shard = firstShard) => {
      const reader = await made.open(shard, from);
      undo.push(() => reader.close());
      return reader;
    };
    return { stream, consumerArn, gateway, source, open };
  };

  it('pushes records as they come, and nothing is polled', async () => {
    const { stream, gateway, open } = await create();
    await kinesis.put(stream, ['1', '2']);
    const reader = await open();
    expect(bodies(await readAll(reader, 2))).toEqual(['1', '2']);
    await kinesis.put(stream, ['3']);
    const [third] = await readAll(reader, 1);
    expect(third && bodies([third])).toEqual(['3']);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
    expect(gateway.inputs('GetRecords').length).toBe(0);
  });

  it('tells the consumer as where the record is from', async () => {
    const { stream, consumerArn, open } = await create();
    await kinesis.put(stream, ['1']);
    const [record] = await readAll(await open(), 1);
    expect(record?.view()['eventSourceARN']).toBe(consumerArn);
  });

  it('goes on where it was when the connection is cut', async () => {
    const { stream, source, open } = await create();
    const proxy = await FaultProxy.start(kinesis.url);
    undo.push(() => proxy.close());
    const reader = await open(horizon, source(proxy.url));
    await kinesis.put(stream, ['1', '2']);
    await readAll(reader, 2);
    const waiting = readAll(reader, 2);
    proxy.cut();
    await kinesis.put(stream, ['3', '4']);
    expect(bodies(await waiting)).toEqual(['3', '4']);
  });

  it('renews its subscription before the 5 minutes are over, from the last record', async () => {
    const { stream, gateway, source, open } = await create();
    const clock = new ShiftedClock();
    const reader = await open(horizon, source(undefined, clock));
    const [first] = await kinesis.put(stream, ['1']);
    await readAll(reader, 1);
    await readOnce(reader);
    clock.move(4 * 60_000 + 40_000);
    await readOnce(reader);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
    clock.move(10_000);
    await readOnce(reader);
    await kinesis.put(stream, ['2']);
    expect(bodies(await readAll(reader, 1))).toEqual(['2']);
    expect(gateway.inputs('SubscribeToShard')[1]).toMatchObject({
      StartingPosition: { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: first },
    });
  });

  it('says that another one holds the subscription, polls meanwhile, and subscribes when it is free', async () => {
    const { stream, gateway, source, open } = await create();
    const holder = await open(horizon, source(kinesis.url));
    await readOnce(holder);

    const clock = new ShiftedClock();
    const reader = await open(horizon, source(undefined, clock));
    await kinesis.put(stream, ['1']);
    expect(bodies(await readAll(reader, 1))).toEqual(['1']);
    clock.move(5_000);
    const refusal = await readOnce(reader).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SourceError);
    expect((refusal as SourceError).message).toMatch(
      /refuses to push records to arn:.* \(Another active subscription exists .*\); until it does, the shard is polled with GetRecords/,
    );
    await kinesis.put(stream, ['2']);
    expect(bodies(await readAll(reader, 1))).toEqual(['2']);

    await holder.close();
    const signal = patience();
    for (let polled = -1; polled !== gateway.inputs('GetRecords').length;) {
      polled = gateway.inputs('GetRecords').length;
      clock.move(5_000);
      await reader.read({ max: 10, signal });
    }
    await kinesis.put(stream, ['3']);
    expect(bodies(await readAll(reader, 1))).toEqual(['3']);
  });

  it('ends a closed shard, which is not announced, with everything in it', async () => {
    const { stream, source, open } = await create();
    const made = source();
    const reader = await open(horizon, made);
    await kinesis.put(stream, ['1']);
    await readAll(reader, 1);
    await kinesis.put(stream, ['2']);
    await kinesis.split(stream, firstShard);
    expect(bodies(await readToEnd(reader))).toEqual(['2']);
  });

  it('says that the consumer does not exist, at the start and when it disappears', async () => {
    const { stream } = await create();
    const consumerArn = `${kinesis.arn(stream)}/consumer/nobody:1700000000`;
    const made = kinesisSource({ url: kinesis.url, stream, consumerArn });
    undo.push(() => made.close());
    const missing = {
      kind: 'missing',
      message: expect.stringContaining(`its consumer ${consumerArn} does not exist`) as string,
    };
    await expect(made.describe()).rejects.toMatchObject(missing);
    await expect(readOnce(await made.open(firstShard, horizon))).rejects.toMatchObject(missing);
  });

  it('goes on with the oldest record when that of its checkpoint is not known any more', async () => {
    const { stream, open } = await create();
    const [known = ''] = await kinesis.put(stream, ['1', '2']);
    const unknown = `${known.slice(0, -20)}${'0'.repeat(20)}`;
    const reader = await open({ kind: 'after', position: unknown });
    const page = await readOnce(reader);
    expect(page.trimmed).toContain(unknown);
    const rest = page.records.length === 2 ? [] : await readAll(reader, 2 - page.records.length);
    expect(bodies([...page.records, ...rest])).toEqual(['1', '2']);
  });

  it('unpacks aggregates, drops what belongs to another shard, and goes on inside of one', async () => {
    const { stream, source, open } = await create(2);
    const low = '0';
    const high = String(2n ** 128n - 1n);
    const packed = aggregate(
      [
        { key: 0, hashKey: 0, data: 'a' },
        { key: 1, hashKey: 1, data: 'foreign' },
        { key: 1, hashKey: 0, data: 'b' },
        { key: 0, hashKey: 0, data: 'c' },
      ],
      ['one', 'two'],
      [low, high],
    );
    await kinesis.put(stream, [
      { body: packed, hashKey: low, key: 'outer' },
      { body: 'plain', hashKey: low },
    ]);
    const made = source();
    const records = await readAll(await open(horizon, made), 4);
    expect(bodies(records)).toEqual(['a', 'b', 'c', 'plain']);
    expect(records.map(({ key }) => key)).toEqual(['one', 'two', 'one', 'key']);
    const [a, b, c, plain] = records;
    expect([a?.id, b?.id]).toEqual([c?.id, c?.id]);
    expect([a?.position, b?.position, c?.position]).toEqual([`${c?.id}/0`, `${c?.id}/2`, c?.id]);
    expect(plain?.position).toBe(plain?.id);

    const other = kinesisSource({
      url: kinesis.url,
      stream,
      consumerArn: await kinesis.register(stream, 'other'),
    });
    undo.push(() => other.close());
    const resumed = await open({ kind: 'after', position: a?.position ?? '' }, other);
    expect(bodies(await readAll(resumed, 3))).toEqual(['b', 'c', 'plain']);
  });

  it('delivers aggregates as they are with shared throughput', async () => {
    const { stream } = await create();
    const packed = aggregate([{ key: 0, data: 'a' }], ['one']);
    await kinesis.put(stream, [{ body: packed, key: 'outer' }]);
    const made = kinesisSource({ url: kinesis.url, stream });
    undo.push(() => made.close());
    const [record] = await readAll(await made.open(firstShard, horizon), 1);
    expect(record?.key).toBe('outer');
    expect(record?.view()).toMatchObject({ kinesis: { data: packed.toString('base64') } });
  });
});

const record = (sequence: number, Data = 'eA==') => ({ SequenceNumber: String(sequence), PartitionKey: 'k', Data });
const event = (records: readonly object[], more: object = {}) => ({
  Records: records,
  ContinuationSequenceNumber: '99',
  MillisBehindLatest: 0,
  ...more,
});
const outcomeOf = (read: Promise<unknown>): Promise<string> =>
  read.then(
    () => 'polled',
    (error: unknown) => (error as SourceError).kind,
  );

describe('enhanced fan-out', () => {
  const consumerArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks/consumer/mine:1700000000';
  const shards: Answer = {
    json: {
      Shards: [
        {
          ShardId: firstShard,
          HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(2n ** 128n - 1n) },
          SequenceNumberRange: { StartingSequenceNumber: '1' },
        },
      ],
    },
  };

  const create = async (
    options: { readonly onAws?: boolean; readonly http2?: boolean; readonly clock?: Clock } = {},
  ) => {
    const gateway = await KinesisGateway.start(options.http2 === undefined ? {} : { http2: options.http2 });
    undo.push(() => gateway.close());
    gateway.always('ListShards', () => shards);
    gateway.always('GetShardIterator', () => ({ json: { ShardIterator: 'iterator' } }));
    gateway.always('GetRecords', () => ({ json: { Records: [], NextShardIterator: 'next', MillisBehindLatest: 0 } }));
    gateway.always('DescribeStreamConsumer', () => ({ json: { ConsumerDescription: { ConsumerStatus: 'ACTIVE' } } }));
    const clock = new ShiftedClock();
    const made = kinesisSource({
      url: gateway.url,
      stream: 'clicks',
      consumerArn,
      clock: options.clock ?? clock,
      onAws: options.onAws ?? false,
    });
    undo.push(() => made.close());
    const reader = await made.open(firstShard, horizon);
    undo.push(() => reader.close());
    return { gateway, clock, made, reader };
  };

  it('is read over HTTP/2 on AWS', async () => {
    const { gateway, reader } = await create({ onAws: true, http2: true });
    gateway.next('SubscribeToShard', { events: [event([record(1)]), event([record(2)])] });
    expect((await readAll(reader, 2)).map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('ends with a shard whose children are announced', async () => {
    const { gateway, reader } = await create();
    const ChildShards = [{ ShardId: 'shardId-000000000001', ParentShards: [firstShard], HashKeyRange: {} }];
    const last = { Records: [record(2)], MillisBehindLatest: 0, ChildShards };
    gateway.next('SubscribeToShard', { events: [event([record(1)]), last], ends: true });
    expect((await readToEnd(reader)).map(({ id }) => id)).toEqual(['1', '2']);
    expect((await readOnce(reader)).ended).toBe(true);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
  });

  it('polls what is left of a shard that turns out to be closed after 2 quiet seconds', async () => {
    const { gateway, clock, reader } = await create();
    gateway.always('SubscribeToShard', () => ({ events: [event([record(1)]), event([])] }));
    await readAll(reader, 1);
    const SequenceNumberRange = { StartingSequenceNumber: '1', EndingSequenceNumber: '3' };
    gateway.always('ListShards', () => ({ json: { Shards: [{ ShardId: firstShard, SequenceNumberRange }] } }));
    gateway.next('GetRecords', { json: { Records: [record(1)] } });
    gateway.next('GetRecords', { json: { Records: [record(2)] } });
    clock.move(2_000);
    expect((await readToEnd(reader)).map(({ id }) => id)).toEqual(['2']);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
  });

  it('subscribes again behind the last event when a subscription has ended', async () => {
    const { gateway, reader } = await create();
    gateway.next(
      'SubscribeToShard',
      { events: [event([record(1)]), event([], { ContinuationSequenceNumber: '50' })], ends: true },
      { events: [event([record(51)])] },
    );
    expect((await readAll(reader, 2)).map(({ id }) => id)).toEqual(['1', '51']);
    expect(gateway.inputs('SubscribeToShard').map(({ StartingPosition }) => StartingPosition)).toEqual([
      { Type: 'TRIM_HORIZON' },
      { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '50' },
    ]);
    expect(gateway.inputs('GetRecords').length).toBe(0);
  });

  it('goes back to the last record when the service does not know the end of the last event', async () => {
    const { gateway, clock, reader } = await create();
    gateway.next(
      'SubscribeToShard',
      { events: [event([record(1)]), event([], { ContinuationSequenceNumber: '50' })], ends: true },
      kinesisFailure('InvalidArgumentException'),
      { events: [event([record(2)])] },
    );
    await readAll(reader, 1);
    await readOnce(reader);
    await readOnce(reader);
    await readOnce(reader);
    clock.move(5_000);
    expect((await readAll(reader, 1)).map(({ id }) => id)).toEqual(['2']);
    expect(gateway.inputs('SubscribeToShard').at(-1)).toMatchObject({
      StartingPosition: { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '1' },
    });
  });

  it('does not subscribe again and again when subscriptions end without a word', async () => {
    const { gateway, reader } = await create();
    gateway.always('SubscribeToShard', () => ({ events: [], ends: true }));
    for (let reads = 0; reads < 10; reads++) await readOnce(reader);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
    expect(gateway.inputs('GetRecords').length).toBeGreaterThan(3);
  });

  it.each([
    ['throttled', kinesisFailure('LimitExceededException')],
    ['failed', kinesisFailure('UnknownOperationException')],
  ])('that is %s for a while says so once, and polls', async (kind, refusal) => {
    const { gateway, clock, reader } = await create();
    gateway.always('SubscribeToShard', () => refusal);
    const outcomes: string[] = [];
    for (let reads = 0; reads < 6; reads++) {
      outcomes.push(await outcomeOf(readOnce(reader)));
      clock.move(2_500);
    }
    expect(outcomes).toEqual(['polled', 'polled', kind, 'polled', 'polled', 'polled']);
    expect(gateway.inputs('SubscribeToShard').length).toBe(3);
  });

  it.each([
    ['denied', kinesisFailure('AccessDeniedException', 'not authorized to perform: kinesis:SubscribeToShard')],
    ['unreachable', kinesisFailure('RequestTimeout')],
  ])('that is %s says so each time, although polling might work', async (kind, refusal) => {
    const { gateway, reader } = await create();
    gateway.next('SubscribeToShard', refusal, refusal, { events: [event([record(1)])] });
    expect([await outcomeOf(readOnce(reader)), await outcomeOf(readOnce(reader))]).toEqual([kind, kind]);
    expect((await readOnce(reader)).records.length).toBe(1);
    expect(gateway.inputs('GetRecords').length).toBe(0);
  });

  it('hands over at most what was asked for, and then the rest', async () => {
    const { gateway, reader } = await create();
    gateway.next('SubscribeToShard', { events: [event([record(1), record(2), record(3)])] });
    const first = await readOnce(reader, 2);
    const second = await readOnce(reader, 2);
    expect([first, second].map(({ records, atTip }) => [records.map(({ id }) => id), atTip])).toEqual([
      [['1', '2'], false],
      [['3'], true],
    ]);
  });

  it('is not ended before the rest of an ended shard was handed over', async () => {
    const { gateway, reader } = await create();
    const ChildShards = [{ ShardId: 'shardId-000000000001', ParentShards: [firstShard], HashKeyRange: {} }];
    gateway.next('SubscribeToShard', { events: [{ Records: [record(1), record(2)], ChildShards }] });
    expect(await readOnce(reader, 1)).toMatchObject({ ended: false, records: [{ id: '1' }] });
    expect(await readOnce(reader, 1)).toMatchObject({ ended: true, records: [{ id: '2' }] });
  });

  it('takes nothing from the service while nobody asks', async () => {
    const { gateway, reader } = await create();
    const data = Buffer.alloc(300_000).toString('base64');
    const events = Array.from({ length: 100 }, (_, number) => event([record(number, data)]));
    gateway.next('SubscribeToShard', { events });
    await readOnce(reader);
    await sleep(systemClock, 300);
    expect(gateway.unsentBytes).toBeGreaterThan(20_000_000);
    expect((await readAll(reader, 99)).at(-1)?.id).toBe('99');
    expect(gateway.unsentBytes).toBe(0);
  });

  it('ends a read with the signal, and loses nothing of what comes then', async () => {
    const { gateway, reader } = await create();
    gateway.next('SubscribeToShard', { events: [event([record(1)])] });
    await readAll(reader, 1);
    const stop = new AbortController();
    const waiting = reader.read({ max: 10, signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    gateway.push(event([record(2)]));
    await sleep(systemClock, 50);
    gateway.push(event([record(3)]));
    expect((await readAll(reader, 2)).map(({ id }) => id)).toEqual(['2', '3']);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
  });

  it('subscribes again after 30 seconds of silence', async () => {
    const clock = new VirtualClock();
    const { gateway, reader } = await create({ clock });
    gateway.next('SubscribeToShard', { events: [event([record(1)])] }, { events: [event([record(2)])] });
    await readAll(reader, 1);
    const waiting = readAll(reader, 1);
    await settled();
    await clock.advance(29_999);
    expect(gateway.inputs('SubscribeToShard').length).toBe(1);
    await clock.advance(1);
    expect((await waiting).map(({ id }) => id)).toEqual(['2']);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['CREATING', 'is still being registered'],
    ['DELETING', 'is being deregistered'],
  ])('whose consumer is %s waits for it', async (ConsumerStatus, says) => {
    const { gateway, made } = await create();
    gateway.next('DescribeStreamSummary', { json: { StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } } });
    gateway.next('DescribeStreamConsumer', { json: { ConsumerDescription: { ConsumerStatus } } });
    await expect(made.describe()).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining(`its consumer ${consumerArn} ${says}`) as string,
    });
  });

  it('does not need the permission to ask for its consumer', async () => {
    const { gateway, made } = await create();
    gateway.next('DescribeStreamSummary', { json: { StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } } });
    gateway.next('DescribeStreamConsumer', kinesisFailure('AccessDeniedException'));
    expect((await made.describe()).identityText).toContain('created at');
  });
});
