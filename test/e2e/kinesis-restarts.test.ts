import { describe, expect, it } from 'vitest';
import { destinationRef } from '../destinations/embedded-aws.js';
import { calls, checkpointed, polls } from '../support/kinesis-events.js';
import type { TestKinesis, TestRecord } from '../support/kinesis-servers.js';
import { patient, streamArn, workbench, type Project, type Workbench } from '../support/workbench.js';

const told = (what: object): string => JSON.stringify(what);
const echoes = { Handler: 'handlers/kinesis.echo' };
const works = { Handler: 'handlers/kinesis.handler', Timeout: 60 };

/** A mapping of the stream clicks, with one shard unless told otherwise. */
async function clicks(
  bench: Workbench,
  more: { readonly works?: boolean; readonly mapping?: object; readonly shards?: number } = {},
): Promise<{ readonly kinesis: TestKinesis; readonly project: Project }> {
  const kinesis = await bench.kinesis();
  await kinesis.createStream('clicks', more.shards);
  const project = await bench.project({
    functions: { work: more.works === true ? works : echoes },
    mappings: [
      {
        FunctionName: 'work',
        EventSourceArn: streamArn('clicks'),
        StartingPosition: 'TRIM_HORIZON',
        ...more.mapping,
      },
    ],
    endpoints: { kinesis: kinesis.url },
  });
  return { kinesis, project };
}

const idle = '--until-idle=0.5';

describe.concurrent('the position of a Kinesis mapping', patient, () => {
  it('LATEST: at the first start what was there before is left out, and what comes is handled', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { mapping: { StartingPosition: 'LATEST' } });
    await kinesis.put('clicks', ['before']);
    await passMoment();
    const command = project.run();
    await polls(command, 'clicks');
    await kinesis.put('clicks', ['after']);
    await checkpointed(command, 1, 'clicks');
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(calls(command, 'clicks')).toEqual([['after']]);
  });

  it('LATEST: what is written between two starts is handled, also when the first run has seen no record', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), {
      mapping: { StartingPosition: 'LATEST' },
      shards: 3,
    });
    await kinesis.put('clicks', ['before']);
    await passMoment();
    const first = project.run();
    await polls(first, 'clicks');
    first.interrupt();
    expect(await first.exitCode()).toBe(130);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    await kinesis.put(
      'clicks',
      keys.map((key) => ({ key, body: key })),
    );
    const second = project.run(idle);

    expect(await second.exitCode()).toBe(0);
    expect(first.all('received')).toEqual([]);
    expect(calls(second, 'clicks').flat().toSorted()).toEqual(keys);
  });

  it('AT_TIMESTAMP: it begins with the first record that arrived at or after that time', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['before']);
    await passMoment();
    const StartingPositionTimestamp = new Date().toISOString();
    await passMoment();
    await kinesis.put('clicks', ['after']);
    const project = await bench.project({
      functions: { work: echoes },
      mappings: [
        {
          FunctionName: 'work',
          EventSourceArn: streamArn('clicks'),
          StartingPosition: 'AT_TIMESTAMP',
          StartingPositionTimestamp,
        },
      ],
      endpoints: { kinesis: kinesis.url },
    });
    const command = project.run(idle);

    expect(await command.exitCode()).toBe(0);
    expect(calls(command, 'clicks')).toEqual([['after']]);
  });

  it('after a restart it goes on behind the last checkpoint, wherever StartingPosition points', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['0', '1', '2']);
    const first = project.run(idle);
    expect(await first.exitCode()).toBe(0);
    await kinesis.put('clicks', ['3', '4']);
    const second = project.run(idle);

    expect(await second.exitCode()).toBe(0);
    expect(calls(first, 'clicks').flat()).toEqual(['0', '1', '2']);
    expect(calls(second, 'clicks').flat()).toEqual(['3', '4']);
    const third = project.run(idle);
    expect(await third.exitCode()).toBe(0);
    expect(third.all('invoked')).toEqual([]);
  });

  it('belongs to one stream: one that was deleted and created again while nothing ran starts afresh, and that is said', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['old']);
    expect(await project.run(idle).exitCode()).toBe(0);
    await recreate(kinesis);
    await kinesis.put('clicks', ['new']);
    const command = project.run(idle);

    expect(await command.exitCode()).toBe(0);
    expect(calls(command, 'clicks')).toEqual([['new']]);
    expect(command.stderr).toMatch(
      /stream clicks is another one than before \(created at .*\): its checkpoints do not count any more, and it is read from TRIM_HORIZON/,
    );
  });

  it('begins afresh as well when the stream is deleted and created again while it runs', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['old']);
    const command = project.run();
    await checkpointed(command, 1, 'clicks');
    await kinesis.deleteStream('clicks');
    await command.entry('state-changed', ({ state }) => state === 'waiting');
    await passSecond();
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['new']);
    await checkpointed(command, 2, 'clicks');
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(calls(command, 'clicks')).toEqual([['old'], ['new']]);
  });
});

describe.concurrent('a Kinesis mapping that is stopped', patient, () => {
  it('lets a running call finish at Ctrl-C, and stores its checkpoint', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { works: true, mapping: { BatchSize: 1 } });
    const [id] = await kinesis.put('clicks', [
      told({ do: 'wait-for', file: project.path('go') }),
      told({ do: 'nothing' }),
    ]);
    const command = project.run();
    await command.entry('invoked');
    command.interrupt();
    await command.entry('state-changed', ({ state }) => state === 'stopping');
    await project.write('go', '');

    expect(await command.exitCode()).toBe(130);
    const order = command.entries
      .filter(({ type }) => type !== 'function-log')
      .map((entry) => (entry.type === 'state-changed' ? entry.state : entry.type));
    expect(order.slice(order.indexOf('stopping'))).toEqual(['stopping', 'succeeded', 'checkpointed', 'stopped']);
    expect(command.all('checkpointed')).toMatchObject([{ records: [id], position: id }]);
    const second = project.run(idle);
    expect(await second.exitCode()).toBe(0);
    expect(calls(second, 'clicks')).toEqual([[told({ do: 'nothing' })]]);
  });

  it('does not wait for the next try of a batch that fails: the next start delivers it again', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { works: true });
    await kinesis.put('clicks', [told({ do: 'throw' })]);
    const command = project.run();
    await command.atLeast(4, 'retry-scheduled');
    const before = Date.now();
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
    expect(Date.now() - before).toBeLessThan(3_000);
    expect(command.all('checkpointed')).toEqual([]);

    const second = project.run();
    await second.entry('failed');
    second.interrupt();
    expect(await second.exitCode()).toBe(130);
    expect(second.all('invoked')[0]?.records).toEqual(command.all('invoked')[0]?.records);
  });

  it('is not disturbed by a second process on the same state folder, which is refused', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    const first = project.run();
    await polls(first, 'clicks');
    const second = project.run();

    expect(await second.exitCode()).toBe(2);
    expect(second.stderr).toMatch(/the state folder \S+\.millrace is in use by process \d+/);
    await kinesis.put('clicks', ['0']);
    await checkpointed(first, 1, 'clicks');
    expect(second.all('received')).toEqual([]);
  });
});

/** Who has to be handled in order: all records of a shard, or, with several lanes, those of each key. */
const kills = [
  { factor: 1, group: 'shard', groups: 4 },
  { factor: 5, group: 'key', groups: 50 },
] as const;

describe('a Kinesis mapping that is killed', patient, () => {
  it.for(kills)(
    'three times under load handles every record, and first deliveries are in order by $group (ParallelizationFactor $factor)',
    async ({ factor, group, groups }, test) => {
      const bench = workbench(test);
      const kinesis = await bench.kinesis();
      await kinesis.createStream('clicks', 4);
      const project = await bench.project({
        functions: {
          work: {
            Handler: 'handlers/kinesis.keepsList',
            Environment: { Variables: { LIST: 'list.txt', TAKES_MS: String(15 * factor) } },
          },
        },
        mappings: [
          {
            FunctionName: 'work',
            EventSourceArn: streamArn('clicks'),
            StartingPosition: 'TRIM_HORIZON',
            BatchSize: 10,
            ParallelizationFactor: factor,
          },
        ],
        endpoints: { kinesis: kinesis.url },
      });
      const total = 4_000;
      for (let from = 0; from < total; from += 400) {
        await kinesis.put(
          'clicks',
          Array.from({ length: 400 }, (_, index) => keyed(from + index)),
        );
      }
      const starts: string[] = [];
      for (const records of [300, 200, 500]) {
        const command = project.run();
        await checkpointed(command, records, 'clicks');
        await command.kill();
        starts.push(...command.all('partition').map(({ because }) => because));
      }
      const last = project.run(idle);

      expect(await last.exitCode()).toBe(0);
      const lines = (await project.read('list.txt')).trimEnd().split('\n');
      const firsts = [...new Set(lines)].map((line) => {
        const [shard = '', number = ''] = line.split(' ');
        return { number: Number(number), shard, key: keyed(Number(number)).key };
      });
      expect(firsts).toHaveLength(total);
      const names = new Set(firsts.map((record) => record[group]));
      expect(names.size).toBe(groups);
      for (const name of names) {
        const handled = firsts.filter((record) => record[group] === name).map(({ number }) => number);
        expect(handled).toEqual(handled.toSorted((a, b) => a - b));
      }
      // What was done before is not done again from the beginning.
      expect(starts.some((start) => start.startsWith('from its checkpoint'))).toBe(true);
      expect(lines.length).toBeLessThan(total * 1.5);
    },
  );

  it('while it tells its destination of a record handles it again, and tells it at the next start', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const aws = await bench.aws();
    await kinesis.createStream('clicks');
    const [id] = await kinesis.put('clicks', [told({ do: 'throw' })]);
    const project = await bench.project({
      functions: { work: works },
      mappings: [
        {
          FunctionName: 'work',
          EventSourceArn: streamArn('clicks'),
          StartingPosition: 'TRIM_HORIZON',
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'failed').arn } },
        },
      ],
      endpoints: { kinesis: kinesis.url, sqs: aws.url },
    });
    const first = project.run();
    await first.entry('destination-failed');
    await first.kill();
    expect(first.all('checkpointed')).toEqual([]);
    await aws.createQueue('failed');
    const second = project.run(idle);

    expect(await second.exitCode()).toBe(1);
    const documents = (await aws.receiveAll('failed')).map(({ Body = '' }) => JSON.parse(Body) as unknown);
    expect(documents).toMatchObject([
      { requestContext: { approximateInvokeCount: 1 }, KinesisBatchInfo: { startSequenceNumber: id } },
    ]);
    expect(second.all('checkpointed')).toMatchObject([{ records: [id] }]);
  });
});

const keyed = (nr: number): TestRecord => ({ key: `user ${nr % 50}`, body: String(nr) });

/** Lets the clock of the server move on, which counts milliseconds. */
async function passMoment(): Promise<void> {
  const from = Date.now();
  while (Date.now() < from + 3) await new Promise((resolve) => setImmediate(resolve));
}

/** Streams tell when they were created in seconds. */
async function passSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  while (Math.floor(Date.now() / 1_000) === second) await new Promise((resolve) => setImmediate(resolve));
}

async function recreate(kinesis: TestKinesis): Promise<void> {
  await kinesis.deleteStream('clicks');
  await passSecond();
  await kinesis.createStream('clicks');
}
