import type { DynamoDBClient, KeySchemaElement, TableDescription } from '@aws-sdk/client-dynamodb';
import { serviceError, serviceErrorKind, type ServiceWords } from '../../aws/service-error.js';
import { SourceError } from '../../contracts/source-error.js';
import { sleep, type Clock } from '../../platform/clock.js';
import { MillraceError } from '../../platform/millrace-error.js';
import type { ServiceReach } from '../../aws/client-settings.js';
import { createDynamoDbClient, loadDynamoDbSdk } from './dynamodb-client.js';
import { content, generationItem, newRow, rowKey, rowOf, tableKey, updateOf, type Item } from './dynamodb-rows.js';
import type { Generation, LeaseRow, LeaseTable, RowChange, RowCondition, RowKey } from './lease-table.js';

interface DynamoDbTableOptions extends ServiceReach {
  readonly table: string;
  /** How long a request may stay without an answer, in milliseconds. */
  readonly answerMs: number;
  readonly clock: Clock;
}

type Sdk = typeof import('@aws-sdk/client-dynamodb');

/** How often a table that is being created is looked at, and for how long. */
const creation = { everyMs: 500, looks: 120 } as const;

/** A DynamoDB table with leases. It is created, and paid for by request, at the first call if there is none. */
export class DynamoDbTable implements LeaseTable {
  readonly #options: DynamoDbTableOptions;
  readonly #words: ServiceWords;
  #ready: Promise<{ readonly client: DynamoDBClient; readonly sdk: Sdk }> | undefined;
  #client: DynamoDBClient | undefined;
  readonly #closed = new AbortController();

  constructor(options: DynamoDbTableOptions) {
    this.#options = options;
    const { endpoint, region, table } = options;
    const actions = ['DescribeTable', 'CreateTable', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'];
    this.#words = {
      service: 'DynamoDB',
      endpoint: 'dynamodb',
      address: `the checkpoint table ${table} at ${endpoint ?? `DynamoDB in ${region}`}`,
      permissions: actions.map((action) => `dynamodb:${action}`),
    };
  }

  load(mapping: string): ReturnType<LeaseTable['load']> {
    return this.#call(async ({ client, sdk, TableName }) => {
      const items: Item[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = await client.send(
          new sdk.QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: '#mapping = :mapping',
            ExpressionAttributeNames: { '#mapping': tableKey.partition },
            ExpressionAttributeValues: { ':mapping': { S: mapping } },
            ExclusiveStartKey,
          }),
        );
        items.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return content(items, TableName);
    });
  }

  enforce(
    mapping: string,
    generation: Generation,
    condition?: { readonly after: string | undefined },
  ): Promise<boolean> {
    return this.#call(({ client, sdk, TableName }) => {
      const put = { TableName, Item: generationItem(mapping, generation) };
      return succeeds(client.send(new sdk.PutItemCommand({ ...put, ...afterGeneration(condition) })));
    });
  }

  add(key: RowKey, state: LeaseRow['state']): Promise<void> {
    return this.#call(async ({ client, sdk, TableName }) => {
      const ConditionExpression = 'attribute_not_exists(#entry)';
      const ExpressionAttributeNames = { '#entry': tableKey.sort };
      const put = { TableName, Item: newRow(key, state), ConditionExpression, ExpressionAttributeNames };
      await succeeds(client.send(new sdk.PutItemCommand(put)));
    });
  }

  remove(key: RowKey): Promise<void> {
    return this.#call(async ({ client, sdk, TableName }) => {
      await client.send(new sdk.DeleteItemCommand({ TableName, Key: rowKey(key) }));
    });
  }

  change(key: RowKey, change: RowChange, condition: RowCondition): Promise<LeaseRow | undefined> {
    return this.#call(async ({ client, sdk, TableName }) => {
      const update = { TableName, Key: rowKey(key), ...updateOf(change, condition), ReturnValues: 'ALL_NEW' } as const;
      const answer = await unlessRefused(client.send(new sdk.UpdateItemCommand(update)));
      return answer?.Attributes && rowOf(answer.Attributes, key.generation, TableName);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the checkpoint table is closed'));
    await this.#ready?.catch(() => {});
    this.#client?.destroy();
  }

  async #call<T>(
    work: (parts: { readonly client: DynamoDBClient; readonly sdk: Sdk; readonly TableName: string }) => Promise<T>,
  ): Promise<T> {
    try {
      const ready = (this.#ready ??= this.#prepare().catch((error: unknown) => {
        this.#ready = undefined; // the next call tries again
        throw error;
      }));
      return await work({ ...(await ready), TableName: this.#options.table });
    } catch (error) {
      throw error instanceof MillraceError ? error : this.#explained(error);
    }
  }

  /** A table that was there is not created again: that would begin every mapping anew, and nobody would know why. */
  #explained(error: unknown): SourceError {
    const { address } = this.#words;
    if (serviceErrorKind(error) !== 'missing') return serviceError(error, this.#words);
    const because = `${address} does not exist any more, and the checkpoints are lost with it; restart millrace to begin anew`;
    return new SourceError('missing', because, { cause: error });
  }

  async #prepare(): Promise<{ readonly client: DynamoDBClient; readonly sdk: Sdk }> {
    const sdk = await loadDynamoDbSdk();
    const client = (this.#client ??= await createDynamoDbClient(this.#options, this.#options.answerMs));
    await this.#ensureTable(client, sdk);
    return { client, sdk };
  }

  async #ensureTable(client: DynamoDBClient, sdk: Sdk): Promise<void> {
    const { clock } = this.#options;
    for (let looks = 1; looks <= creation.looks; looks++) {
      const description =
        (await this.#describe(client, sdk)) ??
        // Local servers have made it when they answer.
        (await this.#createTable(client, sdk));
      if (description?.KeySchema !== undefined) this.#checkKey(description.KeySchema);
      if (description?.TableStatus === 'ACTIVE' || description?.TableStatus === 'UPDATING') return;
      await sleep(clock, creation.everyMs, this.#closed.signal);
    }
    throw new SourceError('failed', `${this.#words.address} is being created, and not ready yet`);
  }

  async #describe(client: DynamoDBClient, sdk: Sdk): Promise<TableDescription | undefined> {
    const asked = client.send(new sdk.DescribeTableCommand({ TableName: this.#options.table }));
    return (await asked.catch(unlessNamed('ResourceNotFoundException')))?.Table;
  }

  async #createTable(client: DynamoDBClient, sdk: Sdk): Promise<TableDescription | undefined> {
    const create = new sdk.CreateTableCommand({
      TableName: this.#options.table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: tableKey.partition, KeyType: 'HASH' },
        { AttributeName: tableKey.sort, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: Object.values(tableKey).map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    });
    // Another process may be creating it at this moment.
    return (await client.send(create).catch(unlessNamed('ResourceInUseException')))?.TableDescription;
  }

  #checkKey(schema: readonly KeySchemaElement[]): void {
    const names = schema.map(({ AttributeName }) => AttributeName).join(', ');
    const wanted = Object.values(tableKey).join(', ');
    if (names === wanted) return;
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `table ${this.#options.table} is not one for checkpoints: its key is ${names}, not ${wanted}; name another one in state: dynamodb://<table>, and it is created`,
    );
  }
}

function afterGeneration(condition: { readonly after: string | undefined } | undefined): object {
  if (condition === undefined) return {};
  const { after } = condition;
  if (after === undefined) {
    return { ConditionExpression: 'attribute_not_exists(#id)', ExpressionAttributeNames: { '#id': 'id' } };
  }
  return {
    ConditionExpression: '#id = :after',
    ExpressionAttributeNames: { '#id': 'id' },
    ExpressionAttributeValues: { ':after': { S: after } },
  };
}

/** Resolves with undefined when the condition did not hold. */
function unlessRefused<T>(sent: Promise<T>): Promise<T | undefined> {
  return sent.catch(unlessNamed('ConditionalCheckFailedException'));
}

async function succeeds(sent: Promise<object>): Promise<boolean> {
  return (await unlessRefused(sent)) !== undefined;
}

function unlessNamed(name: string): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Error) || error.name !== name) throw error;
    return undefined;
  };
}
