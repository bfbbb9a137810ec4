import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../../src/contracts/queue-source.js';
import type { Reply } from '../../fakes/scripted-function.js';
import { numbered, queueWorld, second, type WorldOptions } from './queue-world.js';
import { streamWorld } from '../stream/stream-world.js';

const oneAtATime: WorldOptions = {
  windowMs: 1 * second,
  concurrency: { initial: 1, floor: 1, ceiling: 1, growEveryMs: 200 },
};

/** A world whose `finish` and `stop` tell when they have settled. */
function finishingWorld(options: WorldOptions = {}) {
  const world = queueWorld(options);
  const { queue, worker, clock, delivery } = world;
  const settledAfter = { finish: 0, stop: 0 };
  const timed = (how: 'finish' | 'stop') => async (): Promise<void> => {
    const startedAt = clock.now();
    await delivery[how]();
    settledAfter[how] = clock.now() - startedAt;
  };
  /** For `oneAtATime`: one batch runs, one waits for its permit, and one message is in the queue. */
  const beginWithWaitingBatch = async (): Promise<void> => {
    worker.tookMs = 8 * second;
    queue.send(['running']);
    await world.start();
    await clock.advance(1_500); // longer than the window, and shorter than the receive that is in flight
    queue.send(['waiting']);
    await clock.advance(1_500);
    queue.send(['later']);
    await clock.advance(0);
    expect(queue.hidden).toEqual(['running', 'waiting']);
  };
  return { ...world, finish: timed('finish'), stop: timed('stop'), settledAfter, beginWithWaitingBatch };
}

/** Makes a queue hand out messages as if all were of one group, and later ones while earlier ones are in flight. */
function inOneGroup({ queue }: Pick<ReturnType<typeof queueWorld>, 'queue'>): void {
  const receive = queue.receive.bind(queue);
  queue.receive = async (request) =>
    (await receive(request)).map((message): QueueMessage => ({ ...message, group: 'g' }));
}

describe('finishing the mapping of a queue', () => {
  it('receives nothing more', async () => {
    const { queue, worker, clock, start, finish } = finishingWorld({ ...oneAtATime, windowMs: 0, batchSize: 1 });
    worker.tookMs = 5 * second;
    queue.send(['a', 'b']);
    await start();
    const finished = finish();
    await clock.advance(20 * second);
    await finished;

    expect(queue.receives).toHaveLength(1);
    expect(queue.deleted).toEqual(['a']);
    expect(queue.left).toEqual(['b']);
  });

  it('waits for running invocations, deletes what they have handled, and then closes the source', async () => {
    const { queue, worker, clock, delivery, ofType, start, finish, settledAfter } = finishingWorld();
    worker.tookMs = 10 * second;
    queue.send(['a']);
    await start();
    const finished = finish();
    await clock.advance(9 * second);
    expect(delivery.status.state).toBe('stopping');
    expect(queue.closed).toBe(false);
    await clock.advance(1 * second);
    await finished;

    expect(settledAfter.finish).toBe(10 * second);
    expect(queue.deleted).toEqual(['a']);
    expect(queue.closed).toBe(true);
    expect(ofType('state-changed').at(-1)?.state).toBe('stopped');
  });

  it('closes an open batching window at once, and invokes its batch', async () => {
    const { queue, worker, clock, ofType, start, finish } = finishingWorld({
      windowMs: 20 * second,
      maxReceiveCount: 1,
    });
    queue.send(['a', 'b']);
    await start();
    const finished = finish();
    await clock.advance(0);
    expect(worker.seen).toEqual([['a', 'b']]);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['window']);

    await clock.advance(3 * second);
    await finished;
    expect(queue.deleted).toEqual(['a', 'b']);
    expect(queue.released).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    { windowMs: 0, because: 'poll' },
    { windowMs: 20 * second, because: 'window' },
  ])(
    'delivers what the receive in flight still brings, with a window of $windowMs ms',
    async ({ windowMs, because }) => {
      const { queue, worker, clock, ofType, start, finish } = finishingWorld({ windowMs, maxReceiveCount: 1 });
      await start();
      const finished = finish();
      queue.send(['late']);
      await clock.advance(0);
      expect(worker.seen).toEqual([['late']]);
      expect(ofType('batched').map((entry) => entry.because)).toEqual([because]);

      await clock.advance(3 * second);
      await finished;
      expect(queue.deleted).toEqual(['late']);
      expect(queue.released).toEqual([]);
    },
  );

  it('delivers a batch that waits for a permit', async () => {
    const { queue, worker, clock, finish, beginWithWaitingBatch } = finishingWorld(oneAtATime);
    await beginWithWaitingBatch();
    const finished = finish();
    await clock.advance(1 * second);
    expect(worker.seen).toEqual([['running']]);

    await clock.advance(20 * second);
    await finished;
    expect(queue.deleted).toEqual(['running', 'waiting']);
    expect(queue.left).toEqual(['later']);
    expect(clock.pending).toBe(0);
  });

  it('gives back at once what is in a throttle back-off', async () => {
    const { queue, worker, clock, ofType, start, finish, settledAfter } = finishingWorld();
    worker.reply = () => 'throttle';
    queue.send(['a']);
    await start();
    await clock.advance(9 * second); // 3 s before the next call
    const finished = finish();
    await clock.advance(3 * second);
    await finished;

    expect(settledAfter.finish).toBeLessThanOrEqual(2 * second);
    expect(queue.released).toEqual(['a']);
    expect(queue.hidden).toEqual([]);
    expect(ofType('released')[0]?.because).toContain('throttled');
  });

  it("gives back what cannot start because of the function's concurrency limit", async () => {
    const { queue, worker, clock, ofType, start, finish } = finishingWorld({ windowMs: 20 * second });
    worker.reply = () => 'throttle';
    queue.send(['a']);
    await start();
    const finished = finish();
    await clock.advance(3 * second);
    await finished;

    expect(ofType('throttled')).toHaveLength(1);
    expect(ofType('retry-scheduled'), 'nothing is called again').toEqual([]);
    expect(queue.released).toEqual(['a']);
  });

  it('leaves what fails to the queue, as always', async () => {
    const { queue, worker, clock, start, finish } = finishingWorld();
    worker.reply = () => 'throw';
    worker.tookMs = 1 * second;
    queue.send(['a']);
    await start();
    const finished = finish();
    await clock.advance(3 * second);
    await finished;

    expect(queue.released).toEqual([]);
    expect(queue.hidden).toEqual(['a']);
  });

  it('leaves, and tells, what cannot be deleted for a second', async () => {
    const { queue, worker, clock, ofType, start, finish, settledAfter } = finishingWorld();
    worker.tookMs = 1 * second;
    queue.failSettles = 1_000;
    queue.send(['a']);
    await start();
    const finished = finish();
    await clock.advance(10 * second);
    await finished;

    expect(settledAfter.finish).toBeLessThan(5 * second);
    expect(ofType('settle-failed')).toMatchObject([{ records: ['a'] }]);
  });

  it('settles within 3 s when no invocation is running', async () => {
    const { clock, start, finish, settledAfter } = finishingWorld();
    await start();
    const finished = finish();
    await clock.advance(3 * second);
    await finished;
    expect(settledAfter.finish).toBeLessThanOrEqual(3 * second);
    expect(clock.pending).toBe(0);
  });

  it('does not wait for a receive that hangs, and gives back what that one brings afterwards', async () => {
    const { queue, worker, clock, ofType, start, finish, settledAfter } = finishingWorld();
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) => {
      const messages = await receive(request);
      await new Promise<void>((resolve) => clock.after(60 * second, resolve));
      return messages;
    };
    queue.send(['a']);
    await start();
    const finished = finish();
    await clock.advance(3 * second);
    await finished;
    expect(settledAfter.finish).toBeLessThanOrEqual(3 * second);

    await clock.advance(60 * second);
    expect(worker.seen).toEqual([]);
    expect(ofType('released')).toMatchObject([{ records: ['a'] }]);
  });

  describe('with message groups', () => {
    it('delivers batches that wait for an earlier one of their group, in order', async () => {
      const world = finishingWorld({ batchSize: 1 });
      const { queue, worker, clock, start, finish } = world;
      inOneGroup(world);
      worker.tookMs = 1 * second;
      queue.send(numbered(3));
      await start();
      await clock.advance(0);
      const finished = finish();
      await clock.advance(10 * second);
      await finished;

      expect(worker.mostAtOnce).toBe(1);
      expect(queue.deleted).toEqual(numbered(3));
    });

    it('delivers nothing that is behind a failed batch of its group', async () => {
      const world = finishingWorld({ batchSize: 1 });
      const { queue, worker, clock, start, finish } = world;
      inOneGroup(world);
      worker.tookMs = 1 * second;
      worker.reply = (_bodies, call) => (call === 1 ? 'throw' : 'ok');
      queue.send(numbered(3));
      await start();
      await clock.advance(0);
      const finished = finish();
      await clock.advance(10 * second);
      await finished;

      expect(worker.seen).toEqual([['m1']]);
      expect(queue.left).toEqual(numbered(3));
    });

    it('delivers nothing that is behind a throttled batch of its group', async () => {
      const world = finishingWorld({ batchSize: 1 });
      const { queue, worker, clock, start, finish } = world;
      inOneGroup(world);
      worker.reply = (_bodies, call) => (call <= 2 ? 'throttle' : 'ok');
      queue.send(numbered(2));
      await start();
      await clock.advance(0);
      const finished = finish();
      await clock.advance(10 * second);
      await finished;

      expect(worker.seen).toEqual([]);
      expect(queue.released, 'in order').toEqual(['m1', 'm2']);
    });
  });

  describe('and then stopping', () => {
    it('gives back at once what no handler has seen: a batch that waits for a permit', async () => {
      const { queue, worker, clock, finish, stop, beginWithWaitingBatch } = finishingWorld(oneAtATime);
      await beginWithWaitingBatch();
      const finished = finish();
      await clock.advance(1 * second);
      const stopped = stop();
      await clock.advance(3 * second);
      expect(queue.released).toEqual(['waiting']);

      await clock.advance(20 * second);
      await Promise.all([finished, stopped]);
      expect(worker.seen).toEqual([['running']]);
      expect(queue.deleted).toEqual(['running']);
      expect(clock.pending).toBe(0);
    });

    it('gives back at once what no handler has seen: batches behind one of their group', async () => {
      const world = finishingWorld({ batchSize: 1 });
      const { queue, worker, clock, start, finish, stop } = world;
      inOneGroup(world);
      worker.tookMs = 5 * second;
      queue.send(numbered(3));
      await start();
      await clock.advance(0);
      const finished = finish();
      await clock.advance(1 * second);
      const stopped = stop();
      await clock.advance(10 * second);
      await Promise.all([finished, stopped]);

      expect(worker.seen).toEqual([['m1']]);
      expect(queue.deleted).toEqual(['m1']);
      expect(queue.released).toEqual(['m2', 'm3']);
    });

    it('gives back what the receive in flight brings', async () => {
      const { queue, worker, clock, start, finish, stop } = finishingWorld();
      await start();
      const finished = finish();
      const stopped = stop();
      queue.send(['late']);
      await clock.advance(3 * second);
      await Promise.all([finished, stopped]);

      expect(worker.seen).toEqual([]);
      expect(queue.released).toEqual(['late']);
    });

    it('is one end: both settle together, however often they are called', async () => {
      const { delivery, clock, queue, start } = queueWorld();
      queue.send(['a']);
      await start();
      const finished = delivery.finish();
      expect(delivery.finish()).toBe(finished);
      expect(delivery.stop()).toBe(finished);
      await clock.advance(3 * second);
      await finished;
      expect(delivery.stop()).toBe(finished);
    });

    it('finishing after a stop is that stop: nothing is delivered any more', async () => {
      const { delivery, queue, worker, clock, start } = queueWorld({ windowMs: 20 * second });
      queue.send(['a']);
      await start();
      const stopped = delivery.stop();
      expect(delivery.finish()).toBe(stopped);
      await clock.advance(3 * second);
      await stopped;

      expect(queue.released).toEqual(['a']);
      expect(worker.seen).toEqual([]);
    });
  });

  it('may come before the first poll', async () => {
    const { delivery, clock } = queueWorld();
    delivery.start();
    const finished = delivery.finish();
    await clock.advance(3 * second);
    await finished;
    expect(delivery.status.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });
});

describe('finishing the mapping of a stream', () => {
  it('is what stopping is: what was not handled is read again from the checkpoint', async () => {
    const { stream, delivery, worker, ledger, clock, start } = streamWorld({ batchSize: 1 });
    worker.tookMs = 5 * second;
    stream.write(['a', 'b']);
    await start();
    const finished = delivery.finish();
    expect(delivery.stop()).toBe(finished);
    await clock.advance(5 * second);
    await finished;
    expect(worker.seen).toEqual([['a']]);
    expect(delivery.status.state).toBe('stopped');

    const next = streamWorld({ stream, clock, stored: ledger.stored, batchSize: 1 });
    await next.start();
    await clock.advance(1 * second);
    await next.stop();
    expect(next.worker.seen).toEqual([['b']]);
  });
});

const changes = fc.record({
  arrivals: fc.array(
    fc.record({ group: fc.integer({ min: 0, max: 3 }), afterMs: fc.integer({ min: 0, max: 15_000 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  ),
  batchSize: fc.integer({ min: 1, max: 10 }),
  windowMs: fc.constantFrom(0, 0, 700, 5_000),
  tookMs: fc.constantFrom(0, 10, 900, 2_900),
  loadMs: fc.constantFrom(0, 0, 1_500),
  script: fc.array(fc.constantFrom<Reply>('ok', 'ok', 'ok', 'throw', 'throttle'), { maxLength: 40 }),
  finishAfterMs: fc.integer({ min: 0, max: 16_000 }),
  stopAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
  fifo: fc.boolean(),
});

describe('a mapping that is finished at any moment, and another that follows it', () => {
  it('lose nothing, handle nothing twice, keep the order of each group, and cost no receive', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async ({ arrivals, script, tookMs, loadMs, finishAfterMs, stopAfterMs, ...given }) => {
        // Longer than anything may wait: a message that is visible again is handled twice by right.
        const options = { ...given, windowMs: given.fifo ? 0 : given.windowMs, visibilityMs: 120 * second };
        const first = queueWorld(options);
        const { queue, worker, clock } = first;
        const handled: string[] = [];
        const refused = new Set<string>();
        Object.assign(worker, { tookMs, loadMs });
        worker.reply = (bodies, call) => {
          const reply = script[call - 1] ?? 'ok';
          for (const body of bodies)
            if (reply === 'ok') handled.push(body);
            else refused.add(body);
          return reply;
        };
        const sent: string[] = [];
        for (const [index, { group, afterMs }] of arrivals.entries()) {
          clock.after(afterMs, () => {
            sent.push(`${group}-${index}`);
            queue.send([`${group}-${index}`], given.fifo ? `g${group}` : undefined);
          });
        }
        await first.start();
        await clock.advance(finishAfterMs);
        const finished = first.delivery.finish();
        if (stopAfterMs !== undefined) {
          await clock.advance(stopAfterMs);
          void first.delivery.stop();
        }
        await clock.advance(60 * second);
        await finished;
        const wasRefused = (body: string): boolean => stopAfterMs !== undefined || refused.has(body);
        expect(queue.released.filter((body) => !wasRefused(body))).toEqual([]);
        const next = queueWorld({ ...options, after: first });
        await next.start();
        await clock.advance(3_600 * second);
        await next.stop();

        expect(queue.left).toEqual([]);
        expect(handled.toSorted()).toEqual(sent.toSorted());
        const again = [...first.ofType('received'), ...next.ofType('received')].flatMap(({ redelivered = {} }) =>
          Object.keys(redelivered),
        );
        expect(again.filter((body) => !wasRefused(body))).toEqual([]);
        expect(given.fifo ? byGroup(handled) : sent).toEqual(given.fifo ? byGroup(sent) : sent);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

/** Groups one after the other, the order within each kept. */
function byGroup(bodies: readonly string[]): string[] {
  return bodies.toSorted((x, y) => Number(x[0]) - Number(y[0]));
}
