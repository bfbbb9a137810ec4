import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { environment, messageOf, startNode, stop } from '../processes.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const require = createRequire(new URL('../../package.json', import.meta.url));
/** The very files that millrace loads, so that no other version of the SDK is measured by accident. */
export const sdk = require('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const perCall = 500;
const parallelPuts = 4;
/** 1 KB with the number of the record in front. */
const data = (number) => Buffer.from(`{"number":${number},"text":"`.padEnd(1_022, 'x').concat('"}'));

export function createClient(endpoint) {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  return new sdk.KinesisClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: new NodeHttpHandler(), // the default is HTTP/2, which the server does not speak
  });
}

export function streamArn(stream) {
  return `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
}

/** Starts the Kinesis server in a process of its own. */
export async function startServer() {
  const child = startNode([fileURLToPath(new URL('server.mjs', import.meta.url))], { ipc: true });
  const { url } = await messageOf(child, 'listening');
  const client = createClient(url);
  return {
    child,
    url,
    client,
    /** The stopwatch: call it before anybody reads. */
    async watch() {
      child.send({ type: 'watch' });
      await messageOf(child, 'watching');
    },
    /** Since `watch`: records that were handed out, and when that began, in milliseconds on the clock that all processes share. */
    async handedOut() {
      child.send({ type: 'count' });
      const { records, startedAt } = await messageOf(child, 'counted');
      return { records, startedAt: Number(startedAt) / 1e6 };
    },
    close: () => {
      client.destroy();
      return stop(child);
    },
  };
}

/** Creates a stream, and resolves with its shards when it can be written to. */
export async function createStream(client, StreamName, ShardCount) {
  await client.send(new sdk.CreateStreamCommand({ StreamName, ShardCount }));
  await sdk.waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { StreamName });
  return (await client.send(new sdk.ListShardsCommand({ StreamName }))).Shards;
}

/** Puts records of 1 KB, numbered from 0, into the shards in turns, each with a key of its own: `<prefix><number>`. */
export async function fill(client, StreamName, shards, count, prefix = '') {
  let next = 0;
  const record = (number) => ({
    Data: data(number),
    PartitionKey: `${prefix}${number}`,
    ExplicitHashKey: shards[number % shards.length].HashKeyRange.StartingHashKey,
  });
  const put = async () => {
    while (next < count) {
      const start = next;
      next = Math.min(count, start + perCall);
      const Records = Array.from({ length: next - start }, (_, index) => record(start + index));
      const { FailedRecordCount } = await client.send(new sdk.PutRecordsCommand({ StreamName, Records }));
      if (FailedRecordCount > 0) throw new Error(`${FailedRecordCount} records were refused`);
    }
  };
  await Promise.all(Array.from({ length: parallelPuts }, put));
}
