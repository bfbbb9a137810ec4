import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../fakes/scripted-function.js';
import { queueWorld, second } from './queue-world.js';

const replies = fc.constantFrom<Reply | 'report-first'>('ok', 'ok', 'ok', 'throw', 'throttle', 'report-first');

const worlds = fc.record({
  groups: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  windowMs: fc.constantFrom(0, 0, 700, 5_000),
  tookMs: fc.constantFrom(0, 10, 900, 2_900),
  visibilityMs: fc.constantFrom(3_000, 10_000),
  script: fc.array(replies, { maxLength: 40 }),
  failSettles: fc.integer({ min: 0, max: 5 }),
  stopAfterMs: fc.integer({ min: 0, max: 20_000 }),
  fifo: fc.boolean(),
});

/** Groups one after the other, the order within each kept. */
const byGroup = (bodies: readonly string[]): string[] => bodies.toSorted((x, y) => Number(x[0]) - Number(y[0]));

describe('whatever handlers answer, a queue mapping', () => {
  it('loses nothing, deletes only what was handled, and keeps the order of each group', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        async ({ groups, script, failSettles, stopAfterMs, tookMs, fifo, windowMs, ...options }) => {
          const world = queueWorld({ ...options, fifo, windowMs: fifo ? 0 : windowMs, reportsItemFailures: true });
          const { queue, worker, clock } = world;
          const handled = new Set<string>();
          worker.tookMs = tookMs;
          worker.reply = (bodies, call) => {
            const reply = script[call - 1] ?? 'ok';
            if (reply !== 'report-first') {
              if (reply === 'ok') for (const body of bodies) handled.add(body);
              return reply;
            }
            return { response: { batchItemFailures: bodies.map((itemIdentifier) => ({ itemIdentifier })) } };
          };
          const sent = groups.map((group, index) => `${group}-${index}`);
          for (const [index, body] of sent.entries()) queue.send([body], fifo ? `g${groups[index]}` : undefined);
          queue.failSettles = failSettles;
          await world.start();
          await clock.advance(stopAfterMs);

          for (const body of queue.deleted) expect(handled).toContain(body);
          expect([...queue.deleted, ...queue.left].toSorted()).toEqual(sent.toSorted());
          await clock.advance(600 * second);
          expect(queue.left).toEqual([]);
          expect(queue.deleted.toSorted()).toEqual(sent.toSorted());
          expect(fifo ? byGroup(queue.deleted) : sent).toEqual(fifo ? byGroup(sent) : sent);
          await world.stop();
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('may be stopped at any moment: what was not handled is in the queue', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        async ({ groups, script, stopAfterMs, tookMs, fifo, windowMs, failSettles, ...options }) => {
          const world = queueWorld({ ...options, fifo, windowMs: fifo ? 0 : windowMs });
          const { queue, worker, clock, delivery } = world;
          worker.tookMs = tookMs;
          worker.reply = (_bodies, call) => {
            const reply = script[call - 1];
            return reply === undefined || reply === 'report-first' ? 'ok' : reply;
          };
          const sent = groups.map((group, index) => `${group}-${index}`);
          for (const [index, body] of sent.entries()) queue.send([body], fifo ? `g${groups[index]}` : undefined);
          queue.failSettles = failSettles;
          await world.start();
          await clock.advance(stopAfterMs);
          const stopped = delivery.stop();
          await clock.advance(40 * second);
          await stopped;

          expect([...queue.deleted, ...queue.left].toSorted()).toEqual(sent.toSorted());
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
