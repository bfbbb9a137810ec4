import { StubError } from './sqs-stub.js';

export type Input = Readonly<Record<string, unknown>>;
/** Attribute values as they are on the wire: binary is base64 text. */
export type WireAttributes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A change to be written into a shard. */
export interface StubChange {
  readonly id: string;
  /** In seconds since the epoch, as AWS tells them: whole. Default: now. */
  readonly at?: number;
  /** Fields of the record beside the usual ones, or in their place: `eventName`, `userIdentity`. */
  readonly more?: Input;
  /** Fields of its `dynamodb`, likewise: images. */
  readonly change?: Input;
}

export interface StubRecord {
  readonly sequence: string;
  readonly wire: Input;
}

export interface StubShard {
  readonly id: string;
  readonly parent: string | undefined;
  readonly first: string;
  readonly records: StubRecord[];
  /** Records before this index are gone. */
  horizon: number;
  closed: boolean;
}

export interface StubStream {
  readonly arn: string;
  readonly label: string;
  readonly shards: StubShard[];
  status: string;
}

/** What an iterator stands for; the text of it carries this. */
export interface Iterator {
  readonly stream: string;
  readonly shard: string;
  readonly index: number;
  readonly generation: number;
  /** Empty pages that come before the next record. */
  readonly empty: number;
}

export const region = 'us-east-1';

export interface WireWrite {
  readonly PutRequest: { readonly Item: WireAttributes };
}

export const iteratorText = (iterator: Iterator): string => JSON.stringify(iterator);

export const trimmed = (): StubError =>
  new StubError(400, 'TrimmedDataAccessException', 'The data you are trying to access has been trimmed.');

/** The service compares sequence numbers as numbers: here they may be shorter than those of a shard. */
export function startIndex({ records, horizon }: StubShard, type: string, after: string): number {
  switch (type) {
    case 'TRIM_HORIZON':
      return horizon;
    case 'LATEST':
      return records.length;
    default: {
      const index = records.findIndex(({ sequence }) => BigInt(sequence) > BigInt(after));
      return index === -1 ? records.length : index;
    }
  }
}

export function wireShard({ id, parent, first, records, closed }: StubShard): unknown {
  const last = records.at(-1)?.sequence ?? first;
  return {
    ShardId: id,
    SequenceNumberRange: { StartingSequenceNumber: first, ...(closed && { EndingSequenceNumber: last }) },
    ...(parent !== undefined && { ParentShardId: parent }),
  };
}

export function wireRecord(
  { id, at = Math.floor(Date.now() / 1_000), more, change }: StubChange,
  sequence: string,
): Input {
  return {
    eventID: sequence.padStart(32, '0'),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    ...more,
    dynamodb: {
      ApproximateCreationDateTime: at,
      Keys: { id: { S: id } },
      SequenceNumber: sequence,
      SizeBytes: 2 + id.length,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...change,
    },
  };
}
