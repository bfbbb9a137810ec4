import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { writeRunning } from '../../src/state/running.js';
import { checkpointed, firstShard, polls } from '../support/kinesis-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, streamArn, workbench, Workbench, type Project } from '../support/workbench.js';

/** A millrace that polls a queue and a stream of embedded servers. */
async function running(bench: Workbench): Promise<{ readonly project: Project; readonly run: MillraceCommand }> {
  const project = await bench.project({
    functions: { work: { Handler: 'handlers/as-told.echo' }, count: { Handler: 'handlers/kinesis.throwsOnPoison' } },
    mappings: [
      { FunctionName: 'work', EventSourceArn: arn('orders') },
      { FunctionName: 'count', EventSourceArn: streamArn('clicks'), StartingPosition: 'TRIM_HORIZON' },
    ],
    embedded: { shards: 1 },
    endpoints: { sqs: 'embedded', kinesis: 'embedded' },
  });
  const run = project.run();
  await run.entry('state-changed', ({ mapping, state }) => mapping.name === 'orders' && state === 'polling');
  await polls(run, 'clicks');
  await run.address();
  return { project, run };
}

async function send(project: Project, ...words: readonly string[]): Promise<string> {
  const command = project.millrace(['send', ...words]);
  expect(await command.exitCode()).toBe(0);
  return command.stdout.replace(`${firstShard}:`, '');
}

async function answer(project: Project, ...words: readonly string[]): Promise<unknown> {
  const command = project.millrace(['status', '--json', ...words]);
  expect(await command.exitCode()).toBe(0);
  return JSON.parse(command.stdout);
}

const uuid = expect.stringMatching(/^[\da-f-]{36}$/) as string;

describe.concurrent('millrace status', patient, () => {
  it('tells state, reason and progress of every mapping of the running process as JSON', async (test) => {
    const { project, run } = await running(workbench(test));
    const nothingYet = { committed: null, handled: null, end: null, lag: null, reason: null };
    const partition = { partition: firstShard, owner: `${hostname()}-${run.pid}`, ...nothingYet };
    const orders = { name: 'orders', uuid, state: 'polling', reason: 'polling queue orders', partitions: [] };
    const clicks = { name: 'clicks', uuid, state: 'polling', reason: 'polling stream clicks: 1 shard' };
    expect(await answer(project)).toEqual([orders, { ...clicks, partitions: [partition] }]);

    const id = await send(project, 'clicks', 'hello');
    await checkpointed(run, 1, 'clicks');

    const done = { ...partition, committed: id, handled: id };
    expect(await answer(project)).toEqual([orders, { ...clicks, partitions: [done] }]);
    expect(await answer(project, 'cli')).toEqual([{ ...clicks, partitions: [done] }]);
  });

  it('says why a shard waits', async (test) => {
    const { project, run } = await running(workbench(test));
    await send(project, 'clicks', 'poison');
    await run.atLeast(2, 'retry-scheduled');

    const because = /^waits until [\d:.]+Z: .*poison/;
    const held = { committed: null, handled: null, reason: expect.stringMatching(because) as string };
    expect(await answer(project, 'clicks')).toMatchObject([{ state: 'polling', partitions: [held] }]);
  });

  it('is a table for a person', async (test) => {
    const { project, run } = await running(workbench(test));
    const id = await send(project, 'clicks', 'hello');
    await checkpointed(run, 1, 'clicks');
    const [all, one] = [project.millrace(['status']), project.millrace(['status', 'orders'])];

    const short = `${id.slice(0, 8)}…${id.slice(-8)}`;
    expect(await all.exitCode()).toBe(0);
    expect(all.plainLines.map((line) => line.split(/ {2,}/))).toEqual([
      ['mapping', 'state', 'shard', 'handled', 'committed', 'why'],
      ['orders', 'polling', 'polling queue orders'],
      ['clicks', 'polling', 'polling stream clicks: 1 shard'],
      ['', '#0', short, short],
    ]);
    expect(await one.exitCode()).toBe(0);
    expect(one.plainLines.map((line) => line.split(/ {2,}/))).toEqual([
      ['mapping', 'state', 'why'],
      ['orders', 'polling', 'polling queue orders'],
    ]);
  });

  it('looks again and again with --watch, until Ctrl-C', async (test) => {
    const { project, run } = await running(workbench(test));
    const [table, json] = [
      ['status', '--watch'],
      ['status', 'clicks', '--watch', '--json'],
    ].map((words) => project.millrace(words));
    await table?.until('a shard of which nothing is handled', () => table.stdout.includes('–'));
    const id = await send(project, 'clicks', 'hello');
    await checkpointed(run, 1, 'clicks');
    await table?.until('the record that is handled', () => table.stdout.includes(id.slice(-8)));
    const line = await json?.until('a line that tells it', () => json.plainLines.find((one) => one.includes(id)));
    table?.interrupt();

    expect(await table?.exitCode()).toBe(130);
    expect(JSON.parse(line ?? '')).toMatchObject([{ name: 'clicks', partitions: [{ handled: id }] }]);
    await run.kill();
    expect(await json?.exitCode()).toBe(2);
    expect(json?.stderr).toContain(`no millrace runs on the state folder ${project.path('.millrace')}`);
  });

  it('ends with 2 for a mapping that the running process does not have, and lists those that it has', async (test) => {
    const { project } = await running(workbench(test));
    const command = project.millrace(['status', 'nobody']);

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toMatch(/no mapping "nobody"; there are:\n {2}orders {2}\S+\n {2}clicks {2}\S+$/);
  });

  it('ends with 2 when none runs, and names the state folder that it has looked at', async (test) => {
    const { project, run } = await running(workbench(test));
    await run.kill();
    const [here, elsewhere] = [project.millrace(['status']), project.millrace(['status', '--state', 'other'])];

    expect(await here.exitCode()).toBe(2);
    expect(here.stderr).toContain(`no millrace runs on the state folder ${project.path('.millrace')}; start`);
    expect(await elsewhere.exitCode()).toBe(2);
    expect(elsewhere.stderr).toContain(`no millrace runs on the state folder ${project.path('other')}; start`);
  });

  it.each([
    ['has no HTTP port', {}, /has no HTTP port; it is still starting, or was started by the library without `http`/],
    [
      'does not answer',
      { port: 1 },
      /does not answer at http:\/\/127\.0\.0\.1:1\/status \(.+\); it is stopping, it hangs, another program has got its port since, or/,
    ],
  ])('ends with 2 when the running process %s, and says what to do', async (_, port, message) => {
    const bench = new Workbench();
    try {
      const project = await bench.project({ functions: {}, mappings: [] });
      await mkdir(project.path('.millrace'));
      await writeRunning(project.path('.millrace'), { startedAt: '', endpoints: {}, ...port });
      const command = project.millrace(['status']);

      expect(await command.exitCode()).toBe(2);
      expect(command.stderr).toMatch(message);
      expect(command.stderr).toContain(`process ${process.pid} on the state folder ${project.path('.millrace')}`);
    } finally {
      await bench.close();
    }
  });
});
