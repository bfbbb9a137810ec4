import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { KinesisSource } from '../../src/sources/kinesis/source.js';
import { streamSourceContract } from '../../src/testing/stream-source-contract.js';
import {
  kinesisCredentials,
  kinesisRegion,
  startKinesalite,
  startKinesisLocal,
  type TestKinesis,
} from '../support/kinesis-servers.js';

let kinesalite: TestKinesis;
let kinesisLocal: TestKinesis;
let streams = 0;
beforeAll(async () => {
  [kinesalite, kinesisLocal] = await Promise.all([startKinesalite(), startKinesisLocal()]);
});
afterAll(async () => {
  await kinesalite.close();
  await kinesisLocal.close();
});

const rows = [
  { name: 'Kinesis (kinesalite)', server: () => kinesalite, fanOut: false },
  { name: 'Kinesis (kinesis-local)', server: () => kinesisLocal, fanOut: false },
  { name: 'Kinesis with enhanced fan-out (kinesis-local)', server: () => kinesisLocal, fanOut: true },
] as const;

for (const { name, server, fanOut } of rows) {
  streamSourceContract(
    {
      name,
      create: async () => {
        const stream = `contract-${++streams}`;
        const kinesis = server();
        await kinesis.createStream(stream);
        const source = (of: string, consumerArn?: string): KinesisSource =>
          new KinesisSource({
            stream: of,
            streamArn: kinesis.arn(of),
            ...(consumerArn === undefined ? {} : { consumerArn }),
            endpoint: kinesis.url,
            region: kinesisRegion,
            credentials: kinesisCredentials,
            onAws: false,
            roleArn: 'arn:aws:iam::000000000000:role/lambda-role',
            clock: systemClock,
          });
        return {
          source: source(stream, fanOut ? await kinesis.register(stream) : undefined),
          send: async (bodies) => void (await kinesis.put(stream, bodies)),
          bodyOf: (record) =>
            Buffer.from((record as { kinesis: { data: string } }).kinesis.data, 'base64').toString('utf8'),
          missing: () => source(`missing-${stream}`),
          split: () => kinesis.split(stream, 'shardId-000000000000'),
          dispose: () => kinesis.deleteStream(stream),
        };
      },
    },
    { describe, it, afterEach },
  );
}
