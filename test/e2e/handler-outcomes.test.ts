import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench } from '../support/workbench.js';

interface Row {
  readonly handler: string;
  readonly told: object;
  readonly function?: string;
  readonly errorType: string;
  readonly errorMessage: RegExp;
}

const rows: readonly Row[] = [
  { handler: 'throws', told: { do: 'throw' }, errorType: 'RangeError', errorMessage: /^told to throw$/ },
  { handler: 'rejects', told: { do: 'reject' }, errorType: 'TypeError', errorMessage: /^told to reject$/ },
  { handler: 'throws a text', told: { do: 'throw-text' }, errorType: 'string', errorMessage: /^just a text$/ },
  {
    handler: 'takes longer than Timeout',
    told: { do: 'sleep', ms: 60_000 },
    function: 'hurried',
    errorType: 'Sandbox.Timedout',
    errorMessage: /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
  },
  {
    handler: 'loops without end',
    told: { do: 'loop' },
    function: 'hurried',
    errorType: 'Sandbox.Timedout',
    errorMessage: /Task timed out after 1\.00 seconds$/,
  },
  {
    handler: 'calls process.exit(0)',
    told: { do: 'exit', code: 0 },
    errorType: 'Runtime.ExitError',
    errorMessage: /^RequestId: [0-9a-f-]{36} Error: Runtime exited without providing a reason$/,
  },
  {
    handler: 'calls process.exit(1)',
    told: { do: 'exit', code: 1 },
    errorType: 'Runtime.ExitError',
    errorMessage: /Error: Runtime exited with error: exit status 1$/,
  },
  {
    handler: 'aborts its process',
    told: { do: 'abort' },
    errorType: 'Runtime.ExitError',
    errorMessage: /Error: Runtime exited with error: signal: aborted$/,
  },
  {
    handler: 'fills its memory',
    told: { do: 'out-of-memory' },
    errorType: 'Runtime.OutOfMemory',
    errorMessage: /ran out of memory: the heap reached MemorySize \(128 MB\)/,
  },
  {
    handler: 'returns more than 6 MB',
    told: { do: 'large', characters: 6 * 1024 * 1024 + 200 },
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: /^Response payload size exceeded maximum allowed payload size \(6291556 bytes\)\.$/,
  },
  {
    handler: 'forgets a rejected promise',
    told: { do: 'forgotten-rejection' },
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: /^URIError: nobody waits for me$/,
  },
];

describe('a function', patient, () => {
  const bench = new Workbench();
  const failing = new Map<Row, string>();
  const healthy: string[] = [];
  let sqs: TestSqs;
  let command: MillraceCommand;
  let health: unknown;

  beforeAll(async () => {
    sqs = await bench.sqs();
    for (const queue of ['usual', 'hurried', 'typed', 'broken']) {
      await sqs.createQueueWithDeadLetters(queue, 1, { VisibilityTimeout: '600' });
    }
    const project = await bench.project({
      functions: {
        usual: { Handler: 'handlers/as-told.handler', Timeout: 60 },
        hurried: { Handler: 'handlers/as-told.handler', Timeout: 1 },
        typed: { Handler: 'handlers/typed.handler', Timeout: 60 },
        broken: { Handler: 'handlers/does-not-load.handler', Timeout: 60 },
      },
      mappings: ['usual', 'hurried', 'typed', 'broken'].map((name) => ({
        FunctionName: name,
        EventSourceArn: arn(name),
        BatchSize: 1,
      })),
      endpoints: { sqs: sqs.url },
    });
    command = project.run();
    await command.entry('function-state', (entry) => entry.function === 'broken' && entry.state === 'failed');
    health = await (await fetch(`${await command.address()}/health`)).json();

    await sqs.send('broken', 'anything');
    await sqs.send('typed', '{"items":[1,2]}');
    await sqs.send('typed', '{}');
    for (const row of rows) {
      failing.set(row, await sqs.send(row.function ?? 'usual', JSON.stringify(row.told)));
      healthy.push(await sqs.send('usual', '{"do":"nothing"}'));
    }
    await command.atLeast(rows.length + 2, 'discarded');
    await command.settled(healthy.length, 'usual');
    await command.settled(1, 'typed');
  }, patient.timeout);
  afterAll(() => bench.close());

  for (const row of rows) {
    it(`that ${row.handler} fails its invocation with ${row.errorType}`, () => {
      const id = failing.get(row) ?? '';
      const failed = command.all('failed').filter(({ records }) => records.includes(id));

      expect(failed).toHaveLength(1);
      expect(failed[0]?.error).toMatchObject({
        errorType: row.errorType,
        errorMessage: expect.stringMatching(row.errorMessage) as unknown,
      });
    });
  }

  it('that fails in any of these ways has no message deleted, and takes no other message with it', async () => {
    const settled = command.all('settled').flatMap(({ records }) => records);

    expect(settled.filter((id) => [...failing.values()].includes(id))).toEqual([]);
    expect(settled).toEqual(expect.arrayContaining(healthy));
    expect(command.of('usual', 'succeeded')).toHaveLength(healthy.length);
    const usual = rows.filter((row) => row.function === undefined).length;
    expect(await sqs.depth('usual')).toEqual({ visible: 0, hidden: usual });
    expect(await sqs.depth('hurried')).toEqual({ visible: 0, hidden: rows.length - usual });
  });

  it('shows where in its TypeScript it failed', () => {
    const [failed] = command.of('typed', 'failed');

    expect(command.logs('typed')).toEqual(['price 3']);
    expect(failed?.error).toMatchObject({ errorType: 'RangeError', errorMessage: 'an order without items' });
    expect(failed?.error?.trace[1]).toMatch(/^ {4}at priceOf \(.*handlers\/lib\/price\.ts:7:11\)$/);
    expect(failed?.error?.trace[2]).toMatch(/handlers\/typed\.ts:11:\d+\)$/);
    expect(failed?.error?.trace).toHaveLength(3);
  });

  it('whose module does not load is shown in /health before the first message is taken', () => {
    const reason = /^Runtime\.ImportModuleError: .*Cannot find package 'a-package-that-is-not-installed'/;

    expect(health).toMatchObject({
      status: 'ok',
      functions: expect.arrayContaining([
        { name: 'broken', state: 'failed', reason: expect.stringMatching(reason) as unknown },
      ]) as unknown,
    });
    const failedAt = command.entries.findIndex((entry) => entry.type === 'function-state' && entry.state === 'failed');
    expect(failedAt).toBeGreaterThan(-1);
    expect(failedAt).toBeLessThan(command.entries.findIndex((entry) => entry.type === 'received'));
    expect(command.stderr).toContain('Cannot find package');
  });

  it('whose module does not load has no message deleted', async () => {
    expect(command.of('broken', 'failed')).toMatchObject([{ error: { errorType: 'Runtime.ImportModuleError' } }]);
    expect(await sqs.depth('broken')).toEqual({ visible: 0, hidden: 1 });
  });
});
