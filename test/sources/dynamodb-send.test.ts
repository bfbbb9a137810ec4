import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseItem } from '../../src/sources/dynamodb/item.js';
import { sendToDynamoDb, type DynamoDbTarget } from '../../src/sources/dynamodb/send.js';
import { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { StubError } from '../fakes/sqs-stub.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

let stub: DynamoDbStreamsStub;
let clock: VirtualClock;
beforeAll(async () => {
  stub = await DynamoDbStreamsStub.start();
});
afterAll(() => stub.close());
beforeEach(() => {
  clock = new VirtualClock();
  stub.createTable('orders');
  stub.writesPerBatch = Number.POSITIVE_INFINITY;
  stub.requests.length = 0;
});

const target = (table = 'orders'): DynamoDbTarget => ({
  table,
  region: 'us-east-1',
  endpoint: stub.url,
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  clock,
});
const item = (id: string, more: object = {}): string => JSON.stringify({ id, ...more });

/** Lets pauses pass until it is done. */
async function inVirtualTime<T>(work: Promise<T>): Promise<T> {
  const progress = { done: false };
  const finished = work.finally(() => (progress.done = true));
  finished.catch(() => {});
  while (!progress.done) await clock.advance(10_000);
  return finished;
}

describe('an item to be put', () => {
  it.each([
    {
      name: 'plain JSON',
      text: '{"id":"a","n":1.5,"flag":true,"none":null,"list":[1,"x"],"map":{"deep":{}}}',
      read: {
        id: { S: 'a' },
        n: { N: '1.5' },
        flag: { BOOL: true },
        none: { NULL: true },
        list: { L: [{ N: '1' }, { S: 'x' }] },
        map: { M: { deep: { M: {} } } },
      },
    },
    {
      name: 'DynamoDB JSON, with bytes for base64',
      text: '{"id":{"S":"a"},"n":{"N":"12345678901234567890"},"b":{"B":"AQI="},"bs":{"BS":["AQ=="]},"m":{"M":{"l":{"L":[{"B":"Ag=="},{"NULL":true}]}}},"ss":{"SS":["x"]}}',
      read: {
        id: { S: 'a' },
        n: { N: '12345678901234567890' },
        b: { B: Buffer.from([1, 2]) },
        bs: { BS: [Buffer.from([1])] },
        m: { M: { l: { L: [{ B: Buffer.from([2]) }, { NULL: true }] } } },
        ss: { SS: ['x'] },
      },
    },
    {
      name: 'plain JSON when one attribute is not typed',
      text: '{"id":"a","like":{"S":"typed"}}',
      read: { id: { S: 'a' }, like: { M: { S: { S: 'typed' } } } },
    },
    {
      name: 'plain JSON when an object has two keys that are types',
      text: '{"id":{"S":"a","N":"1"}}',
      read: { id: { M: { S: { S: 'a' }, N: { S: '1' } } } },
    },
  ])('is read as $name', async ({ text, read }) => {
    expect(await parseItem(text)).toEqual(read);
  });

  it.each([
    { text: '{"id":', says: 'item {"id":: ' },
    { text: '[1]', says: 'item [1]: it is not an object; an item is a JSON object, plain' },
    { text: '"a"', says: 'it is not an object' },
    { text: '{"id":{"S":"a"},"n":{"N":1}}', says: 'n must be text (numbers as well: {"N":"1"})' },
    { text: '{"id":{"S":"a"},"f":{"BOOL":"true"}}', says: 'f must be true or false' },
    { text: '{"id":{"S":"a"},"s":{"NS":[1]}}', says: 's must have texts' },
    { text: '{"id":{"S":"a"},"l":{"L":{}}}', says: 'l must be a list' },
    { text: '{"id":{"S":"a"},"m":{"M":[]}}', says: 'm is no map' },
    { text: '{"id":{"S":"a"},"b":{"B":1}}', says: 'b must be base64 text' },
    { text: '{"id":{"S":"a"},"m":{"M":{"l":{"L":["x"]}}}}', says: 'm.l[0] has no type' },
    { text: '{"id":"a","n":12345678901234567890}', says: 'Number' },
  ])('is refused: $text', async ({ text, says }) => {
    await expect(parseItem(text)).rejects.toMatchObject({
      name: 'MillraceError',
      message: expect.stringContaining(says) as string,
    });
  });
});

describe('putting items into a table', () => {
  it('sends 25 at a time, in order, and tells the keys as records of the stream have them', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `item-${index}`);
    const keys = await sendToDynamoDb(
      target(),
      names.map((id) => item(id, { n: 1 })),
    );
    expect(keys).toEqual(names.map((id) => `{"id":{"S":"${id}"}}`));
    expect(stub.items('orders')).toEqual(names.map((id) => ({ id: { S: id }, n: { N: '1' } })));
    expect(stub.callsOf('BatchWriteItem')).toHaveLength(3);
  });

  it('sends bytes of DynamoDB JSON as they were', async () => {
    const text = '{"id":{"S":"a"},"b":{"B":"AP/+"}}';
    await sendToDynamoDb(target(), [text]);
    expect(stub.items('orders')).toEqual([JSON.parse(text)]);
  });

  it('keeps the order of items with one key, which may not be in one batch', async () => {
    const items = [item('a', { n: 1 }), item('b', { n: 1 }), item('a', { n: 2 })];
    expect(await sendToDynamoDb(target(), items)).toHaveLength(3);
    expect(stub.items('orders').map(({ id, n }) => [id?.['S'], n?.['N']])).toEqual([
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ]);
  });

  it('sends again what was not processed, before anything that follows', async () => {
    stub.writesPerBatch = 10;
    const names = Array.from({ length: 30 }, (_, index) => `item-${index}`);
    await inVirtualTime(
      sendToDynamoDb(
        target(),
        names.map((id) => item(id)),
      ),
    );
    expect(stub.items('orders').map(({ id }) => id?.['S'])).toEqual(names);
  });

  it('sends again what was throttled altogether', async () => {
    stub.fail('BatchWriteItem', new StubError(400, 'ProvisionedThroughputExceededException', 'slow down'), 2);
    await inVirtualTime(sendToDynamoDb(target(), [item('a')]));
    expect(stub.items('orders')).toHaveLength(1);
  });

  it('gives up when nothing is taken for long', async () => {
    stub.writesPerBatch = 0;
    await expect(inVirtualTime(sendToDynamoDb(target(), [item('a'), item('b')]))).rejects.toMatchObject({
      name: 'SourceError',
      kind: 'throttled',
      message: 'table orders did not take 2 items; try again more slowly',
    });
    expect(stub.callsOf('BatchWriteItem')).toHaveLength(9);
  });

  it('writes nothing when one item is none, or has no key', async () => {
    await expect(sendToDynamoDb(target(), [item('a'), 'nonsense'])).rejects.toThrow('item nonsense: ');
    await expect(sendToDynamoDb(target(), [item('a'), '{"name":"b"}'])).rejects.toThrow(
      'item {"name":{"S":"b"}}: add the key of table orders: id',
    );
    expect(stub.items('orders')).toEqual([]);
  });

  it('says that a table is missing', async () => {
    await expect(sendToDynamoDb(target('nowhere'), [item('a')])).rejects.toMatchObject({
      name: 'SourceError',
      kind: 'missing',
    });
  });
});
