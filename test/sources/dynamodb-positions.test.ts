import { beforeEach, describe, expect, it } from 'vitest';
import { ids, read, second, start, streamWorld } from './dynamodb-world.js';

const world = streamWorld();

const httpDate = (ms: number): string => new Date(ms).toUTCString();

describe('a position for now', () => {
  let shard: string;
  beforeEach(() => {
    world.stub.createTable('orders');
    [shard = ''] = world.stub.openShards('orders');
  });

  describe('on an endpoint that is not AWS', () => {
    it('is the last record, whatever the pages that lead to it', async () => {
      const written = world.stub.write(
        'orders',
        Array.from({ length: 1_001 }, (_, index) => ({ id: `item-${index}` })),
      );
      expect(await world.sourceOf().tip(shard)).toBe(written.at(-1));
    });

    it('is the start of an empty shard, from which all that comes is read, however much later', async () => {
      const source = world.sourceOf();
      const position = await source.tip(shard);
      expect(position).toBe('start');
      const written = world.stub.write('orders', [{ id: 'a' }]);
      world.stub.expireIterators();
      expect(ids(await read(await source.open(shard, { kind: 'after', position })))).toEqual(written);
    });
  });

  describe('on AWS', () => {
    it('is the time of the service when the clock here is ahead of it', async () => {
      world.stub.date = httpDate(start - 90_000);
      expect(await world.sourceOf({ onAws: true }).tip(shard)).toBe(`at:${start - 90_000}`);
    });

    it('is the time here when that is earlier', async () => {
      world.stub.date = httpDate(start + 90_000);
      expect(await world.sourceOf({ onAws: true }).tip(shard)).toBe(`at:${start}`);
    });

    it('rejects for a shard that is not there', async () => {
      await expect(world.sourceOf({ onAws: true }).tip('shardId-none')).rejects.toMatchObject({ kind: 'missing' });
    });

    it('costs one call for each shard, and leaves nothing behind in later ones', async () => {
      world.stub.date = httpDate(start - 1_000);
      const source = world.sourceOf({ onAws: true });
      expect([await source.tip(shard), await source.tip(shard)]).toEqual([
        `at:${start - 1_000}`,
        `at:${start - 1_000}`,
      ]);
      expect(world.stub.callsOf('GetShardIterator')).toHaveLength(2);
      expect(world.stub.callsOf('GetRecords')).toHaveLength(0);
    });

    it('skips records of earlier seconds, and none of the same', async () => {
      const [, ...wanted] = world.stub.write('orders', [
        { id: 'before', at: second - 1 },
        { id: 'same second', at: second },
        { id: 'after', at: second + 1 },
      ]);
      const reader = await world
        .sourceOf({ onAws: true })
        .open(shard, { kind: 'after', position: `at:${start + 700}` });
      expect(ids(await read(reader))).toEqual(wanted);
    });

    it('is not at the tip while it skips, and skips nothing behind the first record that it wants', async () => {
      const changes = [second - 9, second - 8, second, second + 1, second - 1].map((time) => ({ id: 'a', at: time }));
      const written = world.stub.write('orders', changes);
      const reader = await world.sourceOf({ onAws: true }).open(shard, { kind: 'after', position: `at:${start}` });
      expect(await read(reader, 2)).toEqual({ records: [], ended: false, atTip: false });
      world.stub.expireIterators();
      expect(ids(await read(reader, 2))).toEqual(written.slice(2, 4));
      expect(ids(await read(reader, 2))).toEqual(written.slice(4));
      expect(world.stub.callsOf('GetShardIterator').map(({ SequenceNumber }) => SequenceNumber)).toEqual([
        undefined,
        written[1],
      ]);
    });

    it('says that records may be gone when it is older than those that are kept', async () => {
      world.stub.write('orders', [{ id: 'a', at: second }]);
      const day = 24 * 60 * 60 * 1_000;
      const source = world.sourceOf({ onAws: true });
      const [kept, older] = await Promise.all(
        [start - day, start - day - 1].map((ms) => source.open(shard, { kind: 'after', position: `at:${ms}` })),
      );
      if (kept === undefined || older === undefined) throw new Error('two were opened');
      expect((await read(kept)).trimmed).toBeUndefined();
      expect((await read(older)).trimmed).toBe(
        'records since 2026-01-30T11:59:59.999Z may be gone (DynamoDB Streams keeps records for 24 hours)',
      );
    });
  });
});

describe('a moment to read from', () => {
  it.each([
    { onAws: true, cut: 'second', left: ['same second', 'same minute', 'after'] },
    { onAws: false, cut: 'minute', left: ['minute', 'same second', 'same minute', 'after'] },
  ])('skips nothing of the same $cut where times are cut to it', async ({ onAws, left }) => {
    world.stub.createTable('orders');
    const [shard = ''] = world.stub.openShards('orders');
    world.stub.write('orders', [
      { id: 'before', at: second - 1 },
      { id: 'minute', at: second },
      { id: 'same second', at: second + 30 },
      { id: 'same minute', at: second + 40 },
      { id: 'after', at: second + 90 },
    ]);
    const reader = await world.sourceOf({ onAws }).open(shard, { kind: 'timestamp', at: start + 30_500 });
    const { records } = await read(reader);
    expect(records.map(({ key }) => (JSON.parse(key) as { readonly id: { readonly S: string } }).id.S)).toEqual(left);
  });
});
