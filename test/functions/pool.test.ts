import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { LambdaFunction } from '../../src/functions/lambda-function.js';
import { patienceMs } from '../../src/functions/waiting-calls.js';
import { systemClock, type Clock } from '../../src/platform/clock.js';
import { temporaryFolder } from './temporary-folder.js';
import { answer, call, handlers, signal, world } from './world.js';

interface Count {
  readonly pid: number;
  readonly calls: number;
}

// Processes of other tests would be counted: Node forgets them a moment after they are gone.
beforeEach(() => vi.waitUntil(() => processes() === 0, { timeout: 5_000 }));

describe('concurrent calls', () => {
  it('run in environments of their own', async () => {
    const { fn } = world([{ handler: 'state.untilFile' }]);

    const answers = (await atOnce([fn, fn, fn])) as Count[];

    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3);
  });

  it('take environments that become free instead of starting more', async () => {
    const { fn } = world([{ handler: 'state.count' }]);
    await answer(fn);
    const answers = (await Promise.all(Array.from({ length: 200 }, () => answer(fn)))) as Count[];

    expect(answers.length).toBe(200);
    expect(processes()).toBeLessThanOrEqual(4);
  });

  it('wait for a busy environment before another is started for them', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'deaths.neverInTime' }], { clock });
    await started(fn);
    void call(fn);
    void call(fn);

    await clock.advance(patienceMs - 1);
    expect(processes()).toBe(1);
    await clock.advance(1);
    expect(processes()).toBe(3);
  });

  it('are not forgotten when their time comes while the pool looks at the clock', async () => {
    const time = new VirtualClock();
    let behindMs = 0;
    const clock: Clock = {
      now: () => {
        const now = time.now() - behindMs;
        behindMs = 0;
        return now;
      },
      after: (ms, run) => time.after(ms, run),
    };
    const { fn } = world([{ handler: 'deaths.neverInTime' }], { clock });
    await started(fn);
    void call(fn);

    behindMs = 1; // a timer may be early by that
    await time.advance(patienceMs);
    await time.advance(1);

    expect(processes()).toBe(2);
  });

  it('one after the other use the same environment', async () => {
    const { fn } = world([{ handler: 'state.count' }]);

    const pids = new Set<number>();
    for (let i = 0; i < 20; i++) pids.add(((await answer(fn)) as Count).pid);

    expect(pids.size).toBe(1);
  });

  it('of different versions run their own code', async () => {
    const { functions } = world([
      { handler: 'module.handler', qualified: new Map([['live', { kind: 'module', handler: 'common.handler' }]]) },
    ]);

    expect(await answer(functions.get('orders'))).toBe('mjs');
    expect(await answer(functions.get('orders', '$LATEST'))).toBe('mjs');
    expect(await answer(functions.get('orders', 'live'))).toBe('cjs');
    expect(functions.get('orders', 'live').name).toBe('orders:live');
  });
});

describe('ReservedConcurrentExecutions', () => {
  it('throttles what goes beyond it, over all versions together', async () => {
    const { functions } = world([
      {
        handler: 'state.untilFile',
        reservedConcurrency: 2,
        qualified: new Map([['1', { kind: 'module', handler: 'state.untilFile' }]]),
      },
    ]);
    const fn = functions.get('orders');

    const running = atOnce([fn, functions.get('orders', '1')]);
    const { outcome, started } = await call(fn);

    expect(outcome).toEqual({ kind: 'throttled', because: 'orders is at its ReservedConcurrentExecutions of 2' });
    expect(started).toBe(0);
    await running;
    expect(await answer(fn, { file: handlers })).toMatchObject({ calls: 2 });
  });

  it('of 0 throttles every call, and the code can still be checked', async () => {
    const { fn } = world([{ handler: 'throws-on-load.handler', reservedConcurrency: 0 }]);

    expect((await call(fn)).outcome).toEqual({
      kind: 'throttled',
      because: 'ReservedConcurrentExecutions of orders is 0: every call is throttled',
    });
    expect(await fn.warmUp()).toMatchObject({ errorType: 'RangeError' });
  });

  it('is given back by calls that fail', async () => {
    const { fn } = world([{ handler: 'deaths.exit', reservedConcurrency: 1 }]);

    const outcomes = [await call(fn, { code: 1 }), await call(fn, { code: 1 })];

    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'failed']);
  });
});

describe('environments that are not needed', () => {
  it('end after ten seconds, all but one', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'state.untilFile' }], { clock });
    await atOnce([fn, fn, fn], () => clock.advance(patienceMs));
    const needed = processes();
    expect(needed).toBeGreaterThanOrEqual(3);

    await clock.advance(9_000);
    expect(processes()).toBe(needed);
    await clock.advance(11_000);
    await vi.waitUntil(() => processes() === 1, { timeout: 5_000 });

    expect(await answer(fn, { file: handlers })).toMatchObject({ calls: 2 });
  });

  it('are kept as a spare while there is work', async () => {
    const { fn } = world([{ handler: 'state.count' }]);

    await answer(fn);
    expect(processes(), 'a single call needs no spare').toBe(1);
    await answer(fn);
    await answer(fn);

    expect(processes()).toBe(2);
  });

  it('are kept beyond those in use when none of these is about to come free', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'deaths.neverInTime' }], { clock });
    await fn.warmUp();
    const calls = [call(fn), call(fn)];
    await vi.waitUntil(() => clock.advance(patienceMs).then(() => processes() === 3), { timeout: 10_000 });

    expect(calls.length, 'two run, one is warm').toBe(2);
  });
});

describe('closing', () => {
  it('leaves nothing behind', async () => {
    const before = pipes(); // the test runner has some, too
    const { functions, fn } = world([{ handler: 'state.count' }, { name: 'other', handler: 'output.levels' }]);
    await Promise.all([answer(fn), answer(fn), answer(functions.get('other'))]);

    await functions.close();
    await functions.close();

    await expect.poll(() => pipes(), { timeout: 5_000 }).toBeLessThanOrEqual(before);
    await expect.poll(() => processes(), { timeout: 5_000 }).toBe(0);
  });

  it('before anything started is nothing', async () => {
    const { functions } = world([{ handler: 'state.count' }]);

    expect(await Promise.all([functions.close(), functions.kill()])).toEqual([undefined, undefined]);
  });

  it('while an environment starts throttles the call that waits for it', async () => {
    const { functions, fn } = world([{ handler: 'state.count' }]);

    const waiting = call(fn);
    const warm = fn.warmUp();
    await functions.close();

    expect((await waiting).outcome).toEqual({ kind: 'throttled', because: 'the runtime is stopping' });
    expect(await warm).toBeUndefined();
    expect((await call(fn)).outcome.kind).toBe('throttled');
  });

  it('fails the call that runs', async () => {
    const { fn, functions } = world([{ handler: 'deaths.neverInTime' }]);
    const running = await started(fn);

    await functions.close();

    expect(await running.outcome).toMatchObject({ kind: 'failed', error: { errorType: 'Runtime.ExitError' } });
  });

  it('insists after half a second', async () => {
    const { functions, fn } = world([{ handler: 'deaths.handlesTermination' }]);
    const pid = (await answer(fn)) as number;

    const startedAt = systemClock.now();
    await functions.close();

    expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(495);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('at once does not wait', async () => {
    const { functions, fn } = world([{ handler: 'deaths.handlesTermination' }]);
    await answer(fn);

    const startedAt = systemClock.now();
    await functions.kill();

    expect(systemClock.now() - startedAt).toBeLessThan(400);
  });

  it('leaves no timer to an injected clock', async () => {
    const clock = new VirtualClock();
    const { functions, fn } = world([{ handler: 'state.count' }], { clock });
    await answer(fn);
    await answer(fn);

    await functions.close();

    expect(clock.pending).toBe(0);
  });
});

describe('a function set', () => {
  it('names what it has when asked for something else', () => {
    const { functions } = world([{ qualified: new Map([['live', { kind: 'module', handler: 'a.b' }]]) }]);

    expect(() => functions.get('nope')).toThrow('there is no function nope; configured functions: orders');
    expect(() => functions.get('orders', 'dead')).toThrow(
      'function orders has no version or alias dead; it has: $LATEST, live',
    );
  });
});

/** Processes that this one has started and that are not gone yet. */
function processes(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
}

function pipes(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
}

/** Calls `state.untilFile` of each function and lets them go when all of them run; their answers. */
async function atOnce(
  functions: readonly LambdaFunction[],
  letTimePass: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly unknown[]> {
  const file = path.join(temporaryFolder(), 'go');
  let running = 0;
  const calls = functions.map((fn) =>
    fn.invoke({
      invocationId: 'id',
      eventText: JSON.stringify({ file }),
      started: () => running++,
      log: () => {},
    }),
  );
  await vi.waitUntil(() => letTimePass().then(() => running === functions.length), { timeout: 20_000 });
  writeFileSync(file, '');
  const outcomes = await Promise.all(calls);
  return outcomes.map((outcome) => (outcome.kind === 'succeeded' ? JSON.parse(outcome.responseText) : outcome));
}

/** A call of a handler that has begun to run, and prints that it has. */
async function started(fn: LambdaFunction) {
  await fn.warmUp();
  const { begun, begin } = signal();
  const outcome = fn.invoke({ invocationId: 'id', eventText: '{}', started: () => {}, log: () => begin() });
  await begun;
  return { outcome };
}
