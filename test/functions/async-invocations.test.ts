import { describe, expect, it } from 'vitest';
import { AsyncInvocations, mostHeld } from '../../src/functions/async-invocations.js';
import type { AsyncEvent } from '../../src/functions/async-lane.js';
import { throttlePauseMs } from '../../src/functions/async-rules.js';
import type { FunctionSet } from '../../src/functions/function-set.js';
import type { InvocationOutcome, LambdaFunction } from '../../src/functions/lambda-function.js';
import type { JournalEvent } from '../../src/journal/events.js';
import { MillraceError } from '../../src/platform/millrace-error.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';
import { definitionOf } from './world.js';

const minute = 60_000;
const hour = 60 * minute;
const boom = { errorType: 'Error', errorMessage: 'boom', trace: [] };

type Outcome = 'ok' | 'boom' | 'throttled';

interface Call {
  readonly id: string;
  readonly event: unknown;
  /** Since the beginning. */
  readonly atMs: number;
}

interface World {
  readonly clock: VirtualClock;
  readonly events: AsyncInvocations;
  readonly calls: readonly Call[];
  readonly journal: readonly JournalEvent[];
  /** Adds an event that is called by its id. */
  readonly add: (id: string, event?: Partial<AsyncEvent>) => ReturnType<AsyncInvocations['add']>;
}

interface Wanted {
  /** How the call with this number, from 1, ends. */
  readonly outcome?: (call: number, id: string) => Outcome;
  readonly tookMs?: number;
  readonly reservedConcurrency?: number;
  readonly names?: string[];
}

/** Functions of these names, `orders` unless told otherwise, that end as a test wants. */
function world({ outcome = () => 'ok', tookMs = 0, reservedConcurrency, names = ['orders'] }: Wanted = {}): World {
  const clock = new VirtualClock();
  const beginning = clock.now();
  const calls: Call[] = [];
  const journal: JournalEvent[] = [];
  const running = new Map<string, number>();
  const call = async (name: string, id: string, eventText: string): Promise<InvocationOutcome> => {
    const now = running.get(name) ?? 0;
    if (now >= (reservedConcurrency ?? 1_000)) return { kind: 'throttled', because: `${name} is full` };
    calls.push({ id, event: JSON.parse(eventText), atMs: clock.now() - beginning });
    const end = outcome(calls.length, id);
    if (end === 'throttled') return { kind: 'throttled', because: `${name} is full` };
    running.set(name, now + 1);
    if (tookMs > 0) await new Promise<void>((resolve) => clock.after(tookMs, resolve));
    running.set(name, (running.get(name) ?? 0) - 1);
    if (end === 'boom') return { kind: 'failed', durationMs: tookMs, error: boom };
    return { kind: 'succeeded', durationMs: tookMs, responseText: 'null' };
  };
  const functions: Pick<FunctionSet, 'get' | 'list'> = {
    list: () => names.map((name) => definitionOf({ name, reservedConcurrency })),
    get: (name): LambdaFunction => {
      if (!names.includes(name)) throw new MillraceError('NOT_FOUND', `there is no function ${name}`);
      return {
        name,
        timeoutMs: 3_000,
        warmUp: () => Promise.resolve(undefined),
        invoke: ({ invocationId, eventText }) => call(name, invocationId, eventText),
      };
    },
  };
  const events = new AsyncInvocations({ functions, clock, journal: { write: (event) => journal.push(event) } });
  const add: World['add'] = (id, event = {}) =>
    events.add({ name: 'orders', qualifier: undefined, invocationId: id, eventText: '{}', ...event });
  return { clock, events, calls, journal, add };
}

const step = (fields: object) => ({
  type: 'direct-invocation',
  invocationType: 'Event',
  function: 'orders',
  invocation: 'a',
  ...fields,
});
const timesOf = (calls: readonly Call[]): readonly number[] => calls.map(({ atMs }) => atMs);
const idsOf = (calls: readonly Call[]): readonly string[] => calls.map(({ id }) => id);

const dropped = (count: string, ids: string) => ({
  type: 'notice',
  level: 'warn',
  because: `millrace stops: ${count} for orders that waited for a call will not be handled (Event invocation ${ids})`,
});

describe('an event', () => {
  it('is handed to the function once when that handles it', async () => {
    const { clock, calls, journal, add } = world({ tookMs: 5 });
    expect(add('a', { eventText: '{"n":1}' })).toBeUndefined();
    await clock.advance(24 * hour);
    expect(calls).toEqual([{ id: 'a', event: { n: 1 }, atMs: 0 }]);
    expect(journal).toEqual([step({ outcome: 'succeeded', durationMs: 5, attempt: 1 })]);
    expect(clock.pending).toBe(0);
  });

  it('is tried again after one minute and after two when the function fails, with the same id', async () => {
    const { clock, calls, journal, add } = world({ outcome: (call) => (call < 3 ? 'boom' : 'ok') });
    add('a');
    await clock.advance(24 * hour);
    expect(timesOf(calls)).toEqual([0, minute, 3 * minute]);
    expect(idsOf(calls)).toEqual(['a', 'a', 'a']);
    expect(journal).toEqual([
      step({ outcome: 'failed', durationMs: 0, error: boom, attempt: 1, retryAt: '2026-01-31T12:01:00.000Z' }),
      step({ outcome: 'failed', durationMs: 0, error: boom, attempt: 2, retryAt: '2026-01-31T12:03:00.000Z' }),
      step({ outcome: 'succeeded', durationMs: 0, attempt: 3 }),
    ]);
  });

  it('is given up when the function fails a third time', async () => {
    const { clock, calls, journal, add } = world({ outcome: () => 'boom' });
    add('a');
    await clock.advance(24 * hour);
    expect(timesOf(calls)).toEqual([0, minute, 3 * minute]);
    expect(journal.slice(2)).toEqual([
      step({ outcome: 'failed', durationMs: 0, error: boom, attempt: 3 }),
      step({ outcome: 'discarded', because: 'it has failed 3 times' }),
    ]);
    expect(clock.pending).toBe(0);
  });

  it('is given up when its function is gone', async () => {
    const names = ['orders'];
    const { clock, journal, add } = world({ outcome: () => 'boom', names });
    add('a', { qualifier: 'live' });
    names.pop();
    await clock.advance(hour);
    expect(journal.at(-1)).toEqual(
      step({ function: 'orders:live', outcome: 'discarded', because: 'there is no function orders' }),
    );
  });
});

describe('a function that is throttled', () => {
  it('is tried again after a second, and then after twice as long, up to 5 minutes', () => {
    expect(Array.from({ length: 10 }, (_, throttles) => throttlePauseMs(throttles) / 1_000)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
    ]);
  });

  it('gets the event when it is free again, which is no error of the event', async () => {
    const { clock, calls, journal, add } = world({ outcome: (call) => (call < 4 ? 'throttled' : 'ok') });
    add('a');
    await clock.advance(hour);
    expect(timesOf(calls)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(journal).toEqual([
      step({ outcome: 'throttled', because: 'orders is full', retryAt: '2026-01-31T12:00:01.000Z' }),
      step({ outcome: 'throttled', because: 'orders is full', retryAt: '2026-01-31T12:00:03.000Z' }),
      step({ outcome: 'throttled', because: 'orders is full', retryAt: '2026-01-31T12:00:07.000Z' }),
      step({ outcome: 'succeeded', durationMs: 0, attempt: 1 }),
    ]);
  });

  it('pauses once for calls that are throttled together, and gets the oldest events first', async () => {
    // 25 events: 20 are tried at once, and of those that wait none is before them afterwards.
    const { clock, calls, add } = world({ outcome: (call) => (call <= 40 ? 'throttled' : 'ok') });
    const ids = Array.from({ length: 25 }, (_, index) => `e${index}`);
    for (const id of ids) add(id);
    await clock.advance(hour);
    expect(idsOf(calls)).toEqual([...ids.slice(0, 20), ...ids.slice(0, 20), ...ids]);
    expect([...new Set(timesOf(calls))]).toEqual([0, 1_000, 3_000]);
  });

  it('begins with a pause of a second again after a call that got through', async () => {
    const { clock, calls, add } = world({ outcome: (call) => ([1, 2, 4].includes(call) ? 'throttled' : 'ok') });
    add('a');
    await clock.advance(hour);
    add('b');
    await clock.advance(hour);
    expect(timesOf(calls)).toEqual([0, 1_000, 3_000, hour, hour + 1_000]);
  });

  it('loses an event that is older than 6 hours', async () => {
    const { clock, calls, journal, add } = world({ outcome: () => 'throttled' });
    add('a');
    await clock.advance(24 * hour);
    expect(calls.at(-1)?.atMs).toBeLessThanOrEqual(6 * hour);
    expect(calls.at(-1)?.atMs).toBeGreaterThan(6 * hour - 5 * minute - 1);
    expect(journal.at(-1)).toEqual(
      step({ outcome: 'discarded', because: 'it is older than 6 hours, the longest that Lambda keeps an event' }),
    );
    expect(clock.pending).toBe(0);
  });

  it('gets an event as soon as one before it has ended, and not only after the pause', async () => {
    // Somebody else takes the second place of the function: one of two calls is throttled.
    const { clock, calls, add } = world({ outcome: (call) => (call === 2 ? 'throttled' : 'ok'), tookMs: 200 });
    add('a');
    add('b');
    await clock.advance(hour);
    expect(timesOf(calls)).toEqual([0, 0, 200]);
    expect(idsOf(calls)).toEqual(['a', 'b', 'b']);
  });
});

describe('many events', () => {
  it('of one function run 20 at a time, in the order in which they came', async () => {
    const { clock, calls, add } = world({ tookMs: 1_000 });
    const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
    for (const id of ids) add(id);
    await clock.advance(hour);
    expect(idsOf(calls)).toEqual(ids);
    expect(timesOf(calls)).toEqual(ids.map((_, index) => Math.floor(index / 20) * 1_000));
  });

  it('run no more at a time than is reserved for the function, and none is throttled', async () => {
    const { clock, calls, journal, add } = world({ tookMs: 1_000, reservedConcurrency: 2 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id);
    await clock.advance(hour);
    expect(timesOf(calls)).toEqual([0, 0, 1_000, 1_000, 2_000]);
    expect(journal.every((entry) => 'outcome' in entry && entry.outcome === 'succeeded')).toBe(true);
  });

  it('of one function do not hold up another', async () => {
    const { clock, calls, add } = world({ tookMs: hour, names: ['orders', 'billing'] });
    for (let index = 0; index < 30; index++) add(`e${index}`);
    add('b', { name: 'billing' });
    await clock.advance(0);
    expect(idsOf(calls)).toContain('b');
  });

  it(`are refused when ${mostHeld.events} run or wait, until one of them is done`, async () => {
    const { clock, add } = world({ tookMs: 1_000 });
    for (let index = 0; index < 1_000; index++) expect(add(`e${index}`)).toBeUndefined();
    expect(add('x')).toEqual({ refusedBecause: '1000 events run or wait already, and no more are kept' });
    await clock.advance(1_000);
    for (let index = 0; index < 20; index++) expect(add(`f${index}`)).toBeUndefined();
    expect(add('x')).toBeDefined();
  });

  it('are refused when they take too much memory, until one of them is done', async () => {
    const { clock, add } = world({ tookMs: 1_000 });
    const eventText = `"${'x'.repeat(mostHeld.characters / 4)}"`;
    for (const id of ['a', 'b', 'c']) expect(add(id, { eventText })).toBeUndefined();
    expect(add('d', { eventText })).toEqual({ refusedBecause: '3 events run or wait already, and no more are kept' });
    await clock.advance(1_000);
    expect(add('d', { eventText })).toBeUndefined();
  });
});

describe('closing', () => {
  it('drops what waits, says what that is, and leaves no timer', async () => {
    const { clock, events, calls, journal, add } = world({
      outcome: (_, id) => (id === 'failing' ? 'boom' : 'throttled'),
    });
    add('failing');
    await settled();
    add('throttled');
    await settled();
    add('behind');
    const before = journal.length;
    await events.close();
    expect(journal.slice(before)).toEqual([dropped('3 events', 'throttled, behind, failing')]);
    await clock.advance(24 * hour);
    expect(calls).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('waits for what runs, which is handled', async () => {
    const { clock, events, journal, add } = world({ tookMs: 1_000 });
    add('a');
    let closed = false;
    const closing = Promise.all([events.close(), events.close()]).then(() => (closed = true));
    await clock.advance(999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(journal).toEqual([step({ outcome: 'succeeded', durationMs: 1_000, attempt: 1 })]);
  });

  it.each([
    ['fails', 'boom', step({ outcome: 'failed', durationMs: 0, error: boom, attempt: 1 })],
    ['is throttled', 'throttled', step({ outcome: 'throttled', because: 'orders is full' })],
  ] as const)('drops what %s meanwhile', async (_, outcome, entry) => {
    const { clock, events, journal, add } = world({ outcome: () => outcome });
    add('a');
    await events.close();
    expect(journal).toEqual([entry, dropped('1 event', 'a')]);
    expect(clock.pending).toBe(0);
  });

  it('says of an event that has failed for the last time that it is given up', async () => {
    const { clock, events, journal, add } = world({ outcome: () => 'boom', tookMs: 1_000 });
    add('a');
    await clock.advance(minute + 1_000 + 2 * minute + 1_000);
    const closing = events.close();
    await clock.advance(1_000);
    await closing;
    expect(journal.at(-1)).toEqual(step({ outcome: 'discarded', because: 'it has failed 3 times' }));
  });

  it('takes no events any more', async () => {
    const { events, add } = world();
    await events.close();
    expect(add('a')).toEqual({ refusedBecause: 'millrace stops' });
  });
});
