import { ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DynamoDbLocal } from '../support/dynamodb-local.js';
import { polls } from '../support/kinesis-events.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { dynamoDbLocalMissing } from '../support/needs-dynamodb-local.js';
import { patient, streamArn, Workbench, type Project } from '../support/workbench.js';

const shardCount = 6;
const shards = Array.from({ length: shardCount }, (_, nr) => `shardId-${String(nr).padStart(12, '0')}`);
/** A hash key in each shard. */
const hashKeys = shards.map((_, nr) => String((2n ** 128n / BigInt(shardCount)) * BigInt(nr) + 1n));

const slow = { timeout: 180_000 } as const;

/** Puts numbered records into every shard until it is told to end. */
class Producer {
  readonly #kinesis: TestKinesis;
  readonly #stream: string;
  readonly #over = new AbortController();
  readonly #puts: Promise<void>;
  /** Records of each shard. */
  count = 0;

  constructor(kinesis: TestKinesis, stream: string) {
    this.#kinesis = kinesis;
    this.#stream = stream;
    this.#puts = this.#run();
  }

  /** Resolves with the number of records that every shard has got. */
  async end(): Promise<number> {
    this.#over.abort();
    await this.#puts;
    return this.count;
  }

  async #run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#kinesis.put(
        this.#stream,
        hashKeys.map((hashKey) => ({ body: String(this.count), hashKey })),
      );
      this.count++;
      await after(20);
    }
  }
}

/** The shards that a process works on. */
function held(command: MillraceCommand): ReadonlySet<string> {
  const lanes = new Set<string>();
  for (const { partition, state } of command.all('partition')) {
    if (state === 'started') lanes.add(partition);
    if (state === 'given-up' || state === 'finished') lanes.delete(partition);
  }
  return lanes;
}

const holds = (command: MillraceCommand, count: number): Promise<unknown> =>
  command.until(`${count} shards are worked on`, () => held(command).size === count);

/** Times at which a process began to work on each of these shards, in milliseconds. */
const startsOf = (command: MillraceCommand, lanes: ReadonlySet<string>, since: number): readonly number[] =>
  command
    .all('partition')
    .filter(({ partition, state, at }) => state === 'started' && lanes.has(partition) && Date.parse(at) >= since)
    .map(({ at }) => Date.parse(at));

/** Every record was handled, in order; behind a hand-over, and nowhere else, some of them again. */
function expectAllInOrder(handled: ReadonlyMap<string, readonly number[]>, count: number, handOvers: number): void {
  for (const [shard, numbers] of handled) {
    const skips = numbers.filter((number, index) => number > (numbers[index - 1] ?? -1) + 1);
    const repeats = numbers.filter((number, index) => number <= (numbers[index - 1] ?? -1));

    expect({ shard, skips, handled: new Set(numbers).size }).toEqual({ shard, skips: [], handled: count });
    expect(repeats.length).toBeLessThanOrEqual(handOvers);
  }
}

async function stop(...commands: readonly MillraceCommand[]): Promise<void> {
  for (const command of commands) command.interrupt();
  for (const command of commands) expect(await command.exitCode()).toBe(130);
}

describe.skipIf(dynamoDbLocalMissing)('processes that share a table of checkpoints', slow, () => {
  const bench = new Workbench();
  let local: DynamoDbLocal;
  let kinesis: TestKinesis;
  let streams = 0;
  beforeAll(async () => {
    local = await bench.dynamoDb();
    kinesis = await bench.kinesis();
  }, patient.timeout);
  afterAll(() => bench.close());

  interface World {
    readonly stream: string;
    readonly table: string;
    readonly project: Project;
    readonly start: (...words: readonly string[]) => MillraceCommand;
    /** A last process handles what the others have left; returns the numbers of each shard in the order of handling. */
    readonly handled: () => Promise<ReadonlyMap<string, readonly number[]>>;
  }

  async function world(leaseSeconds: number, dynamodb = local.url): Promise<World> {
    const stream = `clicks-${++streams}`;
    const table = `checkpoints-${streams}`;
    await kinesis.createStream(stream, shardCount);
    const project = await bench.project({
      functions: {
        works: { Handler: 'handlers/kinesis.keepsList', Environment: { Variables: { LIST: 'list', TAKES_MS: 20 } } },
      },
      mappings: [
        { FunctionName: 'works', EventSourceArn: streamArn(stream), StartingPosition: 'TRIM_HORIZON', BatchSize: 20 },
      ],
      endpoints: { kinesis: kinesis.url, dynamodb },
      state: `dynamodb://${table}?lease=${leaseSeconds}`,
    });
    return {
      stream,
      table,
      project,
      start: (...words) => project.run(...words),
      handled: async () => {
        const last = project.run('--until-idle=1');
        expect(await last.exitCode()).toBe(0);
        const lines = (await project.read('list')).trimEnd().split('\n');
        const ofShard = (shard: string): readonly number[] =>
          lines.flatMap((line) => (line.startsWith(`${shard} `) ? [Number(line.slice(shard.length + 1))] : []));
        return new Map(shards.map((shard) => [shard, ofShard(shard)]));
      },
    };
  }

  it('create it, divide the shards, and hand them over at once when one stops', async () => {
    const { stream, table, start, handled } = await world(10);
    const producer = new Producer(kinesis, stream);
    const [one, two] = [start(), start()];
    await Promise.all([holds(one, 3), holds(two, 3)]);
    const { TableNames = [] } = await local.client.send(new ListTablesCommand({}));
    expect(TableNames).toContain(table);
    expect(new Set([...held(one), ...held(two)]).size).toBe(shardCount);
    await Promise.all([one.atLeast(3, 'succeeded'), two.atLeast(3, 'succeeded')]);

    const handedOver = held(one);
    const stoppedAt = Date.now();
    await stop(one);
    await holds(two, shardCount);
    const [latest = 0] = startsOf(two, handedOver, stoppedAt).toSorted((a, b) => b - a);
    expect(latest - stoppedAt).toBeLessThan(10_000);
    await stop(two);
    const count = await producer.end();
    expectAllInOrder(await handled(), count, 0);
  });

  it('take the shards of one that was killed within the lease time', async () => {
    const { stream, start, handled } = await world(3);
    const producer = new Producer(kinesis, stream);
    const [one, two] = [start(), start()];
    await Promise.all([holds(one, 3), holds(two, 3)]);
    await Promise.all([one.atLeast(3, 'checkpointed'), two.atLeast(3, 'checkpointed')]);

    const orphans = held(one);
    const killedAt = Date.now();
    await one.kill();
    await holds(two, shardCount);
    const starts = startsOf(two, orphans, killedAt);
    expect(starts).toHaveLength(3);
    // The lease time, and the third of it that may pass before somebody looks; the rest is for a busy machine.
    expect(Math.max(...starts) - killedAt).toBeLessThan(6_000);
    const count = await producer.end();
    await stop(two);
    expectAllInOrder(await handled(), count, 1);
  });

  it('wait with --until-idle for the shards of one that was killed, whose leases still last', async () => {
    const { stream, start, handled } = await world(3);
    const producer = new Producer(kinesis, stream);
    const command = start();
    await holds(command, shardCount);
    await command.atLeast(shardCount, 'checkpointed');
    expect(held(command).size).toBe(shardCount);
    await command.kill();
    const count = await producer.end();

    expectAllInOrder(await handled(), count, 1);
  });

  it('take the shards of one that hangs, which leaves them alone when it comes to itself', async () => {
    const { stream, start, handled } = await world(3);
    const producer = new Producer(kinesis, stream);
    const [one, two] = [start(), start()];
    await Promise.all([holds(one, 3), holds(two, 3)]);
    await Promise.all([one.atLeast(3, 'checkpointed'), two.atLeast(3, 'checkpointed')]);

    one.interrupt('SIGSTOP');
    await holds(two, shardCount);
    expect(held(two)).toEqual(new Set(shards));
    one.interrupt('SIGCONT');
    await one.atLeast(3, 'partition', ({ state }) => state === 'given-up');
    // Then it asks for its share again.
    await Promise.all([holds(one, 3), holds(two, 3)]);
    const count = await producer.end();
    await stop(one, two);
    // The call that ran when it hung, and one that was under way when it went on.
    expectAllInOrder(await handled(), count, 2);
  });

  it('give some of their shards to one that comes later', async () => {
    const { stream, table, start, handled } = await world(3);
    const producer = new Producer(kinesis, stream);
    const [one, two] = [start(), start()];
    await Promise.all([holds(one, 3), holds(two, 3)]);
    const three = start();
    await Promise.all([one, two, three].map((command) => holds(command, 2)));
    await three.atLeast(4, 'checkpointed');

    const { Items = [] } = await local.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
    const owners = Items.flatMap(({ owner }) => (owner?.S === undefined ? [] : [owner.S]));
    expect(owners).toHaveLength(shardCount);
    expect([...new Set(owners)].map((owner) => owners.filter((each) => each === owner).length)).toEqual([2, 2, 2]);
    const count = await producer.end();
    await stop(one, two, three);
    expectAllInOrder(await handled(), count, 0);
  });

  it('finish a shard that was split before any of them begins with what continues it', async () => {
    const { stream, project, start, handled } = await world(3);
    const [parent = ''] = shards;
    const [hashKey = ''] = hashKeys;
    const put = (from: number, count: number): Promise<unknown> =>
      kinesis.put(
        stream,
        Array.from({ length: count }, (_, nr) => ({ body: String(from + nr), hashKey })),
      );
    await put(0, 400);
    await kinesis.split(stream, parent);
    await put(400, 20);
    const child = `shardId-${String(shardCount).padStart(12, '0')}`;
    const begun = ({ partition, state }: { readonly partition: string; readonly state: string }): boolean =>
      partition === child && state === 'started';
    const [one, two] = [start(), start()];
    await Promise.race([one, two].map((command) => command.entry('partition', begun)));
    await stop(one, two);
    await handled();
    const lines = (await project.read('list')).trimEnd().split('\n');

    expect(lines).toEqual([
      ...Array.from({ length: 400 }, (_, nr) => `${parent} ${nr}`),
      ...Array.from({ length: 20 }, (_, nr) => `${child} ${400 + nr}`),
    ]);
  });

  it('keep journals of their own in one folder, which why looks through', async () => {
    const { stream, project, start } = await world(3);
    const [one, two] = [start(), start()];
    await Promise.all([holds(one, 3), holds(two, 3)]);
    const ids = await kinesis.put(
      stream,
      hashKeys.map((hashKey) => ({ body: '0', hashKey })),
    );
    await Promise.all([one.atLeast(3, 'checkpointed'), two.atLeast(3, 'checkpointed')]);
    const whys = ids.map((id, nr) => project.millrace(['why', `${shards[nr]}:${id}`]));

    for (const why of whys) {
      expect(await why.exitCode()).toBe(0);
      expect(why.stdout).toContain('Handled');
    }
    await stop(one, two);
  });

  it('wait for a table that cannot be reached, and say why', async () => {
    const proxy = await bench.proxy(local.url);
    proxy.refuse = true;
    const { stream, start, handled } = await world(3, proxy.url);
    await kinesis.put(
      stream,
      hashKeys.map((hashKey) => ({ body: '0', hashKey })),
    );
    const command = start();
    const { because } = await command.entry('state-changed', ({ state }) => state === 'waiting');
    expect(because).toMatch(/no answer from the checkpoint table \S+ at http/);
    expect(command.all('invoked')).toEqual([]);
    proxy.refuse = false;
    await holds(command, shardCount);
    await stop(command);
    expectAllInOrder(await handled(), 1, 0);
  });

  it('call no handler for a shard whose lease could not be renewed, and go on when the table is back', async () => {
    const proxy = await bench.proxy(local.url);
    const { stream, start, handled } = await world(3, proxy.url);
    const producer = new Producer(kinesis, stream);
    const command = start();
    await holds(command, shardCount);
    await command.atLeast(6, 'checkpointed');
    proxy.refuse = true;
    proxy.cut();
    await command.atLeast(shardCount, 'partition', ({ state }) => state === 'given-up');
    const calls = command.all('invoked').length;
    const stopped = await command.until('the mapping waits', () => command.all('state-changed').at(-1));
    await after(500);
    expect(command.all('invoked')).toHaveLength(calls);
    expect(stopped.mapping.name).toBe(stream);
    proxy.refuse = false;
    await holds(command, shardCount);
    await polls(command, stream);
    const count = await producer.end();
    await stop(command);
    expectAllInOrder(await handled(), count, 1);
  });
});
