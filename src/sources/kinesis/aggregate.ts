import { createHash } from 'node:crypto';

/** One of the records that a producer has packed into one record of the stream. */
export interface UserRecord {
  readonly partitionKey: string;
  /** Decimal; decides the shard instead of the partition key where it is there. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
}

const magic = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2);
const digestBytes = 16;

/**
 * The records inside an aggregate of the Kinesis Producer Library: magic bytes, a protocol buffer, and its MD5.
 * Undefined for anything else, damaged aggregates included: those are delivered as they are.
 *
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function unpackAggregate(data: Uint8Array): readonly UserRecord[] | undefined {
  if (data.length < magic.length + digestBytes || !magic.every((byte, index) => data[index] === byte)) return undefined;
  const message = data.subarray(magic.length, data.length - digestBytes);
  const digest = createHash('md5').update(message).digest();
  if (!digest.equals(data.subarray(data.length - digestBytes))) return undefined;
  try {
    return aggregatedRecords(message);
  } catch (error) {
    if (error instanceof DamagedError) return undefined;
    throw error;
  }
}

/** The number that decides to which shard a record belongs. */
export function hashKeyOf({ partitionKey, explicitHashKey }: UserRecord): bigint {
  if (explicitHashKey !== undefined) return BigInt(explicitHashKey);
  return BigInt(`0x${createHash('md5').update(partitionKey, 'utf8').digest('hex')}`);
}

class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

interface Field {
  readonly number: number;
  /** Of fields that are numbers. */
  readonly value: number;
  /** Of fields that have a length. */
  readonly bytes: Uint8Array | undefined;
}

/** `AggregatedRecord`: two tables of keys, and records that point into them. */
function aggregatedRecords(message: Uint8Array): readonly UserRecord[] {
  const partitionKeys: string[] = [];
  const hashKeys: string[] = [];
  const records: Uint8Array[] = [];
  for (const { number, bytes } of fields(message)) {
    if (bytes === undefined) continue;
    if (number === 1) partitionKeys.push(text(bytes));
    if (number === 2) hashKeys.push(decimal(text(bytes)));
    if (number === 3) records.push(bytes);
  }
  if (records.length === 0) throw new DamagedError();
  return records.map((record) => userRecord(record, partitionKeys, hashKeys));
}

/** `Record`. */
function userRecord(message: Uint8Array, partitionKeys: readonly string[], hashKeys: readonly string[]): UserRecord {
  let partitionKey: string | undefined;
  let explicitHashKey: string | undefined;
  let data: Uint8Array | undefined;
  for (const { number, value, bytes } of fields(message)) {
    if (number === 1 && bytes === undefined) partitionKey = entry(partitionKeys, value);
    if (number === 2 && bytes === undefined) explicitHashKey = entry(hashKeys, value);
    if (number === 3 && bytes !== undefined) data = bytes;
  }
  if (partitionKey === undefined || data === undefined) throw new DamagedError();
  return { partitionKey, ...(explicitHashKey === undefined ? {} : { explicitHashKey }), data };
}

function entry(table: readonly string[], index: number): string {
  const found = table[index];
  if (found === undefined) throw new DamagedError();
  return found;
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DamagedError();
  }
}

function decimal(digits: string): string {
  if (!/^\d+$/.test(digits)) throw new DamagedError();
  return digits;
}

/** The fields of a protocol buffer, in order. */
function* fields(message: Uint8Array): Generator<Field> {
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: reader.varint(), bytes: undefined };
        break;
      case 1:
        reader.bytes(8);
        break;
      case 2:
        yield { number, value: 0, bytes: reader.bytes(reader.varint()) };
        break;
      case 5:
        reader.bytes(4);
        break;
      default:
        throw new DamagedError();
    }
  }
}

class WireReader {
  readonly #message: Uint8Array;
  #at = 0;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  get done(): boolean {
    return this.#at === this.#message.length;
  }

  varint(): number {
    let value = 0;
    for (let place = 1; place <= 2 ** 63; place *= 128) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) break;
      value += (byte % 128) * place;
      if (byte < 128) return value;
    }
    throw new DamagedError();
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#message.length) throw new DamagedError();
    const bytes = this.#message.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
