import type { _Record, StreamRecord as Change } from '@aws-sdk/client-dynamodb-streams';
import type { StreamRecord } from '../../contracts/stream-source.js';
import { eventAttributes, keyText, type Attributes, type EventAttributes } from './attribute-value.js';

/** A record of the DynamoDB event (docs/semantics.md, "DynamoDB event"). */
interface DynamoDbRecord {
  readonly eventID: string | undefined;
  readonly eventName: string | undefined;
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: DynamoDbChange;
  /** Who has removed an item that lived too long: `Service`, `dynamodb.amazonaws.com`. */
  readonly userIdentity?: { readonly type: string | undefined; readonly principalId: string | undefined };
  readonly eventSourceARN: string;
}

interface DynamoDbChange {
  /** In seconds since the epoch. */
  readonly ApproximateCreationDateTime: number;
  readonly Keys: EventAttributes;
  readonly NewImage?: EventAttributes;
  readonly OldImage?: EventAttributes;
  readonly SequenceNumber: string;
  readonly SizeBytes: number | undefined;
  readonly StreamViewType: string | undefined;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function dynamoDbRecord(record: _Record, streamArn: string): DynamoDbRecord {
  const { eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb = {}, userIdentity } = record;
  return {
    eventID,
    // Names that the SDK does not know are the service's affair: DynamoDB Local has some.
    eventName,
    eventVersion: eventVersion ?? '1.1',
    eventSource: eventSource ?? 'aws:dynamodb',
    awsRegion: awsRegion ?? streamArn.split(':')[3] ?? '',
    dynamodb: dynamoDbChange(dynamodb),
    ...(userIdentity !== undefined && {
      userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    }),
    eventSourceARN: streamArn,
  };
}

function dynamoDbChange(change: Change): DynamoDbChange {
  const { Keys = {}, NewImage, OldImage, SequenceNumber = '', SizeBytes, StreamViewType } = change;
  return {
    ApproximateCreationDateTime: createdAt(change) / 1_000,
    Keys: eventAttributes(Keys),
    ...image('NewImage', NewImage),
    ...image('OldImage', OldImage),
    SequenceNumber,
    SizeBytes,
    StreamViewType,
  };
}

function image<N extends 'NewImage' | 'OldImage'>(
  name: N,
  attributes: Attributes | undefined,
): { readonly [K in N]?: EventAttributes } {
  if (attributes === undefined) return {};
  return { [name]: eventAttributes(attributes) } as { readonly [K in N]: EventAttributes };
}

/** A record as the engine gets it. */
export function streamRecord(record: _Record, streamArn: string): StreamRecord {
  const event = dynamoDbRecord(record, streamArn);
  const text = JSON.stringify(event);
  const { SequenceNumber, Keys } = event.dynamodb;
  return {
    id: SequenceNumber,
    position: SequenceNumber,
    ...(event.eventID !== undefined && { eventId: event.eventID }),
    key: keyText(Keys),
    arrivedAt: createdAt(record.dynamodb),
    record: text,
    bytes: Buffer.byteLength(text),
    // Parsed again where a filter asks: objects kept for every record take many times the memory of the text.
    view: () => JSON.parse(text) as Record<string, unknown>,
  };
}

/** When a record came into being, in milliseconds since the epoch. */
export function createdAt(change: Change | undefined): number {
  return change?.ApproximateCreationDateTime?.getTime() ?? 0;
}
