import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedKinesis, type EmbeddedKinesis, type KinesaliteModule } from '../../src/emulators/kinesis.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { addressesOf, connects } from './connects.js';

const packageName = 'kinesalite';
const installed = await import(packageName).then(
  () => true,
  () => false,
);
const required = process.env['MILLRACE_REQUIRE_BROKERS'] === '1';
const skipped = !installed && !required;
if (skipped) console.warn('skipping tests of the embedded Kinesis: the optional package kinesalite is not installed');

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function start(): Promise<EmbeddedKinesis> {
  const kinesis = await startEmbeddedKinesis();
  opened.push(kinesis);
  return kinesis;
}

function clientOf({ url }: EmbeddedKinesis): KinesisClient {
  const client = new KinesisClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: new NodeHttpHandler(),
  });
  opened.push({ close: () => client.destroy() });
  return client;
}

/** The interface of the package over a server of the test. */
const moduleOf =
  (server: Server): (() => Promise<KinesaliteModule>) =>
  () =>
    Promise.resolve({ default: () => server });

describe('an embedded Kinesis', () => {
  it('whose package is missing says what to install', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(startEmbeddedKinesis({ load: () => Promise.reject(missing) })).rejects.toMatchObject({
      code: 'EMULATOR_MISSING',
      message:
        'endpoints.kinesis: embedded needs the optional package kinesalite; install it with npm install kinesalite@3.3.3',
    });
  });

  it('whose port is taken says so', async () => {
    const first = await startEmbeddedKinesis({ load: moduleOf(createServer()) });
    opened.push(first);
    const port = Number(new URL(first.url).port);
    await expect(startEmbeddedKinesis({ port, load: moduleOf(createServer()) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `the embedded server cannot use port ${port}: it is taken; choose another one`,
    });
  });

  it('whose streams are never ready gives up, with the name of the stream', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const server = createServer((request, response) => {
      const isLook = String(request.headers['x-amz-target']).endsWith('DescribeStreamSummary');
      if (isLook) asked++;
      const body = isLook ? { StreamDescriptionSummary: { StreamStatus: 'CREATING' } } : {};
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
    const kinesis = await startEmbeddedKinesis({ load: moduleOf(server), clock });
    opened.push(kinesis);
    const creating = kinesis.createStreams([{ name: 'clicks', shards: 1 }]).catch((error: unknown) => error);
    const progress = { ended: false };
    void creating.then(() => (progress.ended = true));
    while (!progress.ended) await clock.advance(20);

    expect(await creating).toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message:
        'stream clicks was created on the embedded server and did not become active within 5 s; ' +
        'give the URL of another server in endpoints.kinesis',
    });
    expect(asked).toBe(250);
  });
});

describe.skipIf(skipped)('the embedded Kinesis of the package', () => {
  it('listens on this machine only', async () => {
    const kinesis = await start();
    expect(kinesis.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(kinesis.url).port);
    expect(await addressesOf(port)).toEqual(['127.0.0.1']);
  });

  it('has streams, ready to be used, with the shards that are asked for, also many', async () => {
    const kinesis = await start();
    await kinesis.createStreams([
      { name: 'clicks', shards: 1 },
      { name: 'views', shards: 12 },
    ]);
    const client = clientOf(kinesis);
    for (const [StreamName, shards] of [
      ['clicks', 1],
      ['views', 12],
    ] as const) {
      const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(summary).toMatchObject({ StreamStatus: 'ACTIVE', OpenShardCount: shards });
    }
  });

  it('keeps the records of a stream that is asked for again', async () => {
    const kinesis = await start();
    const client = clientOf(kinesis);
    await kinesis.createStreams([{ name: 'clicks', shards: 1 }]);
    await client.send(new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'k', Data: Buffer.from('hello') }));
    await kinesis.createStreams([{ name: 'clicks', shards: 2 }]);

    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: 'clicks' }));
    expect(Shards).toHaveLength(1);
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: 'clicks',
        ShardId: Shards[0]?.ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records.map(({ Data }) => Buffer.from(Data ?? []).toString())).toEqual(['hello']);
  });

  it('outlives a client that goes away in the middle of a request', async () => {
    const kinesis = await start();
    const socket = connect(Number(new URL(kinesis.url).port), '127.0.0.1');
    // The answer to `expect` tells that the request has arrived.
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('half of');
    socket.resetAndDestroy();
    await kinesis.createStreams([{ name: 'clicks', shards: 1 }]);
    const { StreamDescriptionSummary: summary } = await clientOf(kinesis).send(
      new DescribeStreamSummaryCommand({ StreamName: 'clicks' }),
    );
    expect(summary?.StreamStatus).toBe('ACTIVE');
  });

  it('closes at once, in the middle of requests, and leaves no port open', async () => {
    const kinesis = await start();
    await kinesis.createStreams([{ name: 'clicks', shards: 1 }]);
    const client = clientOf(kinesis);
    const puts = Array.from({ length: 50 }, () =>
      client
        .send(new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'k', Data: Buffer.alloc(10_000) }))
        .catch(() => 'cut off'),
    );
    // One is answered, others are not.
    await Promise.race(puts);
    await kinesis.close();
    await kinesis.close();
    client.destroy();
    await Promise.all(puts);
    expect(await connects('127.0.0.1', Number(new URL(kinesis.url).port))).toBe(false);
  });
});

it.skipIf(skipped).each(['keys', 'map', 'length', 'constructor'])(
  'an embedded Kinesis refuses a stream called %s, which its package would confuse with a part of an array',
  async (name) => {
    const kinesis = await start();
    await expect(kinesis.createStreams([{ name, shards: 1 }])).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining(`cannot have a stream called ${name}`) as unknown,
    });
  },
);
