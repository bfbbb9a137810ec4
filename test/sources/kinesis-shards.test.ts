import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KinesisGateway } from '../support/kinesis-gateway.js';
import { startKinesalite, startKinesisLocal, type TestKinesis } from '../support/kinesis-servers.js';
import { bodies, firstShard, horizon, kinesisSource, readAll, readToEnd } from '../support/kinesis-source.js';

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

const shard = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;
const lowest = '0';
const highest = String(2n ** 128n - 1n);

describe.each([
  { name: 'kinesalite', server: () => kinesalite },
  { name: 'kinesis-local', server: () => kinesisLocal },
])('the shards of a stream on $name', ({ server }) => {
  const source = async (shards: number) => {
    const stream = `shards-${++streams}`;
    await server().createStream(stream, shards);
    const made = kinesisSource({ url: server().url, stream });
    undo.push(() => made.close());
    return { stream, made, kinesis: server() };
  };

  it('are all there, however many', async () => {
    const { made } = await source(120);
    const partitions = await made.partitions();
    expect(partitions.map(({ id }) => id)).toEqual(Array.from({ length: 120 }, (_, number) => shard(number)));
    expect(partitions.filter(({ closed, parents }) => closed || parents.length > 0)).toEqual([]);
  });

  it('have one parent after a split, and two after a merge', async () => {
    const { stream, made, kinesis } = await source(1);
    await kinesis.split(stream, shard(0));
    await kinesis.merge(stream, shard(1), shard(2));
    expect(await made.partitions()).toEqual([
      { id: shard(0), parents: [], closed: true },
      { id: shard(1), parents: [shard(0)], closed: true },
      { id: shard(2), parents: [shard(0)], closed: true },
      { id: shard(3), parents: [shard(1), shard(2)], closed: false },
    ]);
  });

  it('end after their last record when they were closed, and their children are read from the beginning', async () => {
    const { stream, made, kinesis } = await source(1);
    await kinesis.put(stream, ['1', '2']);
    const parent = await made.open(shard(0), horizon);
    await readAll(parent, 1);
    await kinesis.put(stream, ['3']);
    await kinesis.split(stream, shard(0));
    await kinesis.put(stream, [
      { body: 'low', hashKey: lowest },
      { body: 'high', hashKey: highest },
    ]);
    expect(bodies(await readToEnd(parent))).toEqual(['3']);
    expect(bodies(await readAll(await made.open(shard(1), horizon), 1))).toEqual(['low']);
    expect(bodies(await readAll(await made.open(shard(2), horizon), 1))).toEqual(['high']);
  });

  it('end at once when everything was read before they were closed', async () => {
    const { stream, made, kinesis } = await source(1);
    await kinesis.put(stream, ['1']);
    const reader = await made.open(shard(0), horizon);
    const [last] = await readAll(reader, 1);
    await kinesis.split(stream, shard(0));
    expect(await readToEnd(reader)).toEqual([]);
    const again = await made.open(shard(0), { kind: 'after', position: last?.position ?? '' });
    expect(await readToEnd(again)).toEqual([]);
  });

  it('do not see the records of each other', async () => {
    const { stream, made, kinesis } = await source(2);
    await kinesis.put(stream, [
      { body: 'low', hashKey: lowest },
      { body: 'high', hashKey: highest },
    ]);
    const [low] = await readAll(await made.open(shard(0), horizon), 1);
    const [high] = await readAll(await made.open(shard(1), horizon), 1);
    expect([low?.view()['eventID'], high?.view()['eventID']]).toEqual([
      `${shard(0)}:${low?.id}`,
      `${shard(1)}:${high?.id}`,
    ]);
    expect(bodies([low, high].flatMap((record) => record ?? []))).toEqual(['low', 'high']);
  });
});

const page = (first: number, count: number) =>
  Array.from({ length: count }, (_, number) => ({ ShardId: shard(first + number) }));

describe('a list of shards in several pages', () => {
  it('is read to its end; a later page is asked for by its token alone', async () => {
    const gateway = await KinesisGateway.start();
    undo.push(() => gateway.close());
    gateway.next(
      'ListShards',
      { json: { Shards: page(0, 100), NextToken: 'second' } },
      { json: { Shards: page(100, 100), NextToken: 'third' } },
      { json: { Shards: page(200, 7) } },
    );
    const made = kinesisSource({ url: gateway.url, stream: 'clicks' });
    undo.push(() => made.close());
    expect((await made.partitions()).map(({ id }) => id)).toEqual(page(0, 207).map(({ ShardId }) => ShardId));
    expect(gateway.inputs('ListShards')).toEqual([
      { StreamName: 'clicks' },
      { NextToken: 'second' },
      { NextToken: 'third' },
    ]);
  });

  it('is asked for anew each time', async () => {
    const gateway = await KinesisGateway.start();
    undo.push(() => gateway.close());
    gateway.next('ListShards', { json: { Shards: [] } }, { json: { Shards: [{ ShardId: firstShard }] } });
    const made = kinesisSource({ url: gateway.url, stream: 'clicks' });
    undo.push(() => made.close());
    expect(await made.partitions()).toEqual([]);
    expect(await made.partitions()).toEqual([{ id: firstShard, parents: [], closed: false }]);
  });
});
