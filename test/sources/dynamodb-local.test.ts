import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/platform/clock.js';
import type { PartitionReader, StartPoint, StreamRecord } from '../../src/contracts/stream-source.js';
import { sendToDynamoDb } from '../../src/sources/dynamodb/send.js';
import { DynamoDbStreamSource } from '../../src/sources/dynamodb/source.js';
import { dynamoDbLocalIsMissing, startDynamoDbLocal, type DynamoDbLocal } from '../support/dynamodb-local.js';

const missing = dynamoDbLocalIsMissing();
if (missing !== undefined) console.warn(`skipping tests on DynamoDB Local: ${missing}`);

const horizon: StartPoint = { kind: 'horizon' };
const signal = new AbortController().signal;
const place = { region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

async function open(source: DynamoDbStreamSource, from: StartPoint): Promise<PartitionReader> {
  const [shard] = await source.partitions();
  return source.open(shard?.id ?? '', from);
}

async function records(reader: PartitionReader, count: number): Promise<readonly StreamRecord[]> {
  const found: StreamRecord[] = [];
  while (found.length < count) {
    const page = await reader.read({ max: 1_000, signal });
    found.push(...page.records);
    if (page.ended) break;
    if (page.atTip) await sleep(systemClock, 20);
  }
  return found;
}

function changeOf(event: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return event?.['dynamodb'] as Readonly<Record<string, unknown>>;
}

describe.skipIf(missing !== undefined)('a table of DynamoDB Local', () => {
  let local: DynamoDbLocal;
  let table: string;
  let streamArn: string;
  let tables = 0;
  const opened: DynamoDbStreamSource[] = [];
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(() => local.close());
  beforeEach(async () => {
    table = `orders-${++tables}`;
    streamArn = await local.createTable(table, 'NEW_AND_OLD_IMAGES');
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
  });

  function sourceOf(stream: string | undefined, of = table): DynamoDbStreamSource {
    const source = new DynamoDbStreamSource({
      table: of,
      streamArn: stream,
      endpoint: local.url,
      onAws: false,
      clock: systemClock,
      ...place,
    });
    opened.push(source);
    return source;
  }

  it('has ARNs of a region that does not exist, whatever the region of the client', async () => {
    expect(streamArn).toContain(':ddblocal:');
    expect((await sourceOf(streamArn).describe()).identity).toContain(streamArn);
    expect((await sourceOf(undefined).describe()).identity).toContain(streamArn);
  });

  it('names its stream when the mapping has the ARN of another region', async () => {
    const source = sourceOf(streamArn.replace(':ddblocal:', ':eu-west-1:'));
    await expect(source.describe()).rejects.toThrow(`the latest stream of table ${table} is ${streamArn}`);
  });

  it('tells every kind of change, with the images that there are', async () => {
    await local.put(table, { id: { S: 'a' }, n: { N: '1' } });
    await local.put(table, { id: { S: 'a' }, n: { N: '2' } });
    await local.remove(table, 'a');
    const events = (await records(await open(sourceOf(undefined), horizon), 3)).map((record) => record.view());
    expect(events).toMatchObject([
      { eventName: 'INSERT', dynamodb: { NewImage: { n: { N: '1' } } } },
      { eventName: 'MODIFY', dynamodb: { NewImage: { n: { N: '2' } }, OldImage: { n: { N: '1' } } } },
      { eventName: 'REMOVE', dynamodb: { OldImage: { n: { N: '2' } } } },
    ]);
    const [insert] = events;
    expect(insert).toMatchObject({ eventVersion: '1.1', awsRegion: 'ddblocal', eventSourceARN: streamArn });
    expect(insert?.['dynamodb']).not.toHaveProperty('OldImage');
    expect(insert).not.toHaveProperty('userIdentity');
    const { ApproximateCreationDateTime: created } = changeOf(insert);
    expect(Math.abs(Number(created) - systemClock.now() / 1_000)).toBeLessThan(120);
  });

  it('tells bytes as base64', async () => {
    await local.put(table, { id: { S: 'a' }, b: { B: Buffer.from([0, 255]) }, bs: { BS: [Buffer.from([1])] } });
    const [record] = await records(await open(sourceOf(undefined), horizon), 1);
    expect(record?.view()).toMatchObject({ dynamodb: { NewImage: { b: { B: 'AP8=' }, bs: { BS: ['AQ=='] } } } });
  });

  it('tells only keys where the stream has no more', async () => {
    await local.createTable(`${table}-keys`, 'KEYS_ONLY');
    await local.put(`${table}-keys`, { id: { S: 'a' }, n: { N: '1' } });
    const [record] = await records(await open(sourceOf(undefined, `${table}-keys`), horizon), 1);
    expect(Object.keys(changeOf(record?.view()))).toEqual([
      'ApproximateCreationDateTime',
      'Keys',
      'SequenceNumber',
      'SizeBytes',
      'StreamViewType',
    ]);
  });

  it('has one key for one item with a sort key', async () => {
    await local.createSortedTable(`${table}-sorted`, 'KEYS_ONLY');
    await local.put(`${table}-sorted`, { id: { S: 'a' }, at: { N: '2' }, x: { S: '1' } });
    await local.put(`${table}-sorted`, { id: { S: 'a' }, at: { N: '2' }, x: { S: '2' } });
    const found = await records(await open(sourceOf(undefined, `${table}-sorted`), horizon), 2);
    expect(found.map(({ key }) => key)).toEqual(Array.from({ length: 2 }, () => '{"at":{"N":"2"},"id":{"S":"a"}}'));
  });

  it('ends its shard when the stream is disabled, and has another stream when it is enabled again', async () => {
    const source = sourceOf(undefined);
    await local.put(table, { id: { S: 'a' } });
    const reader = await open(source, horizon);
    expect(await records(reader, 1)).toHaveLength(1);
    await local.disableStream(table);
    expect(await reader.read({ max: 10, signal })).toEqual({ records: [], ended: true, atTip: true });
    const { identity, identityText } = await source.describe();
    expect(identityText).toContain('it is disabled');
    const next = await local.enableStream(table, 'KEYS_ONLY');
    const facts = await source.describe();
    expect(facts.identity).not.toBe(identity);
    expect(facts.identity).toContain(next);
    expect(await source.partitions()).toMatchObject([{ closed: false }]);
  });

  it('has another identity when it was deleted and created again', async () => {
    const source = sourceOf(undefined);
    const { identity } = await source.describe();
    await local.deleteTable(table);
    await expect(source.describe()).rejects.toMatchObject({ kind: 'missing' });
    await local.createTable(table, 'KEYS_ONLY');
    expect((await source.describe()).identity).not.toBe(identity);
  });

  it('may have no stream', async () => {
    await local.createTable(`${table}-none`, undefined);
    await expect(sourceOf(undefined, `${table}-none`).describe()).rejects.toThrow('has no stream; enable one');
  });

  it('tells of a position that the shard never had, and is read from its oldest record', async () => {
    await local.put(table, { id: { S: 'a' } });
    const reader = await open(sourceOf(undefined), { kind: 'after', position: '000000000000000000000' });
    const page = await reader.read({ max: 10, signal });
    expect(page.records).toHaveLength(1);
    expect(page.trimmed).toContain('the shard does not know the position');
  });

  it('has its tip behind all of many pages', async () => {
    const source = sourceOf(undefined);
    const batches = Array.from({ length: 44 }, (_, batch) =>
      Array.from({ length: 25 }, (__, index) => ({ id: { S: `${batch}-${index}` } })),
    );
    for (const batch of batches) await local.putAll(table, batch);
    const [shard] = await source.partitions();
    const position = await source.tip(shard?.id ?? '');
    await local.put(table, { id: { S: 'later' } });
    const [first] = await records(await open(source, { kind: 'after', position }), 1);
    expect(first?.key).toBe('{"id":{"S":"later"}}');
  });

  it('hands over what it removes because it lived too long, whatever it calls that', async () => {
    await local.expireBy(table, 'until');
    const reader = await open(sourceOf(undefined), horizon);
    const past = String(Math.floor(systemClock.now() / 1_000) - 60);
    await local.put(table, { id: { S: 'a' }, until: { N: past } });
    const [, removed] = await records(reader, 2);
    expect(removed?.view()).toMatchObject({ dynamodb: { Keys: { id: { S: 'a' } }, OldImage: { until: { N: past } } } });
  });

  it('takes items, and its stream has them under the keys that were told', async () => {
    const items = ['{"id":"a","n":1}', '{"id":{"S":"b"},"n":{"N":"1"}}', '{"id":"a","n":2}'];
    const target = { table, endpoint: local.url, clock: systemClock, ...place };
    const keys = await sendToDynamoDb(target, items);
    const found = await records(await open(sourceOf(undefined), horizon), 3);
    expect(found.map(({ key }) => key)).toEqual(keys);
    expect(found.map((record) => record.view()['eventName'])).toEqual(['INSERT', 'INSERT', 'MODIFY']);
  });
});
