import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailedMessages } from '../../../src/contracts/queue-source.js';
import { SourceError } from '../../../src/contracts/source-error.js';
import type { Reply } from '../../fakes/scripted-function.js';
import { holdingWorld, type HoldingWorldOptions } from './holding-world.js';
import { second } from './queue-world.js';

const replies = fc.constantFrom<Reply | 'report-last'>('ok', 'ok', 'ok', 'throw', 'throttle', 'report-last');

const worlds = fc.record({
  arrivals: fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 15_000 }),
      expiresInMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      unsupported: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 50 },
  ),
  batchSize: fc.integer({ min: 1, max: 7 }),
  windowMs: fc.constantFrom(0, 500, 3_000),
  tookMs: fc.constantFrom(0, 10, 900, 2_900),
  prefetch: fc.constantFrom(3, 10, undefined),
  redeliveries: fc.constantFrom(undefined, 0, 1, 3),
  reportsItemFailures: fc.boolean(),
  most: fc.constantFrom(1, 1, 5),
  script: fc.array(replies, { maxLength: 40 }),
  failSettles: fc.integer({ min: 0, max: 5 }),
  cutsAfterMs: fc.array(fc.integer({ min: 0, max: 15_000 }), { maxLength: 3 }),
  endAfterMs: fc.integer({ min: 0, max: 16_000 }),
  how: fc.constantFrom('stop', 'finish'),
});

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

function optionsOf({
  redeliveries,
  most,
  batchSize,
  windowMs,
  prefetch,
  reportsItemFailures,
}: World): HoldingWorldOptions {
  const failedMessages: FailedMessages = {
    kind: 'again',
    firstPauseMs: 200,
    longestPauseMs: 3_000,
    ...(redeliveries === undefined ? {} : { limit: { redeliveries, rejectedAre: 'discarded', because: 'enough' } }),
  };
  const concurrency = { initial: most, floor: 1, ceiling: most, growEveryMs: 200 };
  const given = { failedMessages, concurrency, batchSize, windowMs, reportsItemFailures };
  return prefetch === undefined ? given : { ...given, prefetch };
}

/** Lets a mapping live through all of it, and a second one after it has ended. */
async function live(given: World) {
  const options = optionsOf(given);
  const first = holdingWorld(options);
  const { queue, worker, clock } = first;
  const handled = new Set<string>();
  /** By the signal of the connection at the moment of the call. */
  const voidCalls: string[] = [];
  worker.tookMs = given.tookMs;
  worker.reply = (bodies, call) => {
    const held = new Set(queue.held);
    voidCalls.push(...bodies.filter((body) => !held.has(body)));
    const reply = given.script[call - 1] ?? 'ok';
    const failed = reply === 'report-last' ? bodies.slice(-1) : reply === 'ok' ? [] : bodies;
    const reported = reply === 'report-last' && given.reportsItemFailures;
    const isHandled = (body: string): boolean => !reported || !failed.includes(body);
    if (reply === 'ok' || reply === 'report-last') for (const body of bodies.filter(isHandled)) handled.add(body);
    if (reply !== 'report-last') return reply;
    return { response: { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) } };
  };
  const settle = queue.settle.bind(queue);
  let failSettles = given.failSettles;
  const early: string[] = [];
  queue.settle = async (messages) => {
    if (failSettles-- > 0) throw new SourceError('failed', 'not now');
    early.push(...messages.map(({ id }) => id).filter((id) => !handled.has(id)));
    return settle(messages);
  };
  const sent: string[] = [];
  const byTime = given.arrivals.toSorted((a, b) => a.afterMs - b.afterMs);
  for (const [index, { afterMs, expiresInMs, unsupported }] of byTime.entries()) {
    clock.after(afterMs, () => {
      sent.push(`m${index}`);
      queue.send([`m${index}`], expiresInMs === undefined ? { unsupported } : { expiresInMs, unsupported });
    });
  }
  for (const ms of given.cutsAfterMs) clock.after(ms, () => queue.disconnect());
  await first.start();
  await clock.advance(given.endAfterMs);
  const ended = first.delivery[given.how]();
  await clock.advance(40 * second);
  await ended;
  const pending = clock.pending;
  const next = holdingWorld({ ...options, after: first });
  await next.start();
  await clock.advance(900 * second);
  const drained = await next.delivery.isDrained();
  await next.stop();
  return { first, next, queue, worker, sent, handled, voidCalls, early, drained, pending };
}

describe('whatever handlers answer and connections do, a mapping of a queue that wants failed messages kept', () => {
  it('loses nothing, and settles nothing before it was handled', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        const { queue, sent, early, drained, pending, first, next } = await live(given);
        expect(early).toEqual([]);
        expect([...queue.settled, ...queue.deadLetters, ...queue.dropped].toSorted()).toEqual(sent.toSorted());
        expect(queue.left).toEqual([]);
        expect(drained).toBe(true);
        const discarded = [...first.ofType('discarded'), ...next.ofType('discarded')].map((entry) => entry.record);
        expect(queue.dropped.filter((id) => !discarded.includes(id))).toEqual([]);
        expect(pending).toBeLessThanOrEqual(given.arrivals.length + given.cutsAfterMs.length);
        expect(next.clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('never calls a handler with a message that is not its own any more', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        expect((await live(given)).voidCalls).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('calls a batch once and as many times more as the queue allows', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        const { first, next } = await live(given);
        for (const world of [first, next]) {
          const calls = new Map<string, number>();
          for (const { batch } of world.ofType('invoked')) calls.set(batch, (calls.get(batch) ?? 0) + 1);
          expect(Math.max(1, ...calls.values())).toBeLessThanOrEqual(
            1 + (given.redeliveries ?? Number.POSITIVE_INFINITY),
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  it('settles in the order of the queue, with one batch at a time', async () => {
    const whole = worlds.map((given) => ({ ...given, most: 1 as const, reportsItemFailures: false, failSettles: 0 }));
    await fc.assert(
      fc.asyncProperty(whole, async (given) => {
        const { queue, sent } = await live(given);
        const order = queue.settled.map((id) => sent.indexOf(id));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
