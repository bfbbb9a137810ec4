import type { _Record } from '@aws-sdk/client-kinesis';
import { hashKeyOf, unpackAggregate, type UserRecord } from './aggregate.js';
import { wholeRecord, type RecordContent } from './event.js';
import { positionWithin, type ShardPosition } from './position.js';
import type { HashKeyRange } from './shards.js';

/**
 * A record of the stream as enhanced fan-out delivers it: an aggregate is unpacked, without the records that belong to
 * another shard, or that `from` says were done before.
 */
export function userRecords(
  record: _Record,
  range: HashKeyRange | undefined,
  from: ShardPosition,
): readonly RecordContent[] {
  const whole = wholeRecord(record);
  const packed = unpackAggregate(whole.data);
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

function belongs(user: UserRecord, range: HashKeyRange | undefined): boolean {
  if (range === undefined) return true;
  const key = hashKeyOf(user);
  return key >= range.from && key <= range.to;
}
