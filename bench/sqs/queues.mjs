import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { environment, messageOf, startNode, stop } from '../processes.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** The very files that millrace loads, so that no other version of the SDK is measured by accident. */
export const sdk = createRequire(new URL('../../package.json', import.meta.url))('@aws-sdk/client-sqs');

const perCall = 10;
const parallelSends = 8;
/** 1 KB with the number of the message in front. */
const body = (number) => `{"number":${number},"text":"`.padEnd(1_022, 'x').concat('"}');

export function createClient(endpoint) {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  return new sdk.SQSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
}

/** Starts the SQS server in a process of its own. */
export async function startServer() {
  const child = startNode([fileURLToPath(new URL('server.mjs', import.meta.url))], { ipc: true });
  const { url } = await messageOf(child, 'listening');
  const client = createClient(url);
  return {
    child,
    url,
    client,
    /** The stopwatch: call it before anybody receives. */
    async watch(queue, total) {
      child.send({ queue, total });
      await messageOf(child, 'watching');
    },
    /** Messages that are in a queue, in hand or not. */
    async depth(queue) {
      const queues = await (await fetch(`${url}/_fauxqs/queues`)).json();
      const { approximateMessageCount, approximateInflightCount } = queues.find(({ name }) => name === queue);
      return approximateMessageCount + approximateInflightCount;
    },
    close: () => {
      client.destroy();
      return stop(child);
    },
  };
}

export async function createQueue(client, QueueName) {
  return (await client.send(new sdk.CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: '120' } })))
    .QueueUrl;
}

export async function deleteQueue(client, QueueUrl) {
  await client.send(new sdk.DeleteQueueCommand({ QueueUrl }));
}

/** Sends messages of 1 KB, numbered from `first`. */
export async function fill(client, QueueUrl, count, first = 0) {
  let next = first;
  const end = first + count;
  const send = async () => {
    while (next < end) {
      const start = next;
      next = Math.min(end, start + perCall);
      const Entries = Array.from({ length: next - start }, (_, index) => ({
        Id: String(index),
        MessageBody: body(start + index),
      }));
      await client.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
  await Promise.all(Array.from({ length: parallelSends }, send));
}
