import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { temporaryFolder } from './temporary-folder.js';
import { answer, world } from './world.js';

interface Surroundings {
  readonly pid: number;
  readonly execArgv: readonly string[];
}

describe('a function that is debugged', () => {
  it('has a debugger port of its own, and says where', async () => {
    const port = await freePort();
    const { functions, event } = world(
      [
        { name: 'a', handler: 'answers.surroundings' },
        { name: 'b', handler: 'answers.surroundings' },
      ],
      { inspect: { port } },
    );

    const a = (await answer(functions.get('a'))) as Surroundings;
    const b = (await answer(functions.get('b'))) as Surroundings;

    expect(a.execArgv).toContain(`--inspect=127.0.0.1:${port}`);
    expect(b.execArgv).toContain(`--inspect=127.0.0.1:${port + 1}`);
    await event((it) => it.type === 'function-log' && it.message.includes(`ws://127.0.0.1:${port}/`));
  });

  it('leaves the others alone', async () => {
    const { functions } = world(
      [
        { name: 'a', handler: 'answers.surroundings' },
        { name: 'b', handler: 'answers.surroundings' },
      ],
      { inspect: { function: 'b', port: await freePort() } },
    );

    expect(((await answer(functions.get('a'))) as Surroundings).execArgv.join(' ')).not.toMatch('inspect');
    expect(((await answer(functions.get('b'))) as Surroundings).execArgv.join(' ')).toMatch('inspect');
  });

  it('must exist', () => {
    expect(() => world([{ name: 'a' }], { inspect: { function: 'c' } })).toThrow('there is no function c');
  });

  it('runs one call at a time, the others wait', async () => {
    const { fn } = world([{ handler: 'state.slow' }], { inspect: { port: await freePort() } });

    const answers = (await Promise.all([1, 2, 3].map(() => answer(fn, { ms: 20 })))) as {
      pid: number;
      calls: number;
    }[];

    expect(answers.map(({ calls }) => calls)).toEqual([1, 2, 3]);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  });

  it('has all the time it needs', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'state.slow', timeoutMs: 1_000 }], { clock, inspect: { port: await freePort() } });
    await fn.warmUp();

    const running = answer(fn, { ms: 100 });
    await clock.advance(3_600_000);

    expect(await running).toMatchObject({ calls: 1 });
  });

  it('gets its port back after a crash', async () => {
    const port = await freePort();
    const { fn, event, events } = world([{ handler: 'deaths.diesLater' }], { inspect: { port } });

    const first = await answer(fn, { code: 1 });
    await event((it) => it.type === 'function-log' && it.message.includes('exit status 1'));
    const second = await answer(fn, { code: 1 });

    expect(second).not.toBe(first);
    expect(JSON.stringify(events)).not.toMatch('address already in use');
  });
});

it('code that is debugged and changes waits for its port', async () => {
  const root = temporaryFolder();
  const write = (answerText: string): void =>
    writeFileSync(
      path.join(root, 'orders.mjs'),
      `process.on('SIGTERM', () => {}); export const handler = async () => '${answerText}';`,
    );
  write('old');
  const { fn, event, events } = world([{ root, handler: 'orders.handler' }], {
    watch: true,
    inspect: { port: await freePort() },
  });
  expect(await answer(fn)).toBe('old');

  write('new');
  await event((it) => it.type === 'function-state' && it.state === 'reloaded');

  expect(await answer(fn)).toBe('new');
  expect(JSON.stringify(events)).not.toMatch('address already in use');
});

/** A port that was free a moment ago, and the next one most likely, too. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
