import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const require = createRequire(import.meta.url);
const account = '000000000000';

export const kinesisRegion = 'us-east-1';
export const kinesisCredentials = { accessKeyId: 'x', secretAccessKey: 'x' };

/** What is put: a body, or a body with a partition key, or with the hash key that decides its shard. */
export interface TestRecord {
  readonly body: string | Uint8Array;
  readonly key?: string;
  readonly hashKey?: string;
}

/** A Kinesis server on loopback, and what tests do to its streams. */
export class TestKinesis {
  readonly url: string;
  readonly client: KinesisClient;
  readonly #stop: () => Promise<void>;

  constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
    this.client = new KinesisClient({
      endpoint: url,
      region: kinesisRegion,
      credentials: kinesisCredentials,
      requestHandler: new NodeHttpHandler(),
    });
  }

  arn(stream: string): string {
    return `arn:aws:kinesis:${kinesisRegion}:${account}:stream/${stream}`;
  }

  /** Resolves when the stream can be used. */
  async createStream(stream: string, shards = 1): Promise<void> {
    await this.client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }));
    await this.#untilActive(stream);
  }

  async deleteStream(stream: string): Promise<void> {
    await this.client.send(new DeleteStreamCommand({ StreamName: stream, EnforceConsumerDeletion: true }));
  }

  /** In one call; resolves with the sequence numbers. */
  async put(stream: string, records: readonly (string | TestRecord)[]): Promise<readonly string[]> {
    const { Records = [] } = await this.client.send(
      new PutRecordsCommand({
        StreamName: stream,
        Records: records
          .map((record) => (typeof record === 'string' ? { body: record } : record))
          .map(({ body, key = 'key', hashKey }) => ({
            Data: Buffer.from(body),
            PartitionKey: key,
            ...(hashKey === undefined ? {} : { ExplicitHashKey: hashKey }),
          })),
      }),
    );
    return Records.map(({ SequenceNumber = '' }) => SequenceNumber);
  }

  /** Splits a shard in the middle. */
  async split(stream: string, shard: string): Promise<void> {
    const { Shards = [] } = await this.client.send(new ListShardsCommand({ StreamName: stream }));
    const range = Shards.find(({ ShardId }) => ShardId === shard)?.HashKeyRange;
    const middle = (BigInt(range?.StartingHashKey ?? 0) + BigInt(range?.EndingHashKey ?? 0)) / 2n;
    await this.client.send(
      new SplitShardCommand({ StreamName: stream, ShardToSplit: shard, NewStartingHashKey: String(middle) }),
    );
    await this.#untilActive(stream);
  }

  async merge(stream: string, shard: string, adjacent: string): Promise<void> {
    await this.client.send(
      new MergeShardsCommand({ StreamName: stream, ShardToMerge: shard, AdjacentShardToMerge: adjacent }),
    );
    await this.#untilActive(stream);
  }

  /** Resolves with the ARN of the consumer when it can be used. */
  async register(stream: string, consumer = 'consumer'): Promise<string> {
    const { Consumer } = await this.client.send(
      new RegisterStreamConsumerCommand({ StreamARN: this.arn(stream), ConsumerName: consumer }),
    );
    const ConsumerARN = Consumer?.ConsumerARN ?? '';
    for (;;) {
      const { ConsumerDescription } = await this.client.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
      if (ConsumerDescription?.ConsumerStatus === 'ACTIVE') return ConsumerARN;
      await nextTurn();
    }
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#stop();
  }

  async #untilActive(stream: string): Promise<void> {
    for (;;) {
      const answer = await this.client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
      if (answer.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
      await nextTurn();
    }
  }
}

/** In this process: starts at once; no enhanced fan-out, no streams by ARN. */
export async function startKinesalite(): Promise<TestKinesis> {
  const kinesalite = require('kinesalite') as (options: Readonly<Record<string, number>>) => Server;
  const server = kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1_000 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new TestKinesis(`http://127.0.0.1:${port}`, async () => {
    (server as Server & { closeAllConnections(): void }).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** In a process of its own, because it is large; with enhanced fan-out. It listens on every interface, which cannot be chosen. */
export async function startKinesisLocal(): Promise<TestKinesis> {
  const main = require.resolve('kinesis-local/main.js');
  const port = await freePort();
  const quick = ['CREATE_STREAM', 'DELETE_STREAM', 'SPLIT_SHARD', 'MERGE_SHARDS', 'REGISTER_STREAM_CONSUMER'];
  const child = spawn(process.execPath, [main], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      KINESIS_MOCK_CERT_PATH: path.join(path.dirname(main), 'server.json'),
      KINESIS_MOCK_PLAIN_PORT: String(port),
      KINESIS_MOCK_TLS_PORT: String(await freePort()),
      LOG_LEVEL: 'ERROR',
      SHARD_LIMIT: '1000',
      ...Object.fromEntries(quick.map((name) => [`${name}_DURATION`, '10ms'])),
    },
  });
  const server = new TestKinesis(`http://127.0.0.1:${port}`, () => ended(child));
  await untilItAnswers(server, child);
  return server;
}

async function untilItAnswers({ client }: TestKinesis, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`kinesis-local ended with ${child.exitCode}`);
    try {
      await client.send(new ListStreamsCommand({}));
      return;
    } catch {
      await nextTurn();
    }
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
