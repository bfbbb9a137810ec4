import type { SQSClient } from '@aws-sdk/client-sqs';
import { aSocketForEach, clientSettings, connectionSettings, type ServiceReach } from '../../aws/client-settings.js';
import { leaveOutTheUnused } from '../../aws/lean-client.js';

/** The AWS SDK for SQS; loaded when the first SQS mapping needs it, because loading it takes longer than everything else at start. */
export const loadSqsSdk = (): Promise<typeof import('@aws-sdk/client-sqs')> => import('@aws-sdk/client-sqs');

export interface SqsClientOptions extends ServiceReach {
  /** The longest a request may stay without an answer, in milliseconds. */
  readonly silenceMs: number;
}

/** How long a request may take that does not wait for messages. */
const answerMs = 5_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. */
export async function createSqsClient({ silenceMs, ...reach }: SqsClientOptions): Promise<SQSClient> {
  const { SQSClient: Client } = await loadSqsSdk();
  const client = new Client({
    ...clientSettings(reach),
    // The digest of a body goes to the handler as it came. Local servers that compute it wrongly would strand every message.
    md5: false,
    cacheMiddleware: true,
    requestHandler: { ...connectionSettings(answerMs), socketTimeout: silenceMs, ...aSocketForEach },
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
