import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { hashKeyOf, unpackAggregate } from '../../src/sources/kinesis/aggregate.js';
import { userRecords } from '../../src/sources/kinesis/user-records.js';
import { aggregate, field } from '../support/aggregate-bytes.js';

/** Written down once, made by another program: three records, two partition keys, one explicit hash key, a tag in each. */
const known = Buffer.from(
  'f3899ac20a01610a0a7363686cc3bc7373656c12273334303238323336363932303933383436333436333337343630373433313736383231313435' +
    '351a1308001a0568656c6c6f22080a037461671201781a16080110001a0677c3b6726c6422080a037461671201781a0e08001a0022080a03746167' +
    '1201780e9a78369db84d0647d6a761f4aee158',
  'hex',
);

const damaged = (change: (message: Buffer) => Buffer): Buffer => {
  const message = change(Buffer.from(known.subarray(4, -16)));
  return Buffer.concat([known.subarray(0, 4), message, createHash('md5').update(message).digest()]);
};

describe('an aggregate of the Kinesis Producer Library', () => {
  it('is unpacked into its records, in order, tags left out', () => {
    const records = unpackAggregate(known);
    expect(records?.map(({ data, ...rest }) => ({ ...rest, data: Buffer.from(data).toString() }))).toEqual([
      { partitionKey: 'a', data: 'hello' },
      { partitionKey: 'schlüssel', explicitHashKey: '340282366920938463463374607431768211455', data: 'wörld' },
      { partitionKey: 'a', data: '' },
    ]);
  });

  it('places a record by the MD5 of its key, or by its explicit hash key', () => {
    const [first, second] = unpackAggregate(known) ?? [];
    expect(first && hashKeyOf(first)).toBe(16955237001963240173058271559858726497n);
    expect(second && hashKeyOf(second)).toBe(2n ** 128n - 1n);
  });

  it.each([
    ['plain text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['the magic bytes alone', known.subarray(0, 4)],
    ['a wrong digest', Buffer.concat([known.subarray(0, -1), Buffer.of(0)])],
    ['a changed byte', Buffer.concat([known.subarray(0, 20), Buffer.of(known[20] === 0 ? 1 : 0), known.subarray(21)])],
    ['a field that is longer than the message', damaged((message) => message.subarray(0, -1))],
    ['no records', damaged((message) => message.subarray(0, 3))],
    ['a key that is not in the table', aggregate([{ key: 5, data: 'x' }], ['a'])],
    ['a hash key that is not in the table', aggregate([{ key: 0, hashKey: 0, data: 'x' }], ['a'])],
    ['a hash key that is no number', aggregate([{ key: 0, hashKey: 0, data: 'x' }], ['a'], ['many'])],
    ['a record without data', aggregate([{ key: 0 }], ['a'])],
    ['a key that is no text', aggregate([{ key: 0, data: 'x' }], [Buffer.of(0xff, 0xfe)])],
    ['a number that never ends', damaged(() => Buffer.alloc(12, 0xff))],
    ['an unknown wire type', damaged(() => Buffer.of(0x0b))],
  ])('is delivered as it is when it is %s', (_, data) => {
    expect(unpackAggregate(data)).toBeUndefined();
  });

  it('may have fields of a later version, which are passed over', () => {
    const later = [
      Buffer.concat([Buffer.of(9 * 8 + 1), Buffer.alloc(8)]),
      Buffer.concat([Buffer.of(10 * 8 + 5), Buffer.alloc(4)]),
      Buffer.of(11 * 8, 0x96, 0x01),
      field(12, 'x'),
    ];
    const records = unpackAggregate(damaged((message) => Buffer.concat([...later, message])));
    expect(records?.length).toBe(3);
  });

  it('gives back whatever was packed', () => {
    const records = fc.array(fc.record({ key: fc.nat(3), data: fc.string({ unit: 'binary' }) }), { minLength: 1 });
    const keys = ['a', '', 'ü', 'x'.repeat(256)];
    fc.assert(
      fc.property(records, (packed) => {
        const unpacked = unpackAggregate(aggregate(packed, keys));
        expect(unpacked?.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data).toString()])).toEqual(
          packed.map(({ key, data }) => [keys[key], data]),
        );
      }),
    );
  });

  it('never breaks anything, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
        const data = Buffer.concat([known.subarray(0, 4), message, createHash('md5').update(message).digest()]);
        const records = unpackAggregate(data);
        expect(records === undefined || records.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

const arrivedAt = new Date(1_764_090_000_123);
const record = (Data: Uint8Array) => ({
  SequenceNumber: '17',
  PartitionKey: 'outer',
  ApproximateArrivalTimestamp: arrivedAt,
  Data,
});

const seen = (...parameters: Parameters<typeof userRecords>): unknown =>
  userRecords(...parameters).map(({ data, position, partitionKey }) => [
    Buffer.from(data).toString(),
    partitionKey,
    position,
  ]);

describe('the user records of a record of the stream', () => {
  const range = { from: 0n, to: 2n ** 127n - 1n };
  const packed = aggregate(
    [
      { key: 0, hashKey: 0, data: 'zero' },
      { key: 0, hashKey: 1, data: 'foreign' },
      { key: 1, hashKey: 0, data: 'two' },
      { key: 0, hashKey: 0, data: 'three' },
      { key: 0, hashKey: 1, data: 'foreign, too' },
    ],
    ['a', 'b'],
    ['5', String(2n ** 127n)],
  );
  it('are without those of another shard; the last one has the position of the whole', () => {
    expect(seen(record(packed), range, { kind: 'horizon' })).toEqual([
      ['zero', 'a', '17/0'],
      ['two', 'b', '17/2'],
      ['three', 'a', '17'],
    ]);
  });

  it('are all there where the range of the shard is not known', () => {
    expect(userRecords(record(packed), undefined, { kind: 'horizon' }).length).toBe(5);
  });

  it('have sequence number and time of the whole', () => {
    for (const user of userRecords(record(packed), range, { kind: 'horizon' })) {
      expect(user).toMatchObject({ sequence: '17', arrivedAt: arrivedAt.getTime() });
    }
  });

  it('begin behind the one that was done', () => {
    const from = { kind: 'within', sequence: '17', doneIndex: 0 } as const;
    expect(seen(record(packed), range, from)).toEqual([
      ['two', 'b', '17/2'],
      ['three', 'a', '17'],
    ]);
  });

  it('are all delivered when what was done is in another aggregate', () => {
    expect(userRecords(record(packed), range, { kind: 'within', sequence: '16', doneIndex: 3 }).length).toBe(3);
  });

  it('are the record itself when it is no aggregate', () => {
    expect(seen(record(Buffer.from('plain')), range, { kind: 'horizon' })).toEqual([['plain', 'outer', '17']]);
  });
});
