import { describe, expect, it } from 'vitest';
import { horizon, ids, read, streamWorld } from './dynamodb-world.js';

const world = streamWorld();

describe('which stream is read', () => {
  it('is the one that is named, and its identity has its creation', async () => {
    const streamArn = world.stub.createTable('orders');
    expect(await world.sourceOf({ streamArn }).describe()).toEqual({
      identity: `${streamArn} created at 2026-01-31T12:00:00.000Z`,
      identityText: 'created at 2026-01-31T12:00:00.000Z',
    });
    expect(world.stub.callsOf('DescribeTable')).toEqual([]);
  });

  it('is the latest of the table where none is named, looked up by each describe', async () => {
    const first = world.stub.createTable('orders');
    const source = world.sourceOf();
    expect((await source.describe()).identity).toContain(first);
    const second = world.stub.enableStream('orders');
    expect((await source.describe()).identity).toContain(second);
  });

  it('is looked up before the first partition is, without a describe', async () => {
    world.stub.createTable('orders');
    expect(await world.sourceOf().partitions()).toHaveLength(1);
  });

  it('is missing when the table has none, and a person learns how to enable one', async () => {
    world.stub.createTableWithoutStream('orders');
    await expect(world.sourceOf().describe()).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('table orders at http://127.0.0.1') as string,
    });
    await expect(world.sourceOf().describe()).rejects.toThrow('has no stream; enable one (StreamSpecification');
  });

  it('is still read when it is disabled, because it may have records, and says that nothing new comes', async () => {
    world.stub.createTable('orders');
    const [written] = world.stub.write('orders', [{ id: 'a' }]);
    world.stub.disableStream('orders');
    const source = world.sourceOf();
    expect((await source.describe()).identityText).toContain('it is disabled');
    const [shard] = await source.partitions();
    const page = await read(await source.open(shard?.id ?? '', horizon));
    expect(ids(page)).toEqual([written]);
    expect(page.ended).toBe(true);
  });

  it('has the same identity before and after it is disabled', async () => {
    world.stub.createTable('orders');
    const source = world.sourceOf();
    const { identity } = await source.describe();
    world.stub.disableStream('orders');
    expect((await source.describe()).identity).toBe(identity);
  });

  it('is missing when it is disabled and has no shard any more', async () => {
    world.stub.createTable('orders');
    const [shard = ''] = world.stub.openShards('orders');
    world.stub.disableStream('orders');
    world.stub.forget('orders', shard);
    await expect(world.sourceOf().describe()).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining(
        'is disabled, and nothing is left in it; enable a stream on table orders',
      ) as string,
    });
  });

  it('names the stream that the table has now when the one of the mapping is gone', async () => {
    const streamArn = world.stub.createTable('orders');
    world.stub.deleteStream('orders');
    const latest = world.stub.enableStream('orders');
    await expect(world.sourceOf({ streamArn }).describe()).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining(`the latest stream of table orders is ${latest}`) as string,
    });
  });
});

describe('the partitions of a stream', () => {
  it('are all shards of all pages, with their parents', async () => {
    world.stub.createTable('orders');
    const [root = ''] = world.stub.openShards('orders');
    const child = world.stub.roll('orders', root);
    const grandchild = world.stub.roll('orders', child);
    world.stub.shardsPerPage = 2;
    expect(await world.sourceOf().partitions()).toEqual([
      { id: root, parents: [], closed: true },
      { id: child, parents: [root], closed: true },
      { id: grandchild, parents: [child], closed: false },
    ]);
  });

  it('may be more than a hundred', async () => {
    world.stub.createTable('orders');
    for (let count = 1; count < 250; count++) world.stub.addShard('orders', undefined);
    const partitions = await world.sourceOf().partitions();
    expect(new Set(partitions.map(({ id }) => id)).size).toBe(250);
    expect(world.stub.callsOf('DescribeStream')).toHaveLength(3);
  });
});

describe('the pace of reading', () => {
  it.each([
    { onAws: true, pacing: { kind: 'fixed', idleMs: 250, leastMs: 200, bytesPerSecond: 2_000_000 } },
    { onAws: false, pacing: { kind: 'adaptive' } },
  ])('is $pacing.kind (on AWS: $onAws)', ({ onAws, pacing }) => {
    const source = world.sourceOf({ onAws });
    expect(source.pacing).toEqual(pacing);
    expect(source.maxRead).toBe(1_000);
  });
});
