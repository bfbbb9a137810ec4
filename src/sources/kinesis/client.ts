import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { aSocketForEach, clientSettings, connectionSettings, type ServiceReach } from '../../aws/client-settings.js';
import { leaveOutTheUnused } from '../../aws/lean-client.js';

/** The AWS SDK for Kinesis; loaded when the first Kinesis mapping needs it. */
export const loadKinesisSdk = (): Promise<typeof import('@aws-sdk/client-kinesis')> =>
  import('@aws-sdk/client-kinesis');

export interface KinesisClientOptions extends ServiceReach {
  /** Whether the endpoint is AWS itself, and not something that speaks its protocol. */
  readonly onAws: boolean;
}

/** How long an answer may take, in milliseconds. */
const answerMs = 10_000;
/** AWS's limit for one read is 10 MB, with base64 a third more: over a slow line that takes its time, but never all of it in silence. */
const silenceMs = 20_000;

/** One client per mapping: a mapping whose connections hang does not take the sockets of another. `pushed`: records come by SubscribeToShard. */
export async function createKinesisClient(options: KinesisClientOptions, pushed: boolean): Promise<KinesisClient> {
  const { KinesisClient: Client } = await loadKinesisSdk();
  const client = new Client({
    ...clientSettings(options),
    requestHandler: await handlerFor(options.onAws && pushed),
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
  return new NodeHttpHandler({ ...connectionSettings(answerMs), socketTimeout: silenceMs, ...aSocketForEach });
}

type NodeHandlers = typeof import('@smithy/node-http-handler');
