import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { leaveOutTheUnused } from '../aws/lean-client.js';
import { quiet } from '../aws/quiet.js';

/** The AWS SDK for tables; loaded only when checkpoints are kept in one. */
export const loadDynamoDbSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb')> =>
  import('@aws-sdk/client-dynamodb');

export interface DynamoDbReach {
  /** Undefined: as the SDK resolves it. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined: as the SDK resolves them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** `answerMs`: how long a request may stay without an answer. */
export async function createDynamoDbClient(
  { endpoint, region, credentials }: DynamoDbReach,
  answerMs: number,
): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await loadDynamoDbSdk();
  const client = new Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // A write that the SDK repeats by itself would fail on its own first success.
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: {
      // The limit of the request covers its connection.
      connectionTimeout: 0,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      logger: quiet,
      // Each lease has a request of its own under way.
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  });
  leaveOutTheUnused(client);
  return client;
}
