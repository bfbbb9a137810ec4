import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { systemClock } from '../../src/platform/clock.js';
import { answer, call, world, type FunctionWorld } from './world.js';

interface Count {
  readonly pid: number;
  readonly calls: number;
}

// Processes of other tests would be counted: Node forgets them a moment after they are gone.
beforeEach(() => until(() => processes() === 0));

describe('concurrent calls', () => {
  it('run in environments of their own', async () => {
    const { fn } = world([{ handler: 'state.slow' }]);

    const answers = (await Promise.all([1, 2, 3].map(() => answer(fn, { ms: 400 })))) as Count[];

    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3);
  });

  it('take environments that become free instead of starting more', async () => {
    const { fn } = world([{ handler: 'state.count' }]);
    await answer(fn);
    const answers = (await Promise.all(Array.from({ length: 200 }, () => answer(fn)))) as Count[];

    expect(answers.length).toBe(200);
    expect(processes()).toBeLessThanOrEqual(4);
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
      { handler: 'state.slow', reservedConcurrency: 2, qualified: new Map([['1', { kind: 'module', handler: 'state.slow' }]]) },
    ]);
    const fn = functions.get('orders');
    const first = [answer(fn, { ms: 300 }), answer(functions.get('orders', '1'), { ms: 300 })];

    const { outcome, started } = await call(fn, { ms: 1 });

    expect(outcome).toEqual({ kind: 'throttled', because: 'orders is at its ReservedConcurrentExecutions of 2' });
    expect(started).toBe(0);
    await Promise.all(first);
    expect(await answer(fn, { ms: 1 })).toMatchObject({ calls: 2 });
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
    const { fn } = world([{ handler: 'state.slow' }], { clock });
    await Promise.all([1, 2, 3].map(() => answer(fn, { ms: 400 })));
    expect(processes()).toBe(3);

    await clock.advance(9_000);
    expect(processes()).toBe(3);
    await clock.advance(11_000);
    await until(() => processes() === 1);

    expect(await answer(fn, { ms: 1 })).toMatchObject({ calls: 2 });
  });

  it('are kept as a spare while there is work', async () => {
    const { fn } = world([{ handler: 'state.count' }]);

    await answer(fn);
    expect(processes(), 'a single call needs no spare').toBe(1);
    await answer(fn);
    await answer(fn);

    expect(processes()).toBe(2);
  });
});

describe('closing', () => {
  it('leaves nothing behind', async () => {
    const before = resources();
    const { functions, fn } = world([{ handler: 'state.count' }, { name: 'other', handler: 'output.levels' }]);
    await Promise.all([answer(fn), answer(fn), answer(functions.get('other'))]);

    await functions.close();
    await functions.close();

    await until(() => resources() === before);
  });

  it('before anything started is nothing', async () => {
    const { functions } = world([{ handler: 'state.count' }]);

    await functions.close();
    await functions.kill();
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

/** Whatever would keep this process alive, as one text. */
function resources(): string {
  const mine = new Set(['ProcessWrap', 'PipeWrap', 'Timeout', 'Immediate']);
  return process
    .getActiveResourcesInfo()
    .filter((kind) => mine.has(kind))
    .toSorted()
    .join(' ');
}

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve();
      else setTimeout(look, 5);
    };
    look();
  });
}

/** A call of a handler that has begun to run, and prints that it has. */
async function started(fn: FunctionWorld['fn']) {
  await fn.warmUp();
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const outcome = fn.invoke({ invocationId: 'id', eventText: '{}', started: () => {}, log: () => begin() });
  await begun;
  return { outcome };
}
