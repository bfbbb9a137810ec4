import { describe, expect, it } from 'vitest';
import { calls, checkpointed, polls } from '../support/kinesis-events.js';
import { kinesisFailure } from '../support/kinesis-gateway.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, workbench } from '../support/workbench.js';

const functions = { work: { Handler: 'handlers/kinesis.echo', Timeout: 30 } };
const mapping = (stream: string) => ({
  FunctionName: 'work',
  EventSourceArn: streamArn(stream),
  StartingPosition: 'TRIM_HORIZON' as const,
});

const reasons = (command: MillraceCommand, stream: string): readonly string[] =>
  command.of(stream, 'state-changed').map(({ state, because }) => `${state}: ${because}`);

const waitingFor = (command: MillraceCommand, stream: string): Promise<unknown> =>
  command.entry('state-changed', ({ mapping: { name }, state }) => name === stream && state === 'waiting');

describe.concurrent('when Kinesis is in trouble', patient, () => {
  it('a mapping waits, with the reason, for a stream that does not exist; others go on, and nothing is missed', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    await kinesis.createStream('there');
    await kinesis.put('there', ['x']);
    const project = await bench.project({
      functions,
      mappings: [mapping('later'), mapping('there')],
      endpoints: { kinesis: kinesis.url },
    });
    const command = project.run('--until-idle=0.5', '--timeout=60');
    await waitingFor(command, 'later');
    await checkpointed(command, 1, 'there');
    const health = await (await fetch(`${await command.address()}/health`)).json();

    const reason = `waiting for stream later: it does not exist at ${kinesis.url}`;
    expect(health).toMatchObject({
      mappings: [
        { name: 'later', state: 'waiting', reason: expect.stringContaining(reason) as unknown },
        { name: 'there', state: 'polling' },
      ],
    });
    await kinesis.createStream('later');
    await kinesis.put('later', ['y']);
    expect(await command.exitCode()).toBe(0);
    expect(calls(command, 'later')).toEqual([['y']]);
  });

  it('a mapping waits for an endpoint that is down at the start, and handles what is there when it is up', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['x']);
    const proxy = await bench.proxy(kinesis.url);
    proxy.refuse = true;
    const project = await bench.project({
      functions,
      mappings: [mapping('clicks')],
      endpoints: { kinesis: proxy.url },
    });
    const command = project.run('--until-idle=0.5', '--timeout=60');
    await waitingFor(command, 'clicks');
    expect(reasons(command, 'clicks').at(-1)).toMatch(/^waiting: waiting for stream clicks: no answer from http:/);
    proxy.refuse = false;

    expect(await command.exitCode()).toBe(0);
    expect(calls(command, 'clicks')).toEqual([['x']]);
  });

  it('run --until-idle gives up on an endpoint that stays away, with exit code 2 and the reason', async (test) => {
    const project = await workbench(test).project({
      functions,
      mappings: [mapping('clicks')],
      endpoints: { kinesis: 'http://127.0.0.1:1' },
    });
    const command = project.run('--until-idle=0.5', '--timeout=2');

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toMatch(/not ready after 2 s: clicks: waiting for stream clicks: no answer from http:/);
  });

  it('nothing is lost or handled twice when the endpoint goes away in the middle, and comes back', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const proxy = await bench.proxy(kinesis.url);
    await kinesis.createStream('clicks', 2);
    const bodies = Array.from({ length: 300 }, (_, nr) => `click ${nr}`);
    const put = (from: number, to: number) =>
      kinesis.put(
        'clicks',
        bodies.slice(from, to).map((body) => ({ key: body, body })),
      );
    await put(0, 100);
    const project = await bench.project({
      functions: {
        work: {
          Handler: 'handlers/kinesis.keepsList',
          Environment: { Variables: { LIST: 'list.txt', TAKES_MS: '20' } },
        },
      },
      mappings: [{ ...mapping('clicks'), BatchSize: 5 }],
      endpoints: { kinesis: proxy.url },
    });
    const command = project.run('--until-idle=1', '--timeout=60');
    for (const sent of [100, 200]) {
      await checkpointed(command, sent - 50, 'clicks');
      const waits = (): number => command.all('state-changed').filter(({ state }) => state === 'waiting').length;
      const before = waits();
      proxy.refuse = true;
      proxy.cut();
      await command.until('a mapping that waits', () => waits() > before);
      await put(sent, sent + 100);
      proxy.refuse = false;
    }

    expect(await command.exitCode()).toBe(0);
    const handled = (await project.read('list.txt')).trimEnd().split('\n');
    expect(handled.map((line) => line.slice(line.indexOf(' ') + 1)).toSorted()).toEqual(bodies.toSorted());
    expect(reasons(command, 'clicks').join('\n')).toMatch(/waiting for stream clicks: .*no answer from/);
    expect(reasons(command, 'clicks').filter((reason) => reason.startsWith('polling:')).length).toBeGreaterThan(2);
  });

  it('Ctrl-C ends a run at once whose endpoint has fallen silent', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const proxy = await bench.proxy(kinesis.url);
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['x']);
    const project = await bench.project({
      functions,
      mappings: [mapping('clicks')],
      endpoints: { kinesis: proxy.url },
    });
    const command = project.run();
    await checkpointed(command, 1, 'clicks');
    proxy.silent = true;
    const before = Date.now();
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(Date.now() - before).toBeLessThan(3_000);
    expect(command.all('checkpointed')).toHaveLength(1);
  });

  it('calls that the service refuses become reasons, and are made again', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const gateway = await bench.gateway(kinesis.url);
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['x']);
    gateway.next(
      'GetRecords',
      kinesisFailure('ProvisionedThroughputExceededException', 'Rate exceeded for shard'),
      kinesisFailure('ExpiredIteratorException', 'Iterator expired'),
      kinesisFailure('InternalFailure', 'We encountered an internal error', 500),
      kinesisFailure('AccessDeniedException', 'no identity-based policy allows the action'),
    );
    const project = await bench.project({
      functions,
      mappings: [mapping('clicks')],
      endpoints: { kinesis: gateway.url },
    });
    const command = project.run('--until-idle=0.5', '--timeout=60');

    expect(await command.exitCode()).toBe(0);
    expect(calls(command, 'clicks')).toEqual([['x']]);
    const said = command.of('clicks', 'partition').map(({ because }) => because);
    expect(said).toContainEqual(expect.stringMatching(/asks to slow down .*Rate exceeded for shard/));
    expect(said).toContainEqual(expect.stringMatching(/InternalFailure: We encountered an internal error/));
    expect(said).toContainEqual(expect.stringMatching(/denied access .*check the credentials.*kinesis:GetRecords/));
    expect(said).not.toContainEqual(expect.stringMatching(/Iterator expired/));
  });

  it('a shard in trouble does not hold up another', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const gateway = await bench.gateway(kinesis.url);
    await kinesis.createStream('clicks', 2);
    gateway.always('GetShardIterator', (input) =>
      input['ShardId'] === 'shardId-000000000000'
        ? kinesisFailure('ProvisionedThroughputExceededException')
        : { forward: input },
    );
    const project = await bench.project({
      functions,
      mappings: [mapping('clicks')],
      endpoints: { kinesis: gateway.url },
    });
    await kinesis.put('clicks', [
      { body: 'first', hashKey: '0' },
      { body: 'second', hashKey: String(2n ** 128n - 1n) },
    ]);
    const command = project.run();
    await polls(command, 'clicks');
    await checkpointed(command, 1, 'clicks');
    expect(calls(command, 'clicks')).toEqual([['second']]);
    gateway.always('GetShardIterator', (forward) => ({ forward }));
    await checkpointed(command, 2, 'clicks');

    expect(calls(command, 'clicks')).toEqual([['second'], ['first']]);
    expect(reasons(command, 'clicks').join('\n')).toContain('2 shards, 1 of them in trouble');
  });
});
