import { describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/contracts/source-error.js';
import { numbered, queueWorld, second } from './queue-world.js';

describe('a queue mapping without a batching window', () => {
  it('invokes with what the receive returned, and deletes what was handled', async () => {
    const { queue, worker, start, stop, ofType } = queueWorld();
    queue.send(['a', 'b', 'c']);
    await start();
    await stop();

    expect(worker.seen).toEqual([['a', 'b', 'c']]);
    expect(queue.deleted).toEqual(['a', 'b', 'c']);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['poll']);
  });

  it('asks for no more messages than a batch holds', async () => {
    const { queue, worker, start, stop } = queueWorld({ batchSize: 3 });
    queue.send(numbered(4));
    await start();
    await stop();

    expect(queue.receives.every((receive) => receive.max === 3)).toBe(true);
    expect(worker.seen).toEqual([['m1', 'm2', 'm3'], ['m4']]);
  });

  it('splits what one event cannot carry: 6 MB of event JSON', async () => {
    const { queue, worker, start, stop, ofType } = queueWorld();
    queue.send(['a', 'b'].map((name) => name + 'x'.repeat(4 * 1024 * 1024)));
    await start();
    await stop();

    expect(worker.seen.map((bodies) => bodies.map((body) => body[0]))).toEqual([['a'], ['b']]);
    expect(ofType('batched').map((entry) => entry.because)).toEqual(['bytes', 'poll']);
  });
});

describe('polling', () => {
  it('keeps one receive in flight when the queue is empty', async () => {
    const { queue, clock, start, stop } = queueWorld();
    await start();
    await clock.advance(60 * second);

    expect(queue.mostReceivesAtOnce).toBe(1);
    expect(queue.receives).toHaveLength(31);
    await stop();
  });

  it('receives several at a time with a backlog', async () => {
    const { queue, worker, clock, start, stop } = queueWorld();
    worker.tookMs = 100;
    queue.send(numbered(500));
    await start();
    await clock.advance(5 * second);

    expect(queue.mostReceivesAtOnce).toBeGreaterThan(1);
    expect(queue.deleted).toHaveLength(500);
    await stop();
  });

  it('receives nothing while there is no room: the visibility clock would run', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({
      concurrency: { initial: 2, floor: 1, ceiling: 2, growEveryMs: 200 },
    });
    worker.tookMs = 10 * second;
    queue.send(numbered(50));
    await start();
    await clock.advance(5 * second);

    expect(queue.hidden).toHaveLength(20);
    expect(worker.mostAtOnce).toBe(2);
    await clock.advance(30 * second);
    expect(worker.mostAtOnce).toBe(2);
    await stop();
  });

  it('starts with 5 batches at once, grows while there is a backlog to its ceiling, and no further', async () => {
    const { queue, worker, clock, start, stop } = queueWorld();
    worker.tookMs = 400;
    queue.send(numbered(3_000));
    await start();
    expect(worker.mostAtOnce).toBe(5);
    await clock.advance(20 * second);

    expect(worker.mostAtOnce).toBe(20);
    expect(queue.left).toEqual([]);
    await stop();
  });

  it('hides messages for window + timeout + 30 s when the queue would show them too early', async () => {
    const { queue, start, stop } = queueWorld({
      windowMs: 20 * second,
      timeoutMs: 15 * second,
      visibilityMs: 30 * second,
    });
    await start();
    expect(queue.receives[0]?.visibilityTimeoutMs).toBe(65 * second);
    await stop();
  });

  it("leaves the queue's own visibility timeout alone when window and timeout fit into it, or without a window", async () => {
    for (const fits of [
      { windowMs: 10 * second, timeoutMs: 15 * second },
      { windowMs: 0, timeoutMs: 30 * second },
    ]) {
      const { queue, start, stop } = queueWorld({ ...fits, visibilityMs: 30 * second });
      await start();
      expect(queue.receives[0]?.visibilityTimeoutMs).toBeUndefined();
      await stop();
    }
  });
});

describe('a source that cannot be used', () => {
  it('is a state with a reason, is tried again with growing pauses, and recovers by itself', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld();
    queue.broken = new SourceError('missing', 'it does not exist');
    await start();
    await clock.advance(10 * second);
    expect(ofType('state-changed').at(-1)).toMatchObject({
      state: 'waiting',
      because: 'waiting for queue orders: it does not exist',
    });

    queue.broken = undefined;
    queue.send(['a']);
    await clock.advance(5 * second);
    expect(ofType('state-changed').at(-1)).toMatchObject({ state: 'polling' });
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });

  it('stays one state while each try fails in the same way', async () => {
    const { queue, clock, start, stop, ofType } = queueWorld();
    queue.broken = new SourceError('unreachable', 'no answer');
    await start();
    await clock.advance(60 * second);

    expect(ofType('state-changed').filter((entry) => entry.state === 'waiting')).toHaveLength(1);
    await stop();
  });

  it('that fails in the middle of polling is looked at anew, and nothing is polled in a hot loop', async () => {
    const { queue, worker, clock, start, stop } = queueWorld();
    await start();
    queue.broken = new SourceError('unreachable', 'no answer');
    await clock.advance(60 * second);
    expect(queue.receives.length).toBeLessThan(30);

    queue.broken = undefined;
    queue.send(['a']);
    await clock.advance(6 * second);
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });

  it('whose settings do not fit the function is refused in words, and polled as soon as they do', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({
      visibilityMs: 1 * second,
      problem: (visibilityMs) => (visibilityMs < 3 * second ? 'visibility is less than timeout' : undefined),
    });
    queue.send(['a']);
    await start();
    await clock.advance(10 * second);
    expect(ofType('state-changed').at(-1)).toMatchObject({
      state: 'refused',
      because: 'visibility is less than timeout',
    });
    expect(worker.seen).toEqual([]);

    queue.visibilityMs = 30 * second;
    await clock.advance(3 * second);
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });
});

describe('a function error', () => {
  it('deletes nothing and shortens nothing: the messages come back when their visibility timeout ends', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({ visibilityMs: 5 * second });
    worker.reply = (_bodies, call) => (call === 1 ? 'throw' : 'ok');
    queue.send(['a', 'b']);
    await start();
    await clock.advance(4_900);
    expect(worker.calls).toHaveLength(1);
    expect(queue.deleted).toEqual([]);
    expect(ofType('retry-scheduled')).toMatchObject([{ records: ['a', 'b'], retryAt: '2026-01-31T12:00:05.000Z' }]);

    await clock.advance(200);
    expect(worker.seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(ofType('received').at(-1)).toMatchObject({ redelivered: { a: 2, b: 2 } });
    expect(ofType('invoked').at(-1)).toMatchObject({ attempt: 2 });
    await stop();
    expect(queue.deleted).toEqual(['a', 'b']);
  });

  it('at the last allowed receive is told: the queue moves the message to its dead-letter queue', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({ visibilityMs: 5 * second, maxReceiveCount: 2 });
    worker.reply = () => 'throw';
    queue.send(['poison']);
    await start();
    await clock.advance(1 * second);
    expect(ofType('discarded')).toEqual([]);
    await clock.advance(20 * second);

    expect(worker.calls).toHaveLength(2);
    expect(queue.deadLetters).toEqual(['poison']);
    expect(ofType('discarded')).toMatchObject([
      {
        record: 'poison',
        deadLetterQueue: 'dead',
        because: expect.stringContaining('received 2 of at most 2 times') as string,
      },
    ]);
    await stop();
  });

  it('again and again lowers the number of parallel batches, and success raises it', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({
      batchSize: 1,
      visibilityMs: 3 * second,
      timeoutMs: 1 * second,
    });
    let failing = true;
    worker.tookMs = 500;
    worker.reply = () => (failing ? 'throw' : 'ok');
    queue.send(numbered(40));
    await start();
    expect(worker.mostAtOnce).toBe(5);
    await clock.advance(20 * second);
    worker.mostAtOnce = 0;
    await clock.advance(5 * second);
    expect(worker.mostAtOnce).toBe(1);

    failing = false;
    await clock.advance(60 * second);
    expect(worker.mostAtOnce).toBeGreaterThanOrEqual(5);
    expect(queue.left).toEqual([]);
    await stop();
  });

  it('does not lower it when the mapping reports item failures', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({
      batchSize: 1,
      visibilityMs: 3 * second,
      reportsItemFailures: true,
    });
    worker.tookMs = 500;
    worker.reply = () => 'throw';
    queue.send(numbered(40));
    await start();
    await clock.advance(20 * second);
    worker.mostAtOnce = 0;
    await clock.advance(5 * second);

    expect(worker.mostAtOnce).toBeGreaterThanOrEqual(5);
    await stop();
  });
});

describe('a throttled call', () => {
  it('is kept and repeated within the visibility timeout, without being received again', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld();
    let free = false;
    worker.reply = () => (free ? 'ok' : 'throttle');
    queue.send(['a']);
    await start();
    await clock.advance(10 * second);
    expect(queue.hidden).toEqual(['a']);
    expect(ofType('throttled').length).toBeGreaterThan(3);

    free = true;
    await clock.advance(5 * second);
    expect(queue.deleted).toEqual(['a']);
    expect(ofType('received')).toHaveLength(1);
    await stop();
  });

  it('is let go when the visibility timeout runs out, and the queue delivers the message anew', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({ visibilityMs: 10 * second, maxReceiveCount: 2 });
    worker.reply = () => 'throttle';
    queue.send(['a']);
    await start();
    await clock.advance(60 * second);

    expect(ofType('received')).toHaveLength(2);
    expect(ofType('retry-scheduled').some((entry) => entry.because.includes('ran out'))).toBe(true);
    expect(queue.deadLetters).toEqual(['a']);
    await stop();
  });
});

describe('deleting', () => {
  it('is repeated when it fails', async () => {
    const { queue, clock, worker, start, stop } = queueWorld();
    queue.failSettles = 3;
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);

    expect(queue.deleted).toEqual(['a']);
    expect(worker.calls).toHaveLength(1);
    await stop();
  });

  it('is given up, and told, when the message becomes visible again: the receipt is worth nothing then', async () => {
    const { queue, clock, start, stop, ofType } = queueWorld({ visibilityMs: 5 * second });
    queue.failSettles = 1_000;
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);

    expect(ofType('settle-failed')).toMatchObject([{ records: ['a'] }]);
    queue.failSettles = 0;
    await clock.advance(10 * second);
    expect(queue.deleted).toEqual(['a']);
    await stop();
  });

  it('is not repeated when the service says that the receipt is wrong', async () => {
    const { queue, clock, start, stop, ofType } = queueWorld();
    queue.failSettles = 1;
    queue.settleFailureIsFinal = true;
    queue.send(['a']);
    await start();
    await clock.advance(1 * second);

    expect(ofType('settle-failed')).toHaveLength(1);
    await stop();
  });
});

describe('records that the filter drops', () => {
  it('are deleted without a call, with the reason in the journal', async () => {
    const { queue, worker, start, stop, ofType } = queueWorld({
      filter: (view) =>
        view['body'] === 'keep' ? { kept: true } : { kept: false, because: () => 'body is not "keep"' },
    });
    queue.send(['drop', 'keep']);
    await start();
    await stop();

    expect(worker.seen).toEqual([['keep']]);
    expect(queue.deleted.toSorted()).toEqual(['drop', 'keep']);
    expect(ofType('filtered')).toMatchObject([{ record: 'drop', because: 'body is not "keep"' }]);
    expect(ofType('settled').map(({ records, because }) => ({ records, because }))).toContainEqual({
      records: ['drop'],
      because: 'filtered',
    });
  });
});

describe('stopping', () => {
  it('finishes what handlers have, and takes nothing new', async () => {
    const { queue, worker, clock, start, delivery } = queueWorld({
      batchSize: 1,
      concurrency: { initial: 1, floor: 1, ceiling: 1, growEveryMs: 200 },
    });
    worker.tookMs = 5 * second;
    queue.send(['a', 'b']);
    await start();
    const stopped = delivery.stop();
    await clock.advance(5 * second);
    await stopped;

    expect(worker.seen).toEqual([['a']]);
    expect(queue.deleted).toEqual(['a']);
    expect(queue.left).toEqual(['b']);
    expect(queue.closed).toBe(true);
  });

  it('gives back at once what no handler has seen: an open window, a throttled batch, a late receive', async () => {
    const open = queueWorld({ windowMs: 20 * second });
    open.queue.send(['a']);
    await open.start();
    await open.stop();
    expect(open.queue.released).toEqual(['a']);
    expect(open.worker.seen).toEqual([]);

    const throttled = queueWorld();
    throttled.worker.reply = () => 'throttle';
    throttled.queue.send(['b']);
    await throttled.start();
    await throttled.stop();
    expect(throttled.queue.released).toEqual(['b']);

    const late = queueWorld();
    await late.start();
    const stopped = late.delivery.stop();
    late.queue.send(['c']);
    await late.clock.advance(3 * second);
    await stopped;
    expect(late.queue.released).toEqual(['c']);
    expect(late.worker.seen).toEqual([]);
  });

  it('starts no receive with the room that giving back makes', async () => {
    const { queue, start, stop } = queueWorld({ windowMs: 20 * second, batchSize: 20 });
    queue.send(numbered(13));
    await start();
    const before = queue.receives.length;
    await stop();

    expect(queue.receives).toHaveLength(before);
    expect(queue.released.toSorted()).toEqual(numbered(13).toSorted());
  });

  it('gives back with a batch what waits behind it in its group', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ batchSize: 1 });
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) => (await receive(request)).map((message) => ({ ...message, group: 'g' }));
    worker.reply = () => 'throttle';
    queue.send(numbered(3));
    await start();
    await clock.advance(1 * second);
    await stop();

    expect(queue.released).toEqual(numbered(3));
    expect(queue.hidden).toEqual([]);
  });

  it('waits for the receive in flight instead of abandoning it, and settles within 3 s', async () => {
    const { clock, start, delivery } = queueWorld();
    await start();
    const startedAt = clock.now();
    let settledAt = 0;
    const stopped = delivery.stop().then(() => (settledAt = clock.now()));
    await clock.advance(1_900);
    expect(settledAt).toBe(0);
    await clock.advance(1_100);
    await stopped;
    expect(settledAt - startedAt).toBeLessThanOrEqual(3 * second);
  });

  it('leaves no timer behind, whatever state it was in', async () => {
    for (const broken of [undefined, new SourceError('missing', 'gone')]) {
      const { queue, clock, start, stop } = queueWorld({ windowMs: 5 * second });
      queue.broken = broken;
      queue.send(['a']);
      await start();
      await stop();
      expect(clock.pending).toBe(0);
    }
  });

  it('may be called twice, and before the first poll', async () => {
    const { delivery, clock } = queueWorld();
    delivery.start();
    const stopped = Promise.all([delivery.stop(), delivery.stop()]);
    await clock.advance(3 * second);
    await stopped;
    expect(delivery.status.state).toBe('stopped');
  });
});
