import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from 'vitest';
import { dynamoDbRecord, streamRecord } from '../../src/sources/dynamodb/event.js';

const arn = 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders/stream/2026-01-31T12:00:00.000';
const seconds = 1_764_090_000;

const insert: _Record = {
  eventID: 'c81e728d9d4c2f636f067f89cc14862c',
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'eu-west-1',
  dynamodb: {
    ApproximateCreationDateTime: new Date(seconds * 1_000),
    Keys: { id: { S: 'a' } },
    NewImage: { id: { S: 'a' } },
    SequenceNumber: '100000000000000000000222',
    SizeBytes: 20,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
};

const insertText =
  '{"eventID":"c81e728d9d4c2f636f067f89cc14862c","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",' +
  '"awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1764090000,"Keys":{"id":{"S":"a"}},' +
  '"NewImage":{"id":{"S":"a"}},"SequenceNumber":"100000000000000000000222","SizeBytes":20,' +
  `"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"${arn}"}`;

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const changed = (change: _Record['dynamodb'], more: Partial<_Record> = {}): _Record => ({
  ...insert,
  ...more,
  dynamodb: { ...insert.dynamodb, ...change },
});

describe('a record of the DynamoDB event', () => {
  it('has the fields of AWS in the order of AWS', () => {
    expect(streamRecord(insert, arn).record).toBe(insertText);
  });

  it.each<{ readonly name: string; readonly record: _Record; readonly images: readonly string[] }>([
    { name: 'an INSERT', record: insert, images: ['NewImage'] },
    {
      name: 'a MODIFY',
      record: changed({ OldImage: { id: { S: 'a' } } }, { eventName: 'MODIFY' }),
      images: ['NewImage', 'OldImage'],
    },
    {
      name: 'a REMOVE',
      record: changed({ NewImage: undefined, OldImage: { id: { S: 'a' } } }, { eventName: 'REMOVE' }),
      images: ['OldImage'],
    },
    {
      name: 'a stream of keys',
      record: changed({ NewImage: undefined, StreamViewType: 'KEYS_ONLY' }),
      images: [],
    },
  ])('has no images but those of $name', ({ record, images }) => {
    const { dynamodb } = JSON.parse(streamRecord(record, arn).record) as { readonly dynamodb: object };
    expect(Object.keys(dynamodb).filter((name) => name.endsWith('Image'))).toEqual(images);
  });

  it('has values as DynamoDB JSON: binary as base64 at any depth, numbers as the text they are', () => {
    const NewImage = {
      n: { N: '123456789012345678901234567890.5' },
      b: { B: bytes(0, 255, 254) },
      // A part of a larger buffer, as the SDK may hand it over.
      part: { B: bytes(9, 1, 2, 9).subarray(1, 3) },
      bs: { BS: [bytes(1), bytes(2)] },
      flag: { BOOL: false },
      nothing: { NULL: true },
      texts: { SS: ['x', 'y'] },
      numbers: { NS: ['1', '2.50'] },
      nested: { M: { list: { L: [{ B: bytes(7) }, { M: { deep: { B: bytes(8) } } }, { S: 'á' }] } } },
    } as const;
    const record = changed({ NewImage: NewImage as unknown as NonNullable<_Record['dynamodb']>['NewImage'] });
    expect(dynamoDbRecord(record, arn).dynamodb.NewImage).toEqual({
      n: { N: '123456789012345678901234567890.5' },
      b: { B: 'AP/+' },
      part: { B: 'AQI=' },
      bs: { BS: ['AQ==', 'Ag=='] },
      flag: { BOOL: false },
      nothing: { NULL: true },
      texts: { SS: ['x', 'y'] },
      numbers: { NS: ['1', '2.50'] },
      nested: { M: { list: { L: [{ B: 'Bw==' }, { M: { deep: { B: 'CA==' } } }, { S: 'á' }] } } },
    });
  });

  it('keeps an attribute of a type that the SDK does not know, and one called __proto__', () => {
    const NewImage = Object.fromEntries([
      ['new', { $unknown: ['V', 'x'] as [string, string] }],
      ['__proto__', { S: 'y' }],
    ]);
    const { record } = streamRecord(changed({ NewImage }), arn);
    expect(record).toContain('"NewImage":{"new":{"V":"x"},"__proto__":{"S":"y"}}');
  });

  it('says in lower case who removed an item that lived too long', () => {
    const userIdentity = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' };
    const { record } = streamRecord(changed({}, { eventName: 'REMOVE', userIdentity }), arn);
    expect(record).toContain(
      `"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"eventSourceARN":"${arn}"}`,
    );
    expect(insertText).not.toContain('userIdentity');
  });

  it('keeps an event name that nobody knows', () => {
    const eventName = 'UNKNOWN_TO_SDK_VERSION' as 'REMOVE';
    expect(dynamoDbRecord(changed({}, { eventName }), arn).eventName).toBe('UNKNOWN_TO_SDK_VERSION');
  });

  it('takes the region from the ARN where the service tells none', () => {
    expect(dynamoDbRecord(changed({}, { awsRegion: undefined }), arn).awsRegion).toBe('eu-west-1');
    expect(dynamoDbRecord(changed({}, { awsRegion: 'ddblocal' }), arn).awsRegion).toBe('ddblocal');
  });

  it('is told in seconds to the handler, and in milliseconds to the engine', () => {
    const record = streamRecord(changed({ ApproximateCreationDateTime: new Date(1_764_090_000_250) }), arn);
    expect(record.arrivedAt).toBe(1_764_090_000_250);
    expect(record.record).toContain('"ApproximateCreationDateTime":1764090000.25,');
  });

  it('is known by its sequence number and its event id, and has its size in bytes', () => {
    const NewImage = { id: { S: 'á' } };
    const record = streamRecord(changed({ NewImage }), arn);
    expect(record).toMatchObject({
      id: '100000000000000000000222',
      position: '100000000000000000000222',
      eventId: 'c81e728d9d4c2f636f067f89cc14862c',
      bytes: insertText.length + 1,
    });
    expect(record.view()).toEqual(JSON.parse(record.record));
  });

  it('has one key for one item, in whichever order its attributes come', () => {
    const one = streamRecord(changed({ Keys: { id: { S: 'a' }, at: { N: '1' } } }), arn).key;
    const same = streamRecord(changed({ Keys: { at: { N: '1' }, id: { S: 'a' } } }), arn).key;
    const other = streamRecord(changed({ Keys: { at: { N: '2' }, id: { S: 'a' } } }), arn).key;
    expect(one).toBe('{"at":{"N":"1"},"id":{"S":"a"}}');
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(streamRecord(changed({ Keys: { id: { B: bytes(1, 2) } } }), arn).key).toBe('{"id":{"B":"AQI="}}');
  });
});
