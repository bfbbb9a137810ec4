import { ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import { describe, expect, it, type TestContext } from 'vitest';
import { unreachable } from '../../src/platform/unreachable.js';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import type { FaultProxy } from '../fakes/fault-proxy.js';
import type { TestKinesis, TestRecord } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, workbench, type Project } from '../support/workbench.js';

const rounds = 24;
const keys = 20;
/** One of so many records fails for ever. */
const poisonEvery = 90;

/** What happens to the stream, the connection and the process, one after the other. */
const disturbances = ['nothing', 'split', 'kill', 'cut', 'merge', 'interrupt'] as const;

interface World {
  readonly kinesis: TestKinesis;
  readonly aws: TestAws;
  readonly proxy: FaultProxy;
  readonly project: Project;
}

async function world(test: TestContext, server: 'kinesis' | 'kinesisLocal', factor: number): Promise<World> {
  const bench = workbench(test);
  const kinesis = await bench[server]();
  const aws = await bench.aws();
  await aws.createQueue('failed');
  await kinesis.createStream('clicks', 3);
  const proxy = await bench.proxy(kinesis.url);
  const project = await bench.project({
    functions: {
      work: {
        Handler: 'handlers/kinesis.keepsListOfGood',
        Environment: { Variables: { LIST: 'list.txt', TAKES_MS: '10' } },
      },
    },
    mappings: [
      {
        FunctionName: 'work',
        EventSourceArn: streamArn('clicks'),
        StartingPosition: 'LATEST',
        BatchSize: 5,
        ParallelizationFactor: factor,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'failed').arn } },
      },
    ],
    endpoints: { kinesis: proxy.url, sqs: aws.url },
  });
  return { kinesis, aws, proxy, project };
}

/** Resolves with the command that runs afterwards. */
async function disturb(
  what: (typeof disturbances)[number],
  { kinesis, proxy, project }: World,
  command: MillraceCommand,
): Promise<MillraceCommand> {
  switch (what) {
    case 'split':
      await kinesis.split('clicks', (await openShards(kinesis))[0]?.ShardId ?? '');
      return command;
    case 'merge': {
      const [first, second] = await openShards(kinesis);
      await kinesis.merge('clicks', first?.ShardId ?? '', second?.ShardId ?? '');
      return command;
    }
    case 'cut':
      proxy.cut();
      return command;
    case 'kill':
      await command.kill();
      return project.run();
    case 'interrupt':
      command.interrupt();
      await command.exitCode();
      return project.run();
    case 'nothing':
      return command;
    default:
      return unreachable(what);
  }
}

const startOf = ({ HashKeyRange }: Shard): bigint => BigInt(HashKeyRange?.StartingHashKey ?? 0);

/** In the order of their hash keys, so that neighbours can be merged. */
async function openShards({ client }: TestKinesis): Promise<readonly Shard[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: 'clicks' }));
  return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined).toSorted(
    (a, b) => (startOf(a) < startOf(b) ? -1 : 1),
  );
}

function recordOf(nr: number): TestRecord {
  const key = `user-${(nr * 7) % keys}`;
  return { key, body: `${key} ${nr}${nr % poisonEvery === poisonEvery - 1 ? ' poison' : ''}` };
}

describe.concurrent('a Kinesis mapping in turmoil', patient, () => {
  it.for([
    { server: 'kinesis', factor: 1 },
    { server: 'kinesis', factor: 4 },
    { server: 'kinesisLocal', factor: 2 },
  ] as const)(
    'handles every record or reports it, each key in order (splits, merges, kills, stops, cuts; $server, factor $factor)',
    async ({ server, factor }, test) => {
      const here = await world(test, server, factor);
      const sent: TestRecord[] = [];
      const bodyOf = new Map<string, string | Uint8Array>();
      let command = here.project.run();
      await command.entry('state-changed', ({ because }) => because.endsWith(': 3 shards'));
      for (let round = 0; round < rounds; round++) {
        command = await disturb(disturbances[round % disturbances.length] ?? 'nothing', here, command);
        const running = command;
        const before = running.all('checkpointed').length;
        const records = Array.from({ length: 30 }, (_, index) => recordOf(sent.length + index));
        const ids = await here.kinesis.put('clicks', records);
        for (const [index, id] of ids.entries()) bodyOf.set(id, records[index]?.body ?? '');
        sent.push(...records);
        await running.until('another checkpoint', () => running.all('checkpointed').length > before);
      }
      command.interrupt();
      await command.exitCode();
      expect(await here.project.run('--until-idle=1').exitCode()).toBeLessThanOrEqual(1);

      const firsts = [...new Set((await here.project.read('list.txt')).trimEnd().split('\n'))];
      const reports = (await here.aws.receiveAll('failed')).map(
        ({ Body = '' }) =>
          JSON.parse(Body) as {
            readonly KinesisBatchInfo: { readonly startSequenceNumber: string; readonly batchSize: number };
          },
      );
      const bodies = sent.map(({ body }) => String(body));
      const poison = bodies.filter((body) => body.endsWith('poison'));
      expect(firsts.toSorted()).toEqual(bodies.filter((body) => !body.endsWith('poison')).toSorted());
      const reported = reports.map(({ KinesisBatchInfo }) => bodyOf.get(KinesisBatchInfo.startSequenceNumber));
      expect(new Set(reported)).toEqual(new Set(poison));
      expect(new Set(reports.map(({ KinesisBatchInfo }) => KinesisBatchInfo.batchSize))).toEqual(new Set([1]));
      for (let key = 0; key < keys; key++) {
        const numbers = firsts.flatMap((body) => {
          const [of, nr] = body.split(' ');
          return of === `user-${key}` ? [Number(nr)] : [];
        });
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    },
  );
});
