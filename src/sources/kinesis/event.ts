import type { StreamRecord } from '../../contracts/stream-source.js';
import { isoTime } from '../../platform/clock.js';
import type { ReadRecord } from './raw-records.js';

interface KinesisEventOptions {
  /** The ARN that the mapping names: of the stream, or of its consumer. */
  readonly eventSourceArn: string;
  readonly region: string;
  /** Execution role of the function. */
  readonly roleArn: string;
}

/** What a record of the event is made of. */
export interface RecordContent {
  readonly sequence: string;
  readonly position: string;
  readonly partitionKey: string;
  /** Bytes, or the base64 text of them. */
  readonly data: Uint8Array | string;
  /** In milliseconds since the epoch. */
  readonly arrivedAt: number;
}

/** Puts records of one shard together as the handler gets them (docs/semantics.md, "Kinesis event"). */
export function recordMaker(
  shard: string,
  { eventSourceArn, region, roleArn }: KinesisEventOptions,
): (content: RecordContent) => StreamRecord {
  // Put together by hand: this is the most frequent thing that is done, and only the key needs escaping.
  const middle = `},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":${JSON.stringify(`${shard}:`).slice(0, -1)}`;
  const tail =
    `","eventName":"aws:kinesis:record","invokeIdentityArn":${JSON.stringify(roleArn)},` +
    `"awsRegion":${JSON.stringify(region)},"eventSourceARN":${JSON.stringify(eventSourceArn)}}`;
  return ({ sequence, position, partitionKey, data, arrivedAt }) => {
    const key = JSON.stringify(partitionKey);
    const record =
      `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":${key},` +
      `"sequenceNumber":"${sequence}","data":"${base64(data)}","approximateArrivalTimestamp":${arrivedAt / 1_000}` +
      `${middle}${sequence}${tail}`;
    return {
      id: sequence,
      position,
      key: partitionKey,
      arrivedAt,
      record,
      // All but the key is ASCII (and ARNs as well). Measuring the whole would put it together, which the event does once.
      bytes: record.length + Buffer.byteLength(key) - key.length,
      view: () => JSON.parse(record) as Record<string, unknown>,
    };
  };
}

/** A record of the stream as it is. */
export function wholeRecord({
  SequenceNumber = '',
  PartitionKey = '',
  Data = '',
  ApproximateArrivalTimestamp,
}: Partial<ReadRecord>): RecordContent {
  return {
    sequence: SequenceNumber,
    position: SequenceNumber,
    partitionKey: PartitionKey,
    data: Data,
    arrivedAt: ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}

/** What a destination is told of records that were given up. */
export function kinesisBatchInfo(
  shardId: string,
  records: readonly [StreamRecord, ...StreamRecord[]],
  streamArn: string,
): Readonly<Record<string, unknown>> {
  const [first] = records;
  const last = records.at(-1) ?? first;
  return {
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first.id,
      endSequenceNumber: last.id,
      approximateArrivalOfFirstRecord: isoTime(first.arrivedAt),
      approximateArrivalOfLastRecord: isoTime(last.arrivedAt),
      batchSize: records.length,
      streamArn,
    },
  };
}

function base64(data: Uint8Array | string): string {
  return typeof data === 'string'
    ? data
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
