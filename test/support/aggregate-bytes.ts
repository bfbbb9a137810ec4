import { createHash } from 'node:crypto';

/** A record to be packed; keys are places in the tables. */
export interface PackedRecord {
  readonly key: number;
  readonly hashKey?: number;
  readonly data?: string | Uint8Array;
}

/** What the Kinesis Producer Library makes of records. */
export function aggregate(
  records: readonly PackedRecord[],
  partitionKeys: readonly (string | Uint8Array)[],
  hashKeys: readonly string[] = [],
): Buffer {
  const message = Buffer.concat([
    ...partitionKeys.map((key) => field(1, key)),
    ...hashKeys.map((key) => field(2, key)),
    ...records.map(({ key, hashKey, data }) =>
      field(
        3,
        Buffer.concat([
          number(1, key),
          ...(hashKey === undefined ? [] : [number(2, hashKey)]),
          ...(data === undefined ? [] : [field(3, data)]),
        ]),
      ),
    ),
  ]);
  return Buffer.concat([Buffer.of(0xf3, 0x89, 0x9a, 0xc2), message, createHash('md5').update(message).digest()]);
}

/** A field of a protocol buffer that has a length. */
export function field(id: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);
}

const number = (id: number, value: number): Buffer => Buffer.concat([varint(id * 8), varint(value)]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.of(...bytes, left);
    bytes.push((left % 128) + 128);
  }
}
