import { createServer, type Server } from 'node:http';
import { GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListBucketsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, describe, expect, it } from 'vitest';
import type { QueueSpec } from '../../src/emulators/queues.js';
import { startEmbedded, type FauxqsModule } from '../../src/emulators/sqs.js';

import { addressesOf } from './connects.js';
import { destinationAt } from './stream-mapping.js';

const packageName = 'fauxqs';
const installed = await import(packageName).then(
  () => true,
  () => false,
);
const required = process.env['MILLRACE_REQUIRE_BROKERS'] === '1';
const skipped = !installed && !required;
if (skipped) console.warn('skipping tests of the embedded server: the optional package fauxqs is not installed');

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const anybody = { credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

const orders: QueueSpec = { name: 'orders', region: 'us-east-1', fifo: false, visibilityTimeoutSeconds: 90 };

function clientOf(url: string, region = 'us-east-1'): SQSClient {
  const client = new SQSClient({ ...anybody, endpoint: url, region });
  opened.push({ close: () => client.destroy() });
  return client;
}

async function attributesOf(url: string, queue: string, region?: string): Promise<Readonly<Record<string, string>>> {
  const client = clientOf(url, region);
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes;
}

/** The interface of the package over a server that only listens. */
function listeningModule(server: Server): FauxqsModule {
  return {
    buildApp: () => ({
      server,
      listen: ({ port, host }) =>
        new Promise((resolve, reject) => {
          server.once('error', reject).listen(port, host, () => {
            const address = server.address();
            resolve(`http://${host}:${typeof address === 'object' ? address?.port : 0}`);
          });
        }),
      close: () => new Promise<void>((resolve) => server.close(() => resolve())),
    }),
  };
}

describe('an embedded server', () => {
  it('whose package is missing says what to install', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(startEmbedded({ load: () => Promise.reject(missing) })).rejects.toMatchObject({
      code: 'EMULATOR_MISSING',
      message: 'endpoints.sqs: embedded needs the optional package fauxqs; install it with npm install fauxqs@1.9.2',
    });
  });

  it.each(['sns', 's3'] as const)(
    'whose package is missing names endpoints.%s when that asks for it',
    async (endpoint) => {
      const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      await expect(startEmbedded({ endpoint, load: () => Promise.reject(missing) })).rejects.toThrow(
        `endpoints.${endpoint}: embedded needs the optional package fauxqs; install it with npm install fauxqs@1.9.2`,
      );
    },
  );

  it('whose package is broken says why', async () => {
    await expect(startEmbedded({ load: () => Promise.reject(new Error('No such built-in module')) })).rejects.toThrow(
      /npm install fauxqs@1\.9\.2 \(fauxqs is there and cannot be loaded: No such built-in module\)$/,
    );
  });

  it('whose port is taken says so', async () => {
    const first = await startEmbedded({ load: () => Promise.resolve(listeningModule(createServer())) });
    opened.push(first);
    const port = Number(new URL(first.url).port);
    const second = startEmbedded({ port, load: () => Promise.resolve(listeningModule(createServer())) });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `the embedded server cannot use port ${port}: it is taken; choose another one`,
    });
  });

  it('closes although clients hold connections and wait for answers', async () => {
    const server = createServer(() => {});
    const embedded = await startEmbedded({ load: () => Promise.resolve(listeningModule(server)) });
    const waiting = fetch(embedded.url).catch(() => 'cut off');
    await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(1);

    await embedded.close();
    await embedded.close();
    expect(await waiting).toBe('cut off');
  });
});

describe.skipIf(skipped)('the embedded server of the package', () => {
  it('listens on this machine only', async () => {
    const embedded = await startEmbedded();
    opened.push(embedded);
    expect(embedded.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(embedded.url).port);
    expect(await addressesOf(port)).toEqual(['127.0.0.1']);
  });

  it('gets the queues that are asked for, in their Regions, once', async () => {
    const embedded = await startEmbedded();
    opened.push(embedded);
    const fifo: QueueSpec = { name: 'o.fifo', region: 'eu-west-1', fifo: true, visibilityTimeoutSeconds: 30 };
    await embedded.createQueues([orders, fifo]);
    await embedded.createQueues([{ ...orders, visibilityTimeoutSeconds: 30 }, fifo]);

    expect(await attributesOf(embedded.url, 'orders')).toMatchObject({
      VisibilityTimeout: '90',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:orders',
    });
    expect(await attributesOf(embedded.url, 'o.fifo', 'eu-west-1')).toMatchObject({
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
      QueueArn: 'arn:aws:sqs:eu-west-1:000000000000:o.fifo',
    });
  });

  it('gets the topics that are asked for, in their Regions, once', async () => {
    const embedded = await startEmbedded();
    opened.push(embedded);
    const topics = [destinationAt('sns', 'failures'), destinationAt('sns', 'failures', 'eu-west-1')];
    await embedded.createTopics(topics);
    await embedded.createTopics(topics);
    const client = new SNSClient({ ...anybody, endpoint: embedded.url, region: 'us-east-1' });
    opened.push({ close: () => client.destroy() });
    const { Topics = [] } = await client.send(new ListTopicsCommand({}));
    expect(Topics.map(({ TopicArn }) => TopicArn)).toEqual(topics.map(({ arn }) => arn));
  });

  it('has topics of one account only, and says so', async () => {
    const embedded = await startEmbedded();
    opened.push(embedded);
    const topic = { ...destinationAt('sns', 'failures'), arn: 'arn:aws:sns:us-east-1:123456789012:failures' };
    await expect(embedded.createTopics([topic])).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message:
        'the embedded server knows one account only, so that arn:aws:sns:us-east-1:123456789012:failures cannot exist there; ' +
        'write arn:aws:sns:us-east-1:000000000000:failures for the destination, or give the URL of another server in endpoints.sns',
    });
  });

  it('gets the buckets that are asked for, once, and leaves what is in them', async () => {
    const embedded = await startEmbedded();
    opened.push(embedded);
    const client = new S3Client({ ...anybody, endpoint: embedded.url, region: 'us-east-1', forcePathStyle: true });
    opened.push({ close: () => client.destroy() });
    await embedded.createBuckets(['one', 'two']);
    await client.send(new PutObjectCommand({ Bucket: 'two', Key: 'kept', Body: 'text' }));
    await embedded.createBuckets(['two']);
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toEqual(['one', 'two']);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'two' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['kept']);
  });

  it('closes at once although a long poll waits, and leaves nothing behind', async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const embedded = await startEmbedded();
    await embedded.createQueues([orders]);
    const client = clientOf(embedded.url);
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    const poll = client
      .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { requestTimeout: 30_000 })
      .catch(() => 'cut off');
    // Answered after the poll has arrived.
    await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));

    const started = performance.now();
    await embedded.close();
    client.destroy();
    await poll;
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(process.getActiveResourcesInfo()).not.toContain('TCPServerWrap');
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(
      before + 1,
    );
  });
});
