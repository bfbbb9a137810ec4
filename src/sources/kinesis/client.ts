import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { leaveOutTheUnused } from '../../aws/lean-client.js';
import { quiet } from '../../aws/quiet.js';

/** The AWS SDK for Kinesis; loaded when the first Kinesis mapping needs it. */
export const loadKinesisSdk = (): Promise<typeof import('@aws-sdk/client-kinesis')> =>
  import('@aws-sdk/client-kinesis');

export interface KinesisClientOptions {
  /** Undefined: as the SDK resolves it. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Set for endpoints that are not AWS when there are no credentials: any will do there. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Whether the endpoint is AWS itself, and not something that speaks its protocol. */
  readonly onAws: boolean;
}

/** How long an answer may take, in milliseconds. */
const answerMs = 10_000;
/** AWS's limit for one read is 10 MB, with base64 a third more: over a slow line that takes its time, but never all of it in silence. */
const silenceMs = 20_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. `pushed`: records come by SubscribeToShard. */
export async function createKinesisClient(
  { endpoint, region, credentials, onAws }: KinesisClientOptions,
  pushed: boolean,
): Promise<KinesisClient> {
  const { KinesisClient: Client } = await loadKinesisSdk();
  const client = new Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retrying is the engine's decision: it has states, reasons and a clock of its own.
    maxAttempts: 1,
    requestHandler: await handlerFor(onAws && pushed),
  });
  leaveOutTheUnused(client);
  return client;
}

/**
 * AWS pushes records over HTTP/2 only; local servers mostly speak HTTP/1 only. For polling HTTP/1 is the better choice
 * everywhere: it keeps connections, and the windows of Node's HTTP/2 would slow down large answers over long distances.
 */
async function handlerFor(http2: boolean): Promise<InstanceType<NodeHandlers['NodeHttpHandler' | 'NodeHttp2Handler']>> {
  const { NodeHttpHandler, NodeHttp2Handler } = await import('@smithy/node-http-handler');
  if (http2) return new NodeHttp2Handler({ requestTimeout: answerMs, disableConcurrentStreams: true });
  // A subscription of each shard keeps a socket.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  return new NodeHttpHandler({
    // The limit of the request covers its connection.
    connectionTimeout: 0,
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    logger: quiet,
    socketTimeout: silenceMs,
    httpAgent: agent,
    httpsAgent: agent,
  });
}

type NodeHandlers = typeof import('@smithy/node-http-handler');
