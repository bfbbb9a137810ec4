import type { DynamoDBClient, WriteRequest } from '@aws-sdk/client-dynamodb';
import type { ServiceReach } from '../../aws/client-settings.js';
import { serviceErrorKind } from '../../aws/service-error.js';
import { SourceError } from '../../contracts/source-error.js';
import { sleep, type Clock } from '../../platform/clock.js';
import { MillraceError } from '../../platform/millrace-error.js';
import { eventAttributes, keyText } from './attribute-value.js';
import { addressOf, createTableClient, loadTableSdk } from './client.js';
import { dynamoDbTableError } from './errors.js';
import { parseItem, type Item } from './item.js';

/** A table to be written to. */
export interface DynamoDbTarget extends ServiceReach {
  readonly table: string;
  readonly clock: Clock;
}

/** An item that is about to be put. */
interface KeyedItem {
  readonly item: Item;
  readonly key: string;
}

/** DynamoDB's limit for one batch of writes. */
const perCall = 25;
/** Writes that DynamoDB leaves undone are tried again after 50 ms, 100 ms, … up to this often. */
const mostRetries = 8;
const firstPauseMs = 50;

/**
 * Puts items, each the text of a JSON object, into a table: the changes appear in its stream, those of one key in the
 * order of the items. Resolves with the keys as records of the stream have them, `{"id":{"S":"a"}}`. Rejects with a
 * `MillraceError` for what is no item, before anything is written, and with a `SourceError`.
 */
export async function sendToDynamoDb(target: DynamoDbTarget, items: readonly string[]): Promise<readonly string[]> {
  const parsed = await Promise.all(items.map(parseItem));
  const client = await createTableClient(target);
  try {
    const keyed = await withKeys(client, target.table, parsed);
    for (let start = 0; start < keyed.length; start += perCall) {
      await putChunk(client, target, keyed.slice(start, start + perCall));
    }
    return keyed.map(({ key }) => key);
  } catch (error) {
    throw error instanceof MillraceError ? error : dynamoDbTableError(error, addressOf(target));
  } finally {
    client.destroy();
  }
}

async function withKeys(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<readonly KeyedItem[]> {
  const { DescribeTableCommand } = await loadTableSdk();
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const names = (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  return items.map((item) => {
    const keys = Object.entries(item).filter(([name]) => names.includes(name));
    if (keys.length === names.length) return { item, key: keyText(eventAttributes(Object.fromEntries(keys))) };
    const missing = names.filter((name) => !Object.hasOwn(item, name)).join(', ');
    const text = JSON.stringify(eventAttributes(item)).slice(0, 100);
    throw new MillraceError('CONFIGURATION_INVALID', `item ${text}: add the key of table ${table}: ${missing}`);
  });
}

/** DynamoDB refuses a batch that has a key twice: then each item is a batch of its own. */
async function putChunk(client: DynamoDBClient, target: DynamoDbTarget, items: readonly KeyedItem[]): Promise<void> {
  if (new Set(items.map(({ key }) => key)).size === items.length) return putBatch(client, target, items);
  for (const item of items) await putBatch(client, target, [item]);
}

async function putBatch(
  client: DynamoDBClient,
  { table, clock }: DynamoDbTarget,
  items: readonly KeyedItem[],
): Promise<void> {
  let left: WriteRequest[] = items.map(({ item }) => ({ PutRequest: { Item: item } }));
  for (let retries = 0; ; retries++) {
    left = await write(client, table, left);
    if (left.length === 0) return;
    if (retries === mostRetries) {
      throw new SourceError('throttled', `table ${table} did not take ${left.length} items; try again more slowly`);
    }
    await sleep(clock, firstPauseMs * 2 ** retries);
  }
}

/** Resolves with what is left to be done, which is all of it when the table is too busy. */
async function write(client: DynamoDBClient, table: string, requests: WriteRequest[]): Promise<WriteRequest[]> {
  const { BatchWriteItemCommand } = await loadTableSdk();
  try {
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    return UnprocessedItems?.[table] ?? [];
  } catch (error) {
    if (serviceErrorKind(error) === 'throttled') return requests;
    throw error;
  }
}
