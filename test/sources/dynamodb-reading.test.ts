import { beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbStreamSource } from '../../src/sources/dynamodb/source.js';
import { StubError } from '../fakes/sqs-stub.js';
import { horizon, ids, read, second, streamWorld } from './dynamodb-world.js';

const world = streamWorld();

describe('reading a shard', () => {
  let source: DynamoDbStreamSource;
  let shard: string;
  beforeEach(() => {
    world.stub.createTable('orders');
    source = world.sourceOf();
    [shard = ''] = world.stub.openShards('orders');
  });

  it('goes on behind the last record when its iterator has expired', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }]);
    const reader = await source.open(shard, horizon);
    expect(ids(await read(reader, 1))).toEqual(written.slice(0, 1));
    world.stub.expireIterators();
    expect(ids(await read(reader))).toEqual(written.slice(1));
  });

  it('begins again at the beginning when the iterator of an empty shard has expired', async () => {
    const reader = await source.open(shard, horizon);
    expect(await read(reader)).toEqual({ records: [], ended: false, atTip: true });
    const written = world.stub.write('orders', [{ id: 'a' }]);
    world.stub.expireIterators();
    expect(ids(await read(reader))).toEqual(written);
  });

  it('loses nothing, and says nothing, when the iterator of an empty shard counts as trimmed', async () => {
    const reader = await source.open(shard, horizon);
    await read(reader);
    const written = world.stub.write('orders', [{ id: 'a' }]);
    world.stub.fail('GetRecords', new StubError(400, 'TrimmedDataAccessException', 'trimmed'));
    const page = await read(reader);
    expect(ids(page)).toEqual(written);
    expect(page.trimmed).toBeUndefined();
  });

  it('goes on with a new iterator when the server does not know the old one', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }]);
    const reader = await source.open(shard, horizon);
    await read(reader, 1);
    world.stub.fail('GetRecords', new StubError(400, 'ValidationException', 'Invalid ShardIterator'));
    expect(ids(await read(reader))).toEqual(written.slice(1));
  });

  it('does not ask for ever when every new iterator is refused', async () => {
    world.stub.fail('GetRecords', new StubError(400, 'ExpiredIteratorException', 'expired'), 4);
    const reader = await source.open(shard, horizon);
    await expect(read(reader)).rejects.toMatchObject({ kind: 'failed' });
    expect(world.stub.callsOf('GetRecords')).toHaveLength(4);
    const written = world.stub.write('orders', [{ id: 'a' }]);
    expect(ids(await read(reader))).toEqual(written);
  });

  it('goes on at the oldest record when its position was trimmed, and says so once', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    world.stub.trim('orders', shard, 1);
    const reader = await source.open(shard, { kind: 'after', position: written[0] ?? '' });
    const page = await read(reader);
    expect(ids(page)).toEqual(written.slice(2));
    expect(page.trimmed).toBe(
      `records behind sequence number ${written[0]} may be gone (DynamoDB Streams keeps records for 24 hours); reading goes on at the oldest record that is left`,
    );
    expect((await read(reader)).trimmed).toBeUndefined();
  });

  it('says nothing when the position was trimmed and nothing behind it', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }]);
    world.stub.trim('orders', shard, 1);
    const page = await read(await source.open(shard, { kind: 'after', position: written[0] ?? '' }));
    expect(ids(page)).toEqual(written.slice(1));
    expect(page.trimmed).toBeUndefined();
  });

  it('tells of what was trimmed while it was read, also when the next call fails first', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    const reader = await source.open(shard, horizon);
    await read(reader, 1);
    world.stub.trim('orders', shard, 1);
    world.stub.fail('GetShardIterator', new StubError(400, 'LimitExceededException', 'slow down'));
    await expect(read(reader)).rejects.toMatchObject({ kind: 'throttled' });
    const page = await read(reader);
    expect(ids(page)).toEqual(written.slice(2));
    expect(page.trimmed).toContain(`sequence number ${written[0]}`);
  });

  it('tells of a position that the shard never had', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }]);
    world.stub.fail(
      'GetShardIterator',
      new StubError(400, 'ValidationException', 'Invalid SequenceNumber for the shard'),
    );
    const page = await read(await source.open(shard, { kind: 'after', position: '000000000000000000001' }));
    expect(ids(page)).toEqual(written);
    expect(page.trimmed).toContain('the shard does not know the position');
  });

  it('ends, and says what is lost, when the shard is gone', async () => {
    world.stub.roll('orders', shard);
    const reader = await source.open(shard, horizon);
    world.stub.forget('orders', shard);
    expect(await read(reader)).toEqual({
      records: [],
      ended: true,
      atTip: true,
      trimmed: 'the shard is gone with what was left in it (DynamoDB Streams keeps records for 24 hours)',
    });
  });

  it('does not end when the whole stream is gone', async () => {
    const reader = await source.open(shard, horizon);
    world.stub.deleteStream('orders');
    await expect(read(reader)).rejects.toMatchObject({ kind: 'missing' });
  });

  it('goes on at the same place after it was throttled', async () => {
    const written = world.stub.write('orders', [{ id: 'a' }, { id: 'b' }]);
    const reader = await source.open(shard, horizon);
    await read(reader, 1);
    world.stub.fail('GetRecords', new StubError(400, 'ProvisionedThroughputExceededException', 'slow down'));
    await expect(read(reader)).rejects.toMatchObject({ kind: 'throttled' });
    expect(ids(await read(reader))).toEqual(written.slice(1));
    expect(world.stub.callsOf('GetShardIterator')).toHaveLength(1);
  });

  it('finds records behind empty pages', async () => {
    world.stub.emptyPages = 2;
    const written = world.stub.write('orders', [{ id: 'a' }]);
    const reader = await source.open(shard, horizon);
    expect(await read(reader)).toEqual({ records: [], ended: false, atTip: true });
    await read(reader);
    const page = await read(reader);
    expect(ids(page)).toEqual(written);
    expect(page.atTip).toBe(false);
  });

  it('asks for no more than it may', async () => {
    const reader = await source.open(shard, horizon);
    await read(reader, 5_000);
    await read(reader, 7);
    expect(world.stub.callsOf('GetRecords').map(({ Limit }) => Limit)).toEqual([1_000, 7]);
  });

  it('does not ask again once the shard has ended', async () => {
    world.stub.roll('orders', shard);
    const reader = await source.open(shard, horizon);
    expect((await read(reader)).ended).toBe(true);
    expect((await read(reader)).ended).toBe(true);
    expect(world.stub.callsOf('GetRecords')).toHaveLength(1);
  });

  it('rejects with the reason of the signal', async () => {
    const halt = new AbortController();
    const reader = await source.open(shard, horizon);
    const reading = reader.read({ max: 1, signal: halt.signal });
    halt.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
  });

  it('names the stream of the records to a destination, without fractions of a second', async () => {
    const arn = (await source.describe()).identity.split(' ')[0];
    const [one, two] = world.stub.write('orders', [
      { id: 'a', at: second + 1 },
      { id: 'b', at: second + 2 },
    ]);
    const { records } = await read(await source.open(shard, horizon));
    const [first, last] = records;
    if (first === undefined || last === undefined) throw new Error('two records were written');
    world.stub.enableStream('orders');
    await source.describe();
    expect(source.failureInfo(shard, [first, last])).toEqual({
      DDBStreamBatchInfo: {
        shardId: shard,
        startSequenceNumber: one,
        endSequenceNumber: two,
        approximateArrivalOfFirstRecord: '2026-01-31T12:00:01Z',
        approximateArrivalOfLastRecord: '2026-01-31T12:00:02Z',
        batchSize: 2,
        streamArn: arn,
      },
    });
  });

  it('hands over who removed an item that lived too long', async () => {
    const userIdentity = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' };
    world.stub.write('orders', [{ id: 'a', more: { eventName: 'REMOVE', userIdentity } }]);
    const { records } = await read(await source.open(shard, horizon));
    expect(records[0]?.view()).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    });
  });
});
