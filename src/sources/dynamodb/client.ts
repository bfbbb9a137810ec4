import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { aSocketForEach, clientSettings, connectionSettings, type ServiceReach } from '../../aws/client-settings.js';
import { leaveOutTheUnused } from '../../aws/lean-client.js';

/** The AWS SDK for DynamoDB Streams; loaded when the first mapping needs it. */
export const loadStreamsSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb-streams')> =>
  import('@aws-sdk/client-dynamodb-streams');

/** The AWS SDK for tables; loaded only where a table has to be looked up or written to. */
export const loadTableSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb')> =>
  import('@aws-sdk/client-dynamodb');

/** The longest a request may stay without an answer, in milliseconds. */
const answerMs = 5_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. */
export async function createStreamsClient(options: ServiceReach): Promise<DynamoDBStreamsClient> {
  const { DynamoDBStreamsClient: Client } = await loadStreamsSdk();
  const client = new Client(settings(options));
  leaveOutTheUnused(client);
  return client;
}

/** See `createStreamsClient`. */
export async function createTableClient(options: ServiceReach): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await loadTableSdk();
  const client = new Client(settings(options));
  leaveOutTheUnused(client);
  return client;
}

/** Where DynamoDB is, as sentences name it. */
export function addressOf({ endpoint, region }: ServiceReach): string {
  return endpoint ?? `DynamoDB in ${region}`;
}

function settings(reach: ServiceReach) {
  return {
    ...clientSettings(reach),
    cacheMiddleware: true,
    requestHandler: { ...connectionSettings(answerMs), ...aSocketForEach },
  };
}
