import { expect, it } from 'vitest';
import type { MillraceCommand } from '../support/millrace-command.js';
import { streamArn, workbench } from '../support/workbench.js';

const kills = 20;
const shards = ['shardId-000000000000', 'shardId-000000000001'];
const hashKeys = ['0', String(2n ** 128n - 1n)];
const perShard = 4_000;
const perPut = 250;

/** Where a process begins in each shard: a checkpoint, or undefined for the oldest record. */
function startsOf(command: MillraceCommand): ReadonlyMap<string, string | undefined> {
  const started = command.all('partition').filter(({ state }) => state === 'started');
  return new Map(
    started.map(({ partition, because }) => [partition, /^from its checkpoint \((\d+)\)$/.exec(because)?.[1]] as const),
  );
}

/** The last checkpoint of each shard that a process has said to be stored. */
const storedBy = (command: MillraceCommand): ReadonlyMap<string, string> =>
  new Map(command.all('checkpointed').map(({ partition, position }) => [partition, position]));

/** What a process has to have said before it is killed: now it has only begun, now it has stored some checkpoints. */
async function untilKill(command: MillraceCommand, nr: number): Promise<void> {
  if (nr % 5 === 0) await command.atLeast(shards.length, 'partition', ({ state }) => state === 'started');
  else await command.atLeast(1 + ((nr * 37) % 100), 'checkpointed');
}

it(`a process that is killed ${kills} times while it stores checkpoints skips no record and forgets no checkpoint`, async (test) => {
  const bench = workbench(test);
  const kinesis = await bench.kinesis();
  await kinesis.createStream('clicks', shards.length);
  const numbers = new Map<string, number>();
  for (let from = 0; from < perShard; from += perPut) {
    for (const hashKey of hashKeys) {
      const bodies = Array.from({ length: perPut }, (_, index) => from + index);
      const ids = await kinesis.put(
        'clicks',
        bodies.map((number) => ({ body: String(number), hashKey })),
      );
      for (const [index, id] of ids.entries()) numbers.set(id, from + index);
    }
  }
  const project = await bench.project({
    functions: { works: { Handler: 'handlers/kinesis.keepsList', Environment: { Variables: { LIST: 'list' } } } },
    mappings: [
      { FunctionName: 'works', EventSourceArn: streamArn('clicks'), StartingPosition: 'TRIM_HORIZON', BatchSize: 2 },
    ],
    endpoints: { kinesis: kinesis.url },
  });
  await project.write('list', '');
  const handled = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
    const lines = (await project.read('list')).split('\n');
    const ofShard = (shard: string): readonly number[] =>
      lines.flatMap((line) => (line.startsWith(`${shard} `) ? [Number(line.slice(shard.length + 1))] : []));
    return new Map(shards.map((shard) => [shard, ofShard(shard)]));
  };

  const numberAt = (position: string | undefined): number =>
    position === undefined ? -1 : (numbers.get(position) ?? NaN);
  let stored: ReadonlyMap<string, string | undefined> = new Map();
  for (let nr = 1; nr <= kills; nr++) {
    const before = await handled();
    const command = project.run();
    await untilKill(command, nr);
    await command.kill();
    for (const [shard, position] of startsOf(command)) {
      const begins = numberAt(position);
      // It is the one that was stored last, or a later one, and nothing before it was not handled.
      expect(begins).toBeGreaterThanOrEqual(numberAt(stored.get(shard)));
      expect(begins).toBeLessThanOrEqual(Math.max(-1, ...(before.get(shard) ?? [])));
    }
    stored = new Map([...stored, ...startsOf(command), ...storedBy(command)]);
  }
  const left = [...(await handled()).values()].filter((all) => new Set(all).size < perShard);
  expect(left).toHaveLength(shards.length);

  const last = project.run('--until-idle=0.5');
  expect(await last.exitCode()).toBe(0);
  for (const [shard, all] of await handled()) {
    const skips = all.filter((number, index) => number > (all[index - 1] ?? -1) + 1);
    const repeats = all.filter((number, index) => number <= (all[index - 1] ?? -1));

    expect({ shard, skips, handled: new Set(all).size }).toEqual({ shard, skips: [], handled: perShard });
    expect(repeats.length).toBeLessThanOrEqual(kills);
  }
}, 180_000);
