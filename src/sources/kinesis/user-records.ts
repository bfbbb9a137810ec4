import { hashKeyOf, unpackAggregate, type UserRecord } from './aggregate.js';
import { wholeRecord, type RecordContent } from './event.js';
import { positionWithin, type ShardPosition } from './position.js';
import type { ReadRecord } from './raw-records.js';
import type { HashKeyRange } from './shards.js';

/**
 * A record of the stream as enhanced fan-out delivers it: an aggregate is unpacked, without the records that belong to
 * another shard, or that `from` says were done before.
 */
export function userRecords(
  record: ReadRecord,
  range: HashKeyRange | undefined,
  from: ShardPosition,
): readonly RecordContent[] {
  const whole = wholeRecord(record);
  const packed = unpackAggregate(bytesOf(whole.data));
  if (packed === undefined) return [whole];
  const done = from.kind === 'within' && from.sequence === whole.sequence ? from.doneIndex : -1;
  const left = [...packed.entries()].filter(([index, user]) => index > done && belongs(user, range));
  return left.map(([index, { partitionKey, data }], place) => ({
    ...whole,
    partitionKey,
    data,
    position: place === left.length - 1 ? whole.sequence : positionWithin(whole.sequence, index),
  }));
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'base64') : data;
}

function belongs(user: UserRecord, range: HashKeyRange | undefined): boolean {
  if (range === undefined) return true;
  const key = hashKeyOf(user);
  return key >= range.from && key <= range.to;
}
