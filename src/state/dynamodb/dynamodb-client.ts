import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { aSocketForEach, clientSettings, connectionSettings, type ServiceReach } from '../../aws/client-settings.js';
import { leaveOutTheUnused } from '../../aws/lean-client.js';

/** The AWS SDK for tables; loaded only when checkpoints are kept in one. */
export const loadDynamoDbSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb')> =>
  import('@aws-sdk/client-dynamodb');

/** `answerMs`: how long a request may stay without an answer. */
export async function createDynamoDbClient(reach: ServiceReach, answerMs: number): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await loadDynamoDbSdk();
  const client = new Client({
    ...clientSettings(reach),
    cacheMiddleware: true,
    requestHandler: { ...connectionSettings(answerMs), ...aSocketForEach },
  });
  leaveOutTheUnused(client);
  return client;
}
