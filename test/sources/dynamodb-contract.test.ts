import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { DynamoDbStreamSource } from '../../src/sources/dynamodb/source.js';
import { streamSourceContract } from '../../src/testing/stream-source-contract.js';
import { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { dynamoDbLocalIsMissing, startDynamoDbLocal, type DynamoDbLocal } from '../support/dynamodb-local.js';

let stub: DynamoDbStreamsStub;
let local: DynamoDbLocal | undefined;
let tables = 0;
const missing = dynamoDbLocalIsMissing();
if (missing !== undefined) console.warn(`skipping the contract on DynamoDB Local: ${missing}`);

beforeAll(async () => {
  stub = await DynamoDbStreamsStub.start();
  local = missing === undefined ? await startDynamoDbLocal() : undefined;
});
afterAll(async () => {
  await stub.close();
  await local?.close();
});

function source(endpoint: string, table: string): DynamoDbStreamSource {
  return new DynamoDbStreamSource({
    table,
    streamArn: undefined,
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    onAws: false,
    clock: systemClock,
  });
}

function bodyOf(record: Readonly<Record<string, unknown>>): string {
  const { NewImage } = record['dynamodb'] as { readonly NewImage: { readonly body: { readonly S: string } } };
  return NewImage.body.S;
}

const timestamps = { because: 'times of records are cut: to the second on AWS, to the minute by DynamoDB Local' };

streamSourceContract(
  {
    name: 'DynamoDB Streams (stub server)',
    timestamps,
    create: async () => {
      const table = `contract-${++tables}`;
      stub.createTable(table);
      return {
        source: source(stub.url, table),
        send: async (bodies) => {
          const changes = bodies.map((body, index) => {
            const id = `item-${index}`;
            return { id, change: { NewImage: { id: { S: id }, body: { S: body } } } };
          });
          stub.write(table, changes);
        },
        bodyOf,
        missing: () => source(stub.url, `missing-${table}`),
        split: async () => void stub.roll(table),
        dispose: async () => {},
      };
    },
  },
  { describe, it, afterEach },
);

describe.skipIf(missing !== undefined)('on a server that is started here', () => {
  streamSourceContract(
    {
      name: 'DynamoDB Streams (DynamoDB Local)',
      timestamps,
      create: async () => {
        if (local === undefined) throw new Error('DynamoDB Local was not started');
        const server = local;
        const table = `contract-${++tables}`;
        await server.createTable(table, 'NEW_AND_OLD_IMAGES');
        let items = 0;
        return {
          source: source(server.url, table),
          send: async (bodies) => {
            for (const body of bodies) await server.put(table, { id: { S: `item-${++items}` }, body: { S: body } });
          },
          bodyOf,
          missing: () => source(server.url, `missing-${table}`),
          split: () => server.disableStream(table),
          dispose: () => server.deleteTable(table),
        };
      },
    },
    { describe, it, afterEach },
  );
});
