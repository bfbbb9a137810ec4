import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/contracts/checkpoint-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { systemRandom } from '../../../src/platform/random.js';
import { DynamoDbTable } from '../../../src/state/dynamodb/dynamodb-table.js';
import { DynamoDbCheckpointStore } from '../../../src/state/dynamodb/dynamodb-checkpoints.js';
import { dynamoDbLocalIsMissing, startDynamoDbLocal, type DynamoDbLocal } from '../../support/dynamodb-local.js';
import { checkpointStoreContract } from '../checkpoint-store-contract.js';
import { leaseTableContract } from './lease-table-contract.js';
import { after, claimed, partitionsOf } from '../partition-states.js';

const missing = dynamoDbLocalIsMissing();
if (missing !== undefined) console.warn(`skipping tests on DynamoDB Local: ${missing}`);

const parts = { clock: systemClock, random: systemRandom };
const mapping = '6e0d7c3a-5d52-5f8b-9d0a-1c9f6a9b2f10';

describe.skipIf(missing !== undefined)('on DynamoDB Local', () => {
  let local: DynamoDbLocal;
  let tables = 0;
  let processes = 0;
  const opened: CheckpointStore[] = [];
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(async () => {
    for (const store of opened) await store.close();
    await local?.close();
  });
  const open = async (table: string, endpoint = local.url): Promise<CheckpointStore> => {
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const owner = `process-${++processes}`;
    const store = new DynamoDbCheckpointStore({ table, endpoint, region: 'us-east-1', credentials, owner, ...parts });
    opened.push(store);
    return store;
  };

  checkpointStoreContract({
    name: 'a DynamoDB table',
    survives: true,
    create: async () => {
      const table = `contract-${++tables}`;
      return {
        open: () => open(table),
        dispose: async () =>
          void (await local.client.send(new DeleteTableCommand({ TableName: table })).catch(() => {})),
      };
    },
  });

  leaseTableContract('a DynamoDB table', async () => {
    const reach = { endpoint: local.url, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
    return new DynamoDbTable({ ...reach, table: `leases-${++tables}`, answerMs: 5_000, clock: systemClock });
  });

  it('creates the table, paid for by request, also when two processes want it at once', async () => {
    const table = 'created';
    const ledgers = (await Promise.all([open(table), open(table)])).map((store) => store.ledger(mapping));
    await Promise.all(ledgers.map((ledger) => ledger.begin('stream-1', partitionsOf(['a']))));
    const { Table } = await local.client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'mapping', KeyType: 'HASH' },
      { AttributeName: 'entry', KeyType: 'RANGE' },
    ]);
  });

  it('lets two processes share partitions, and one hand them to the other', async () => {
    const [one, other] = (await Promise.all([open('shared'), open('shared')])).map((store) => store.ledger(mapping));
    const ids = ['a', 'b', 'c', 'd'];
    await one?.begin('stream-1', partitionsOf(ids));
    const leases = (await one?.claim(ids)) ?? [];
    expect(leases).toHaveLength(4);
    expect(await other?.claim(ids)).toEqual([]);
    // What the renewals would find out within a third of the lease time, the checkpoints do now.
    await Promise.all(leases.map((lease) => lease.checkpoint('1')));
    const asked = leases.filter(({ wanted }) => wanted?.aborted);
    expect(asked).toHaveLength(1);
    await asked[0]?.release();
    expect(await one?.claim(ids)).toEqual([]);
    const taken = await other?.claim(ids);
    expect(taken?.map(({ partition, from }) => [partition, from])).toEqual([
      [asked[0]?.partition, { kind: 'after', position: '1' }],
    ]);
    await one?.close();
    expect(await other?.claim(ids)).toHaveLength(3);
  });

  it('pages through the partitions of a mapping', async () => {
    const ledger = (await open('large')).ledger(mapping);
    const position = 'x'.repeat(9_000);
    const ids = Array.from({ length: 150 }, (_, index) => `shard-${index}`);
    await ledger.begin('stream-1', partitionsOf(ids, after(position)));
    expect((await ledger.read()).partitions.size).toBe(150);
    expect(await ledger.claim(ids)).toHaveLength(150);
  });

  it('refuses a table that is not one of checkpoints', async () => {
    await local.client.send(
      new CreateTableCommand({
        TableName: 'customers',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await expect((await open('customers')).ledger(mapping).read()).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message:
        'table customers is not one for checkpoints: its key is id, not mapping, entry; name another one in state: dynamodb://<table>, and it is created',
    });
  });

  it('says where nobody answers, and goes on when somebody does', async () => {
    const ledger = (await open('nowhere', 'http://127.0.0.1:9')).ledger(mapping);
    await expect(ledger.read()).rejects.toMatchObject({
      name: 'SourceError',
      kind: 'unreachable',
      message: expect.stringContaining('no answer from the checkpoint table nowhere at http://127.0.0.1:9') as string,
    });
  });

  it('does not begin anew in silence when the table disappears', async () => {
    const ledger = (await open('removed')).ledger(mapping);
    await ledger.begin('stream-1', partitionsOf(['a']));
    const lease = await claimed(ledger, 'a');
    await local.client.send(new DeleteTableCommand({ TableName: 'removed' }));
    const gone = {
      kind: 'missing',
      message: `the checkpoint table removed at ${local.url} does not exist any more, and the checkpoints are lost with it; restart millrace to begin anew`,
    };
    await expect(lease.checkpoint('1')).rejects.toMatchObject(gone);
    await expect(ledger.read()).rejects.toMatchObject(gone);
  });

  it('says which checkpoint cannot be read', async () => {
    const ledger = (await open('unreadable')).ledger(mapping);
    await ledger.replace('stream-1', new Map());
    await ledger.add(partitionsOf(['a']));
    const items = await local.client.send(new PutItemCommand(await rowWith('unreadable', '{"v":2,"kind":"open"}')));
    expect(items.$metadata.httpStatusCode).toBe(200);
    await expect(ledger.read()).rejects.toThrow(
      'the checkpoint of a in table unreadable cannot be used: it was written by a newer millrace (format 2, and this one knows 1): update millrace',
    );
  });

  async function rowWith(table: string, state: string) {
    const { Items = [] } = await local.client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'mapping = :mapping AND begins_with(entry, :prefix)',
        ExpressionAttributeValues: { ':mapping': { S: mapping }, ':prefix': { S: 'partition/' } },
      }),
    );
    return { TableName: table, Item: { ...Items[0], state: { S: state } } };
  }
});
