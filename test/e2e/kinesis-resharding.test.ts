import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { checkpointed, firstShard, kinesisEvents, textOf } from '../support/kinesis-events.js';
import { startKinesalite, startKinesisLocal, type TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, workbench, type Project } from '../support/workbench.js';

const numbered = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, nr) => `${from + nr}`);
const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const shard = (nr: number): string => `shardId-${String(nr).padStart(12, '0')}`;

/** All keys, with these numbers one after the other. */
const records = (from: number, to: number) =>
  numbered(to - from, from).flatMap((nr) => keys.map((key) => ({ key, body: `${key}${nr}` })));

async function project(
  test: TestContext,
  kinesis: TestKinesis,
  stream: string,
  more: object = {},
  handler = 'echo',
): Promise<Project> {
  const variables = { TAKES_MS: '20', LIST: 'list.txt' };
  return workbench(test).project({
    functions: { work: { Handler: `handlers/kinesis.${handler}`, Environment: { Variables: variables } } },
    mappings: [
      {
        FunctionName: 'work',
        EventSourceArn: streamArn(stream),
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 5,
        ...more,
      },
    ],
    endpoints: { kinesis: kinesis.url },
  });
}

/** What handlers got of a key, in order. */
function handled(commands: readonly MillraceCommand[], stream: string, key: string): readonly string[] {
  return commands
    .flatMap((command) => kinesisEvents(command, stream))
    .flatMap(({ Records }) => Records)
    .filter(({ kinesis: { partitionKey } }) => partitionKey === key)
    .map(textOf);
}

/** What happened to a shard, in the order of all that happened. */
function at(command: MillraceCommand, type: 'finished' | 'started', partition: string): number {
  return command.entries.findIndex(
    (entry) => entry.type === 'partition' && entry.state === type && entry.partition === partition,
  );
}

const servers = [
  { name: 'kinesalite', start: startKinesalite },
  { name: 'kinesis-local', start: startKinesisLocal },
] as const;

for (const { name, start } of servers) {
  describe.concurrent(`a Kinesis mapping whose stream is resharded (${name})`, patient, () => {
    let kinesis: TestKinesis;
    beforeAll(async () => {
      kinesis = await start();
    }, patient.timeout);
    afterAll(() => kinesis.close());

    it('finds new shards without a restart, and handles each key in order through a split and a merge', async (test) => {
      const stream = `${name}-live`;
      await kinesis.createStream(stream);
      const folder = await project(test, kinesis, stream);
      const command = folder.run();
      await kinesis.put(stream, records(0, 4));
      await checkpointed(command, 1, stream);
      await kinesis.split(stream, firstShard);
      await kinesis.put(stream, records(4, 8));
      await checkpointed(command, 4 * keys.length + 1, stream);
      await kinesis.merge(stream, shard(1), shard(2));
      await kinesis.put(stream, records(8, 12));
      await checkpointed(command, 12 * keys.length, stream);
      command.interrupt();

      expect(await command.exitCode()).toBe(130);
      for (const key of keys) {
        expect(handled([command], stream, key)).toEqual(numbered(12).map((nr) => `${key}${nr}`));
      }
      expect(new Set(command.of(stream, 'received').map(({ partition }) => partition))).toEqual(
        new Set(numbered(4).map(Number).map(shard)),
      );
    });

    it('starts the children of a shard when it is finished, and not before', async (test) => {
      const stream = `${name}-parents`;
      await kinesis.createStream(stream);
      await kinesis.put(stream, records(0, 4));
      await kinesis.split(stream, firstShard);
      await kinesis.put(stream, records(4, 8));
      await kinesis.merge(stream, shard(1), shard(2));
      await kinesis.put(stream, records(8, 12));
      const folder = await project(test, kinesis, stream, { ParallelizationFactor: 3 });
      const command = folder.run('--until-idle=0.5');

      expect(await command.exitCode()).toBe(0);
      expect(at(command, 'finished', shard(0))).toBeGreaterThan(-1);
      for (const child of [1, 2].map(shard)) {
        expect(at(command, 'started', child)).toBeGreaterThan(at(command, 'finished', shard(0)));
        expect(at(command, 'started', shard(3))).toBeGreaterThan(at(command, 'finished', child));
      }
      for (const key of keys) {
        expect(handled([command], stream, key)).toEqual(numbered(12).map((nr) => `${key}${nr}`));
      }
    });

    it('goes on with the parent first after a restart, and does not read finished shards again', async (test) => {
      const stream = `${name}-restart`;
      await kinesis.createStream(stream);
      await kinesis.put(stream, records(0, 4));
      // What a process that is killed has printed last may be lost; what it has written down is not.
      const folder = await project(test, kinesis, stream, {}, 'keepsList');
      const first = folder.run();
      await checkpointed(first, 5, stream);
      await kinesis.split(stream, firstShard);
      await kinesis.put(stream, records(4, 8));
      await first.kill();
      const second = folder.run('--until-idle=0.5');
      expect(await second.exitCode()).toBe(0);
      const third = folder.run('--until-idle=0.5');
      expect(await third.exitCode()).toBe(0);

      const list = (await folder.read('list.txt')).trim().split('\n');
      for (const key of keys) {
        const all = list.map((line) => line.split(' ')[1] ?? '').filter((text) => text.startsWith(key));
        expect([...new Set(all)]).toEqual(numbered(8).map((nr) => `${key}${nr}`));
      }
      expect(third.all('received')).toEqual([]);
      expect(
        third
          .all('partition')
          .map(({ partition }) => partition)
          .toSorted(),
      ).toEqual([shard(1), shard(2)]);
    });

    it('LATEST: reads new shards from their beginning, so that nothing is skipped', async (test) => {
      const stream = `${name}-latest`;
      await kinesis.createStream(stream);
      await kinesis.put(stream, records(0, 1));
      const folder = await project(test, kinesis, stream, { StartingPosition: 'LATEST' });
      const first = folder.run();
      await first.entry('partition', ({ state }) => state === 'started');
      first.interrupt();
      expect(await first.exitCode()).toBe(130);
      await kinesis.put(stream, records(1, 2));
      await kinesis.split(stream, firstShard);
      await kinesis.put(stream, records(2, 3));
      const second = folder.run('--until-idle=0.5');

      expect(await second.exitCode()).toBe(0);
      for (const key of keys) expect(handled([second], stream, key).slice(-2)).toEqual([`${key}1`, `${key}2`]);
    });
  });
}
