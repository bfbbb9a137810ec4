import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { changedFunctions } from '../../src/functions/changed-functions.js';
import type { FunctionDefinition, HandlerCode } from '../../src/functions/definition.js';
import type { JournalEvent } from '../../src/journal/events.js';
import type { InvocationOutcome, LambdaFunction } from '../../src/functions/lambda-function.js';
import { patienceMs } from '../../src/functions/waiting-calls.js';
import { systemClock } from '../../src/platform/clock.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { temporaryFolder } from './temporary-folder.js';
import { answer, call, definitionOf, handlers, isSettled, signal, titled, world, type Wanted } from './world.js';

interface Count {
  readonly pid: number;
  readonly calls: number;
}

const wasChanged = 'function orders was changed in the configuration, and what it was before has ended';
const wasRemoved = 'function orders was removed from the configuration';

const code = (handler: string): HandlerCode => ({ kind: 'module', handler });
const inline = (): HandlerCode => ({ kind: 'inline', handler: () => 1 });
const live = (handler: string): ReadonlyMap<string, HandlerCode> => new Map([['live', code(handler)]]);

describe('a function is another one', () => {
  const rows: readonly { it: string; before?: Wanted; after: Wanted; changed: boolean }[] = [
    { it: 'not when nothing is different', after: {}, changed: false },
    { it: 'when its Handler is', after: { handler: 'state.count' }, changed: true },
    { it: 'when its timeout is', after: { timeoutMs: 5_000 }, changed: true },
    { it: 'when its memory is', after: { memoryMb: 256 }, changed: true },
    { it: 'when it has a variable more', after: { variables: { A: '1' } }, changed: true },
    { it: 'when a variable is', before: { variables: { A: '1' } }, after: { variables: { A: '2' } }, changed: true },
    {
      it: 'not when its variables are in another order',
      before: { variables: { A: '1', B: '2' } },
      after: { variables: { B: '2', A: '1' } },
      changed: false,
    },
    { it: 'when its reservation is', after: { reservedConcurrency: 0 }, changed: true },
    { it: 'when its role is', after: { role: 'arn:aws:iam::000000000000:role/other' }, changed: true },
    { it: 'when its account is', after: { arn: 'arn:aws:lambda:eu-west-1:1:function:orders' }, changed: true },
    { it: 'when its folder is', after: { root: '/elsewhere' }, changed: true },
    { it: 'when it has an alias more', after: { qualified: live('a.b') }, changed: true },
    {
      it: 'when the code of an alias is',
      before: { qualified: live('a.b') },
      after: { qualified: live('a.c') },
      changed: true,
    },
    {
      it: 'not when its aliases are in another order',
      before: {
        qualified: new Map([
          ['live', code('a.b')],
          ['1', code('c.d')],
        ]),
      },
      after: {
        qualified: new Map([
          ['1', code('c.d')],
          ['live', code('a.b')],
        ]),
      },
      changed: false,
    },
    {
      it: 'when its JavaScript function only looks the same',
      before: { code: inline() },
      after: { code: inline() },
      changed: true,
    },
  ];
  it.each(titled(rows))('%s', (_title, { before = {}, after, changed }) => {
    expect(changedFunctions(named(before), named(after))).toEqual(changed ? ['orders'] : []);
  });

  it('not when its JavaScript function is the same', () => {
    const same = { code: inline() };
    expect(changedFunctions(named(same), named(same))).toEqual([]);
  });

  it('when it comes or goes', () => {
    expect(changedFunctions(named({ name: 'a' }, { name: 'b' }), named({ name: 'b' }, { name: 'c' }))).toEqual([
      'c',
      'a',
    ]);
  });
});

describe('reconfiguring', () => {
  it('tells what changed, came and went', async () => {
    const { functions } = world([{ name: 'same' }, { name: 'changes' }, { name: 'goes' }]);

    const next = named({ name: 'same' }, { name: 'changes', handler: 'state.count' }, { name: 'comes' });

    expect(await functions.reconfigure(next)).toEqual(['changes', 'comes', 'goes']);
    expect(await functions.reconfigure(next)).toEqual([]);
  });

  it('leaves the processes of the others alone', async () => {
    const { functions, fn } = world([{ name: 'same', handler: 'state.count' }, { name: 'changes' }]);
    const before = (await answer(fn)) as Count;

    await functions.reconfigure(named({ name: 'same', handler: 'state.count' }, { name: 'changes', memoryMb: 256 }));

    expect(functions.get('same')).toBe(fn);
    expect(await answer(fn)).toEqual({ pid: before.pid, calls: 2 });
  });

  it('gives the new code to who asks afterwards', async () => {
    const { functions } = world([{ handler: 'module.handler', qualified: live('module.handler') }, { name: 'goes' }]);

    await functions.reconfigure(
      named(
        { handler: 'common.handler', qualified: live('common.handler') },
        { name: 'comes', handler: 'state.count' },
      ),
    );

    expect(await answer(functions.get('orders'))).toBe('cjs');
    expect(await answer(functions.get('orders', 'live'))).toBe('cjs');
    expect(await answer(functions.get('comes'))).toMatchObject({ calls: 1 });
    expect(() => functions.get('goes')).toThrow('there is no function goes; configured functions: orders, comes');
  });

  it('after the end does nothing', async () => {
    const { functions } = world([{}]);
    await functions.close();

    expect(await functions.reconfigure(named({ handler: 'state.count' }))).toEqual([]);
  });
});

describe('a function that was changed', () => {
  it('ends at once when it has nothing to do, and throttles who still calls it', async () => {
    const { functions, fn } = world([{ handler: 'deaths.echo' }]);
    const pid = (await answer(fn)) as number;

    await functions.reconfigure(named({ handler: 'state.count' }));

    await untilGone(pid);
    expect(await call(fn)).toEqual({ outcome: { kind: 'throttled', because: wasChanged }, lines: [], started: 0 });
    expect(await fn.warmUp()).toBeUndefined();
  });

  it('finishes the call that runs, then ends', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile' }]);
    const { running, letGo } = await runs(fn);

    await functions.reconfigure(named({ handler: 'module.handler' }));
    expect(await answer(functions.get('orders')), 'the new one does not wait for it').toBe('mjs');
    expect(await isSettled(running)).toBe(false);
    letGo();

    const { pid } = await answerOf(running);
    await untilGone(pid);
  });

  it('serves calls until its last one ends', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile' }]);
    const { running, letGo } = await runs(fn);
    await functions.reconfigure(new Map());

    expect(await answer(fn, { file: handlers })).toMatchObject({ calls: 1 });
    letGo();
    await untilGone((await answerOf(running)).pid);

    expect((await call(fn)).outcome).toEqual({ kind: 'throttled', because: wasRemoved });
  });

  it('serves the call that waits for a busy environment', async () => {
    const clock = new VirtualClock(); // it stands still, so that no other environment is started for the second call
    const { functions, fn } = world([{ handler: 'state.untilFile' }], { clock });
    const { running, letGo } = await runs(fn);
    const waiting = fn.invoke({ invocationId: 'id', eventText: JSON.stringify({ file: handlers }), ...silent });

    await functions.reconfigure(new Map());
    letGo();

    const { pid } = await answerOf(running);
    expect(await answerOf(waiting)).toEqual({ pid, calls: 2 });
    await untilGone(pid);
    expect(clock.pending, 'timers that are left').toBe(0);
  });

  it('serves the call that waits for the first environment to load', async () => {
    const { functions, fn } = world([{ handler: 'state.count' }]);
    const waiting = answer(fn);

    await functions.reconfigure(new Map());

    const { pid, calls } = (await waiting) as Count;
    expect(calls).toBe(1);
    await untilGone(pid);
  });

  it.each([
    ['dies', 'deaths.exit', 'Runtime.ExitError'],
    ['does not load', 'throws-on-load.handler', 'RangeError'],
  ])('and whose code %s fails the call, then ends', async (_, handler, errorType) => {
    const { functions, fn } = world([{ handler }]);
    const waiting = call(fn, { code: 1 });

    await functions.reconfigure(new Map());

    expect((await waiting).outcome).toMatchObject({ kind: 'failed', error: { errorType } });
    await vi.waitUntil(async () => (await call(fn)).outcome.kind === 'throttled', { timeout: 5_000 });
  });

  it('serves a call whose process dies before it begins', async () => {
    const root = temporaryFolder();
    writeFileSync(path.join(root, 'orders.mjs'), secondDies);
    const clock = new VirtualClock();
    const { functions, fn } = world([{ root, handler: 'orders.handler' }], { clock });
    const { running, letGo } = await runs(fn);
    const second = answer(fn, { file: root });
    await clock.advance(patienceMs);
    const dying = path.join(root, 'dying');
    await vi.waitUntil(() => existsSync(dying) && !alive(Number(readFileSync(dying, 'utf8'))), { timeout: 5_000 });

    await functions.reconfigure(new Map());
    letGo();
    await running; // nothing runs or waits now, but for what the second process has not given back yet
    await clock.advance(1_000);

    expect(await second, 'the first process serves it').toBe(1);
  });

  it('serves a call that waits for code that is being written', async () => {
    const root = temporaryFolder();
    const write = (text: string): void => writeFileSync(path.join(root, 'orders.mjs'), text);
    write('export const handler = async () => process.pid;');
    const clock = new VirtualClock(systemClock.now()); // it is compared with when files were written
    const { functions, fn } = world([{ root, handler: 'orders.handler' }], { clock, watch: true });
    const pid = (await answer(fn)) as number;
    write('export const handler = async () =>');
    await untilGone(pid); // the change was noticed
    const waiting = answer(fn);

    await functions.reconfigure(new Map());
    write(`export const handler = async () => 'complete';`);
    await vi.waitUntil(() => clock.advance(100).then(() => isSettled(waiting)), { timeout: 10_000 });

    expect(await waiting).toBe('complete');
  });

  it('is waited for by close, which fails its call', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile' }]);
    const { running } = await runs(fn);
    await functions.reconfigure(new Map());

    await functions.close();

    expect(await running).toMatchObject({ kind: 'failed', error: { errorType: 'Runtime.ExitError' } });
    expect((await call(fn)).outcome).toEqual({ kind: 'throttled', because: 'the runtime is stopping' });
  });

  it('is ended by kill', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile' }]);
    const { running } = await runs(fn);
    await functions.reconfigure(new Map());

    await functions.kill();

    expect(await running).toMatchObject({ kind: 'failed' });
  });

  it('goes on when it is a JavaScript function that somebody holds', async () => {
    const { functions, fn } = world([{ code: { kind: 'inline', handler: () => 'old' } }]);

    await functions.reconfigure(named({ code: { kind: 'inline', handler: () => 'new' } }));

    expect(await answer(functions.get('orders'))).toBe('new');
    expect(await answer(fn)).toBe('old');
  });
});

describe('ReservedConcurrentExecutions', () => {
  it('that stays the same counts calls of the old code', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile', reservedConcurrency: 1 }]);
    const { running, letGo } = await runs(fn);

    await functions.reconfigure(named({ handler: 'module.handler', reservedConcurrency: 1 }));

    expect((await call(functions.get('orders'))).outcome.kind).toBe('throttled');
    letGo();
    await running;
    expect(await answer(functions.get('orders'))).toBe('mjs');
  });

  it('that is changed counts from 0', async () => {
    const { functions, fn } = world([{ handler: 'state.untilFile', reservedConcurrency: 1 }]);
    const { running, letGo } = await runs(fn);

    await functions.reconfigure(named({ handler: 'state.untilFile', reservedConcurrency: 2 }));
    const fresh = functions.get('orders');
    const both = [await runs(fresh), await runs(fresh)];

    expect((await call(fresh)).outcome.kind).toBe('throttled');
    for (const each of [...both, { letGo }]) each.letGo();
    await Promise.all([running, ...both.map((each) => each.running)]);
  });
});

describe('a function that is debugged', () => {
  it('keeps its port through changes, and waits until its old process has left it', async () => {
    const port = await freePort();
    const { functions, fn, events } = world([{ handler: 'state.untilFile' }], { inspect: { port } });
    const { running, letGo } = await runs(fn);

    await functions.reconfigure(named({ handler: 'answers.surroundings' }));
    const waiting = answer(functions.get('orders'));
    expect(loads(events), 'the new one does not start').toBe(1);
    letGo();
    const { pid } = await answerOf(running);

    const { execArgv } = (await waiting) as { readonly execArgv: readonly string[] };
    expect(alive(pid)).toBe(false);
    expect(execArgv).toContain(`--inspect=127.0.0.1:${port}`);
    expect(JSON.stringify(events)).not.toMatch('address already in use');
  });

  it('has a port of its own when it is added', async () => {
    const port = await freePort();
    const { functions } = world([{ name: 'a' }], { inspect: { port } });

    await functions.reconfigure(named({ name: 'b', handler: 'answers.surroundings' }, { name: 'a' }));

    expect(await answer(functions.get('b'))).toMatchObject({
      execArgv: expect.arrayContaining([`--inspect=127.0.0.1:${port + 1}`]) as unknown,
    });
  });
});

/** The second process that loads this dies of its first call, and leaves something behind that holds its output open. */
const secondDies = `
  import { spawn } from 'node:child_process';
  import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

  appendFileSync('loads', '.');
  const load = readFileSync('loads').length;
  if (load === 2) {
    process.prependListener('message', () => {
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3000)'], { stdio: 'inherit', detached: true });
      writeFileSync('dying', String(process.pid));
      process.exit(6);
    });
  }
  export const handler = async ({ file }) => {
    console.log('running');
    while (!existsSync(file)) await new Promise((resolve) => { setTimeout(resolve, 5); });
    return load;
  };
`;

function named(...wanted: readonly Wanted[]): ReadonlyMap<string, FunctionDefinition> {
  return new Map(wanted.map(definitionOf).map((definition) => [definition.name, definition]));
}

const silent = { started: () => {}, log: () => {} };

/** A call of `state.untilFile` that runs, and what lets it go. */
async function runs(fn: LambdaFunction) {
  const file = path.join(temporaryFolder(), 'go');
  const { begun, begin } = signal();
  const running = fn.invoke({
    invocationId: 'id',
    eventText: JSON.stringify({ file }),
    started: () => {},
    log: () => begin(),
  });
  await begun;
  return { running, letGo: () => writeFileSync(file, '') };
}

async function answerOf(call: Promise<InvocationOutcome>): Promise<Count> {
  const outcome = await call;
  if (outcome.kind !== 'succeeded') throw new Error(`the call did not succeed: ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.responseText) as Count;
}

function loads(events: readonly JournalEvent[]): number {
  return events.filter((event) => event.type === 'function-state' && event.state === 'loading').length;
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function untilGone(pid: number): Promise<unknown> {
  return vi.waitUntil(() => !alive(pid), { timeout: 5_000 });
}

/** A port that was free a moment ago, and the next one most likely, too. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
