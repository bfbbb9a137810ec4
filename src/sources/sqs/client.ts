import type { SQSClient } from '@aws-sdk/client-sqs';
import { leaveOutTheUnused } from '../../aws/lean-client.js';
import { quiet } from '../../aws/quiet.js';

/** The AWS SDK for SQS; loaded when the first SQS mapping needs it, because loading it takes longer than everything else at start. */
export const loadSqsSdk = (): Promise<typeof import('@aws-sdk/client-sqs')> => import('@aws-sdk/client-sqs');

export interface SqsClientOptions {
  /** Undefined: as the SDK resolves it. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Set for endpoints that are not AWS when there are no credentials: any will do there. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** The longest a request may stay without an answer, in milliseconds. */
  readonly silenceMs: number;
}

/** How long a request may take that does not wait for messages. */
const answerMs = 5_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. */
export async function createSqsClient({
  endpoint,
  region,
  credentials,
  silenceMs,
}: SqsClientOptions): Promise<SQSClient> {
  const { SQSClient: Client } = await loadSqsSdk();
  const client = new Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retrying is the engine's decision: it has states, reasons and a clock of its own.
    maxAttempts: 1,
    // The digest of a body goes to the handler as it came. Local servers that compute it wrongly would strand every message.
    md5: false,
    cacheMiddleware: true,
    requestHandler: {
      // The limit of the request covers its connection.
      connectionTimeout: 0,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      logger: quiet,
      socketTimeout: silenceMs,
      // Up to 1,000 batches may be in hand (ScalingConfig), and each long poll keeps a socket.
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  });
  giveReceivesTime(client, silenceMs);
  leaveOutTheUnused(client);
  return client;
}

/** Options of a single call would do the same, and the client caches its middleware only for calls without any. */
function giveReceivesTime({ config }: SQSClient, requestTimeout: number): void {
  const { requestHandler } = config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) =>
    handle(request, request.headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage' ? { requestTimeout } : options);
}
