import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { leaveOutTheUnused } from '../../aws/lean-client.js';
import { quiet } from '../../aws/quiet.js';

/** The AWS SDK for DynamoDB Streams; loaded when the first mapping needs it. */
export const loadStreamsSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb-streams')> =>
  import('@aws-sdk/client-dynamodb-streams');

/** The AWS SDK for tables; loaded only where a table has to be looked up or written to. */
export const loadTableSdk = (): Promise<typeof import('@aws-sdk/client-dynamodb')> =>
  import('@aws-sdk/client-dynamodb');

export interface DynamoDbClientOptions {
  /** Undefined: as the SDK resolves it. */
  readonly endpoint: string | undefined;
  /** What requests are signed for; ARNs may name another region (`ddblocal`). */
  readonly region: string;
  /** Set for endpoints that are not AWS when there are no credentials: any will do there. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** The longest a request may stay without an answer, in milliseconds. */
const answerMs = 5_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. */
export async function createStreamsClient(options: DynamoDbClientOptions): Promise<DynamoDBStreamsClient> {
  const { DynamoDBStreamsClient: Client } = await loadStreamsSdk();
  const client = new Client(settings(options));
  leaveOutTheUnused(client);
  return client;
}

/** See `createStreamsClient`. */
export async function createTableClient(options: DynamoDbClientOptions): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await loadTableSdk();
  const client = new Client(settings(options));
  leaveOutTheUnused(client);
  return client;
}

/** Where DynamoDB is, as sentences name it. */
export function addressOf({ endpoint, region }: DynamoDbClientOptions): string {
  return endpoint ?? `DynamoDB in ${region}`;
}

function settings({ endpoint, region, credentials }: DynamoDbClientOptions) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retrying is the engine's decision: it has states, reasons and a clock of its own.
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: {
      // The limit of the request covers its connection.
      connectionTimeout: 0,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      logger: quiet,
      // Every shard has a request of its own under way.
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  };
}
