import { describe, expect, it } from 'vitest';
import { numbered, queueWorld, second } from './queue-world.js';

describe('a queue mapping with a batching window', () => {
  it('makes one batch of 25 waiting messages with BatchSize 25, from several receives', async () => {
    const { queue, worker, start, stop, ofType } = queueWorld({ batchSize: 25, windowMs: 5 * second });
    queue.send(numbered(25));
    await start();
    await stop();

    expect(worker.seen.map((bodies) => bodies.length)).toEqual([25]);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['size']);
    expect(Math.max(...queue.receives.map((receive) => receive.max))).toBe(10);
  });

  it('never asks for more than the open batch has room for', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ batchSize: 12, windowMs: 5 * second });
    worker.tookMs = 10 * second;
    queue.send(numbered(200));
    await start();
    await clock.advance(1 * second);

    expect(worker.seen.every((bodies) => bodies.length === 12)).toBe(true);
    expect(queue.hidden.length).toBe(worker.calls.length * 12);
    await clock.advance(300 * second);
    await stop();
  });

  it('invokes when the window ends, counted from the first message of an idle queue', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({ batchSize: 100, windowMs: 5 * second });
    await start();
    await clock.advance(60 * second);
    const firstAt = clock.now();
    queue.send(['a']);
    await clock.advance(3 * second);
    queue.send(['b']);
    await clock.advance(1_900);
    expect(worker.calls).toHaveLength(0);

    await clock.advance(200);
    expect(worker.seen).toEqual([['a', 'b']]);
    expect(worker.calls[0]?.startedAt).toBe(firstAt + 5 * second);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['window']);
    await stop();
  });

  it('counts the window from the end of the previous invocation when it has not passed yet', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ batchSize: 100, windowMs: 5 * second });
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);
    expect(worker.calls).toHaveLength(1);
    const previousDoneAt = clock.now();
    await clock.advance(2 * second);
    queue.send(['b']);
    await clock.advance(20 * second);

    expect(worker.calls[1]?.startedAt).toBe(previousDoneAt + 5 * second);
    await stop();
  });

  it('closes at 6 MB of event JSON, whichever comes first', async () => {
    const { queue, worker, start, stop, ofType } = queueWorld({ batchSize: 100, windowMs: 5 * second });
    queue.send(numbered(8).map((name) => name + 'x'.repeat(1024 * 1024)));
    await start();
    expect(worker.seen.map((bodies) => bodies.length)).toEqual([5]);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['bytes']);
    await stop();
  });

  it('does not invoke when a window passes without a message', async () => {
    const { worker, clock, start, stop } = queueWorld({ windowMs: 1 * second });
    await start();
    await clock.advance(60 * second);
    expect(worker.calls).toEqual([]);
    await stop();
  });

  it('takes 30 waiting messages in 2 invocations with BatchSize 20, window 1 s and a concurrency of 2', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({
      batchSize: 20,
      windowMs: 1 * second,
      concurrency: { initial: 2, floor: 1, ceiling: 2, growEveryMs: 200 },
    });
    queue.send(numbered(30));
    await start();
    await clock.advance(3 * second);

    expect(worker.seen.map((bodies) => bodies.length)).toEqual([20, 10]);
    await stop();
  });

  it('holds what arrives after a window until there is room, and then delivers it', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({
      batchSize: 15,
      windowMs: 1 * second,
      concurrency: { initial: 1, floor: 1, ceiling: 1, growEveryMs: 200 },
    });
    worker.tookMs = 5 * second;
    queue.send(['a']);
    await start();
    await clock.advance(1_100);
    expect(worker.seen).toEqual([['a']]);
    queue.send(numbered(20, 'late'));
    await clock.advance(60 * second);

    expect(worker.mostAtOnce).toBe(1);
    expect(queue.left).toEqual([]);
    expect(worker.seen.flat()).toHaveLength(21);
    await stop();
  });
});
