import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { LogLine } from '../../src/functions/lambda-function.js';
import { answer, call, failure, isSettled, signal, world, titled } from './world.js';

describe('an environment that ends during a call fails that call', () => {
  const rows: readonly { it: string; handler: string; event?: unknown; type: string; message: string | RegExp }[] = [
    {
      it: 'with the status it exits with',
      handler: 'deaths.exit',
      event: { code: 7 },
      type: 'Runtime.ExitError',
      message: 'RequestId: the-id Error: Runtime exited with error: exit status 7',
    },
    {
      it: 'also with status 0',
      handler: 'deaths.exit',
      event: { code: 0 },
      type: 'Runtime.ExitError',
      message: 'RequestId: the-id Error: Runtime exited without providing a reason',
    },
    {
      it: 'with the signal that killed it',
      handler: 'deaths.signal',
      event: { name: 'SIGKILL' },
      type: 'Runtime.ExitError',
      message: 'RequestId: the-id Error: Runtime exited with error: signal: killed',
    },
    {
      it: 'as a native crash ends it',
      handler: 'deaths.signal',
      event: { name: 'SIGSEGV' },
      type: 'Runtime.ExitError',
      message: 'RequestId: the-id Error: Runtime exited with error: signal: segmentation fault',
    },
    {
      it: 'with a rejection that nobody handles',
      handler: 'deaths.forgottenRejection',
      type: 'Runtime.UnhandledPromiseRejection',
      message: 'RangeError: nobody waits for me',
    },
    {
      it: 'with a rejection in the turn in which it returns',
      handler: 'deaths.rejectionAtTheEnd',
      type: 'Runtime.UnhandledPromiseRejection',
      message: 'RangeError: nobody waits for me',
    },
    {
      it: 'with an exception that nobody catches',
      handler: 'deaths.uncaught',
      type: 'EvalError',
      message: 'thrown from a timer',
    },
    {
      it: 'with MemorySize when its heap is full',
      handler: 'deaths.outOfMemory',
      type: 'Runtime.OutOfMemory',
      message: /^RequestId: the-id Error: .*MemorySize \(128 MB\)/,
    },
    {
      it: 'though a process of its own holds the streams open',
      handler: 'deaths.exitsWithChild',
      type: 'Runtime.ExitError',
      message: 'RequestId: the-id Error: Runtime exited with error: exit status 3',
    },
  ];
  it.each(titled(rows))('%s', async (_title, row) => {
    const { functions, fn } = world([{ handler: row.handler }, { name: 'other', handler: 'deaths.echo' }]);
    const other = await answer(functions.get('other'));

    const error = await failure(fn, row.event, 'the-id');

    expect(error.errorType).toBe(row.type);
    expect(error.errorMessage).toMatch(row.message);
    expect(await answer(functions.get('other')), 'another function keeps its environment').toBe(other);
  });

  it('and keeps what it printed before', async () => {
    const { fn } = world([{ handler: 'deaths.exit' }]);

    expect((await call(fn, { code: 1 })).lines).toEqual([{ level: 'info', message: 'about to exit' }]);
  });

  it('and all of it, however much', async () => {
    const { fn } = world([{ handler: 'output.flood' }]);

    const { lines } = await call(fn, { lines: 20_000 });

    expect(lines.length).toBe(20_000);
    expect(lines.at(-1)?.message).toBe('line 19999');
  });

  it('and the next call gets another one', async () => {
    const { fn } = world([{ handler: 'deaths.exit' }]);

    await failure(fn, { code: 1 });

    expect((await failure(fn, { code: 2 })).errorMessage).toMatch('exit status 2');
  });
});

describe('a call that takes too long', () => {
  it('is ended after Timeout, with its environment', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'deaths.neverInTime', timeoutMs: 3_000 }], { clock });
    await fn.warmUp();

    const failed = failure(fn, {}, 'the-id');
    await clock.advance(2_999);
    expect(await isSettled(failed)).toBe(false);
    await clock.advance(1);

    expect(await failed).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: the-id Error: Task timed out after 3.00 seconds',
      trace: [],
    });
  });

  it('is ended even in an endless loop, and what it printed is kept', async () => {
    const { fn } = world([{ handler: 'deaths.endless', timeoutMs: 300 }]);

    const { outcome, lines } = await call(fn, {}, 'the-id');

    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { errorMessage: 'RequestId: the-id Error: Task timed out after 0.30 seconds' },
      durationMs: expect.toSatisfy((ms: number) => ms >= 299 && ms < 1_000),
    });
    expect(lines).toEqual([{ level: 'info', message: 'before the loop' }]);
  });

  it('has all of its time although its environment took long to start', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'deaths.neverInTime', timeoutMs: 3_000 }], { clock });
    const { begun, begin } = signal();

    const outcome = fn.invoke({ invocationId: 'the-id', eventText: '{}', started: begin, log: () => {} });
    await clock.advance(2_500); // of loading
    await begun;
    await clock.advance(2_999);
    expect(await isSettled(outcome)).toBe(false);
    await clock.advance(1);

    expect(await outcome).toMatchObject({ kind: 'failed', durationMs: 3_000 });
  });
});

describe('an environment that ends between calls', () => {
  it('fails no call', async () => {
    const { fn, event } = world([{ handler: 'deaths.diesLater' }]);

    const first = await answer(fn, { code: 5 });
    await event(({ type }) => type === 'function-log');
    const second = await answer(fn, { code: 5 });

    expect(second).not.toBe(first);
  });

  it('does not do so at Ctrl-C, which reaches the whole process group', async () => {
    const { fn } = world([{ handler: 'deaths.echo' }]);
    const pid = (await answer(fn)) as number;

    process.kill(pid, 'SIGINT');

    expect([await answer(fn), await answer(fn)]).toEqual([pid, pid]);
  });

  it('fails a call in the end when no environment begins it', async () => {
    const { fn } = world([{ handler: 'dies-after-load.handler' }]);

    const { outcome, started } = await call(fn);

    expect(outcome).toMatchObject({ kind: 'failed', error: { errorType: 'Runtime.ExitError' } });
    expect(started).toBe(1);
  });

  it('is told in the journal', async () => {
    const { fn, event } = world([{ handler: 'deaths.diesLater' }]);

    await answer(fn, { code: 5 });

    expect(await event(({ type }) => type === 'function-log')).toEqual({
      type: 'function-log',
      function: 'orders',
      level: 'warn',
      message:
        'an execution environment ended while it had nothing to do: Error: Runtime exited with error: exit status 5',
    });
  });

  it('fails no call that was on its way to it', async () => {
    const { fn } = world([{ handler: 'deaths.echo' }]);
    const pid = (await answer(fn)) as number;

    process.kill(pid, 'SIGKILL');
    const { outcome, started } = await call(fn); // nobody has noticed the death yet

    expect(outcome).toMatchObject({ kind: 'succeeded', responseText: expect.not.stringMatching(`^${pid}$`) });
    expect(started).toBe(1);
  });

  it('fails none of many calls, whenever it ends', async () => {
    const { fn } = world([{ handler: 'deaths.echo' }]);

    for (let round = 0; round < 15; round++) {
      const pid = (await answer(fn)) as number;
      const calls = round % 2 === 0 ? [] : [call(fn)];
      await Promise.all(calls);
      process.kill(pid, 'SIGKILL');
      expect((await call(fn)).outcome.kind).toBe('succeeded');
    }
  });
});

describe('output', () => {
  it('of the console keeps its level and order', async () => {
    expect(await linesOf('output.levels')).toEqual([
      { level: 'info', message: 'log formatted' },
      { level: 'info', message: 'info' },
      { level: 'debug', message: 'debug' },
      { level: 'warn', message: 'warn' },
      { level: 'error', message: 'error' },
      { level: 'info', message: 'group' },
      { level: 'info', message: '  indented\n  in both lines' },
    ]);
  });

  it('of the streams is put together to lines', async () => {
    expect(await linesOf('output.streams')).toEqual([
      { level: 'info', message: 'one line' },
      { level: 'error', message: 'größer' },
      { level: 'info', message: 'and a rest' },
    ]);
  });

  it('past the streams is there as well', async () => {
    const lines = await linesOf('output.raw');

    expect(lines.toSorted((a, b) => a.message.localeCompare(b.message))).toEqual([
      { level: 'error', message: 'and to 2' },
      { level: 'info', message: 'straight to descriptor 1' },
    ]);
  });

  it('past the streams belongs to its call although the reader was busy when it came', async () => {
    const { fn } = world([{ handler: 'output.raw' }]);
    await call(fn);

    for (let round = 0; round < 5; round++) {
      const called = call(fn);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); // output and answer arrive meanwhile
      expect((await called).lines.length).toBe(2);
    }
  });

  it('that is too long for one line is cut', async () => {
    const lines = await linesOf('output.long', { characters: 300_000 });

    expect(lines.map(({ message }) => Buffer.byteLength(message)).every((bytes) => bytes <= 256 * 1024)).toBe(true);
    expect(lines.map(({ message }) => message).join('')).toBe('ä'.repeat(300_000));
  });

  it('after the answer goes to the journal', async () => {
    const { fn, event } = world([{ handler: 'output.leftover' }]);

    const { lines } = await call(fn, { say: 'later' });

    expect(lines).toEqual([{ level: 'info', message: 'now' }]);
    expect(await event(({ type }) => type === 'function-log')).toEqual({
      type: 'function-log',
      function: 'orders',
      level: 'info',
      message: 'later',
    });
  });
});

async function linesOf(handler: string, event?: unknown): Promise<readonly LogLine[]> {
  return (await call(world([{ handler }]).fn, event)).lines;
}
