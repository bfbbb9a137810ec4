import { describe, expect, it } from 'vitest';
import { HoldingQueue, type HoldingQueueOptions } from '../../../src/testing/holding-queue.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { numbered, queueWorld, second, type WorldOptions } from './queue-world.js';

/** One batch at a time, as RabbitMQ mappings have. */
const oneAtATime = { initial: 1, floor: 1, ceiling: 1, growEveryMs: 1 };
const limited = (redeliveries: number, outcome: 'discarded' | 'redelivered' = 'discarded') =>
  ({
    kind: 'again',
    firstPauseMs: 1_000,
    longestPauseMs: 1_000,
    limit: { redeliveries, outcome, because: 'the broker takes it to its dead-letter queue' },
  }) as const;

function holdingWorld(queue: Omit<HoldingQueueOptions, 'clock'> = {}, options: WorldOptions<HoldingQueue> = {}) {
  const clock = new VirtualClock();
  const source = new HoldingQueue({ clock, ...queue });
  return queueWorld({ concurrency: oneAtATime, ...options, clock, source });
}

describe('a batch of a queue whose messages are held', () => {
  it('is called again, the same messages in the same order, until it succeeds, and is acknowledged then', async () => {
    const { queue, worker, clock, start } = holdingWorld();
    queue.send(['a', 'b', 'c']);
    worker.reply = (_, call) => (call < 4 ? 'throw' : 'ok');
    await start();
    await clock.advance(2 * second);
    expect(queue.acknowledged).toEqual([]);
    await clock.advance(60 * second);
    expect(worker.seen).toEqual(Array.from({ length: 4 }, () => ['a', 'b', 'c']));
    expect(queue.acknowledged).toEqual(['a', 'b', 'c']);
  });

  it('pauses twice as long after each failure, up to the longest pause of its queue', async () => {
    const failedMessages = { kind: 'again', firstPauseMs: 1_000, longestPauseMs: 4_000 } as const;
    const { queue, worker, clock, start } = holdingWorld({ failedMessages });
    queue.send(['a']);
    worker.reply = () => 'throw';
    await start();
    await clock.advance(20 * second);
    const starts = worker.calls.map(({ startedAt }) => startedAt);
    // Random numbers are in the middle: pauses are three quarters of their longest.
    expect(starts.slice(1).map((at, index) => at - (starts[index] ?? 0))).toEqual([
      750, 1_500, 3_000, 3_000, 3_000, 3_000, 3_000,
    ]);
  });

  it('keeps later messages waiting while there is one batch at a time', async () => {
    const { queue, worker, clock, start } = holdingWorld({}, { batchSize: 2 });
    queue.send(['a', 'b', 'c']);
    worker.reply = (bodies, call) => (bodies.includes('a') && call < 3 ? 'throw' : 'ok');
    await start();
    await clock.advance(30 * second);
    expect(worker.seen).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
  });

  it.each([
    [0, 1],
    [1, 2],
    [6, 7],
  ])('with %i redeliveries is rejected after %i calls, and discarded in the journal', async (redeliveries, calls) => {
    const { queue, worker, clock, start, ofType } = holdingWorld({ failedMessages: limited(redeliveries) });
    queue.send(['a', 'b']);
    worker.reply = () => 'throw';
    await start();
    await clock.advance(60 * second);
    expect(worker.calls).toHaveLength(calls);
    expect(queue.deadLetters).toEqual(['a', 'b']);
    expect(ofType('discarded').map(({ record, because }) => [record, because])).toEqual(
      ['message-1', 'message-2'].map((id) => [
        id,
        `the function failed: nothing is acknowledged; ${redeliveries} further call${redeliveries === 1 ? '' : 's'} did not help, and it is rejected: the broker takes it to its dead-letter queue`,
      ]),
    );
  });

  it('that the broker delivers again after a rejection is not discarded, but given back in the journal', async () => {
    const { queue, worker, clock, start, ofType } = holdingWorld({ failedMessages: limited(0, 'redelivered') });
    queue.send(['a']);
    worker.reply = () => 'throw';
    await start();
    await clock.advance(1 * second);
    expect(ofType('discarded')).toEqual([]);
    expect(ofType('released')).toMatchObject([{ records: ['message-1'] }]);
  });

  it('does not lose an attempt to a throttled call', async () => {
    const { queue, worker, clock, start } = holdingWorld({ failedMessages: limited(1) });
    queue.send(['a']);
    worker.reply = (_, call) => (call <= 5 ? 'throttle' : 'throw');
    await start();
    await clock.advance(60 * second);
    expect(worker.calls).toHaveLength(2);
  });

  it('is acknowledged as far as a partial batch response does not name its messages; the others are called again', async () => {
    const { queue, worker, clock, start } = holdingWorld({}, { reportsItemFailures: true });
    queue.send(['a', 'b', 'c']);
    worker.reply = (_, call) =>
      call === 1 ? { response: { batchItemFailures: [{ itemIdentifier: 'message-2' }] } } : 'ok';
    await start();
    await clock.advance(0);
    expect(queue.acknowledged).toEqual(['a', 'c']);
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([['a', 'b', 'c'], ['b']]);
    expect(queue.acknowledged).toEqual(['a', 'c', 'b']);
  });

  it('gives a message back once it must not be held any longer, and goes on with the others', async () => {
    const { queue, worker, clock, start, ofType } = holdingWorld();
    queue.send([{ body: 'brief', expiresInMs: 5_000 }, 'lasting']);
    worker.reply = () => 'throw';
    await start();
    await clock.advance(6 * second);
    expect(queue.deadLetters).toEqual(['brief']);
    expect(ofType('released')).toMatchObject([{ records: ['message-1'] }]);
    expect(worker.seen.at(-1)).toEqual(['lasting']);
  });

  it('is not called again after its connection was lost: the queue delivers it anew', async () => {
    const { queue, worker, clock, start, ofType } = holdingWorld();
    queue.send(['a']);
    worker.reply = (_, call) => (call === 1 ? 'throw' : 'ok');
    await start();
    queue.loseConnection();
    await clock.advance(1);
    expect(ofType('released')).toMatchObject([
      { because: 'the connection that they came over is lost, and the queue delivers them again' },
    ]);
    await clock.advance(2 * second);
    expect(worker.seen).toEqual([['a'], ['a']]);
    expect(ofType('received').map(({ redelivered }) => redelivered)).toEqual([undefined, { 'message-1': 2 }]);
    expect(queue.acknowledged).toEqual(['a']);
  });

  it('whose connection was lost during its call is told that it was handled in vain', async () => {
    const { queue, worker, clock, start, ofType } = holdingWorld();
    queue.send(['a']);
    worker.tookMs = 1_000;
    await start();
    queue.loseConnection();
    await clock.advance(1_000);
    expect(ofType('settle-failed')).toMatchObject([
      { because: 'handled, but it could not be deleted (this delivery of it is void): the queue delivers it again' },
    ]);
  });

  it.each(['stop', 'finish'] as const)('is given back in its old place when its mapping is to %s', async (how) => {
    const { queue, worker, clock, start, delivery } = holdingWorld({}, { batchSize: 2 });
    queue.send(numbered(5));
    worker.reply = () => 'throw';
    await start();
    const ended = delivery[how]();
    await clock.advance(3 * second);
    await ended;
    expect(queue.left).toEqual(numbered(5));
    expect(queue.outAtClose).toEqual([]);
    expect(worker.calls).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('a queue that does not tell how much is in it', () => {
  it('is drained once a receive that began after the last activity brought nothing', async () => {
    const { queue, clock, start, delivery } = holdingWorld({ waitMs: 2_000 });
    queue.send(['a']);
    await start();
    await clock.advance(1_900);
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(200);
    expect(await delivery.isDrained()).toBe(true);
  });

  it('is not drained while a failed batch is held', async () => {
    const { queue, worker, clock, start, delivery } = holdingWorld();
    queue.send(['a']);
    worker.reply = () => 'throw';
    await start();
    await clock.advance(5 * second);
    expect(await delivery.isDrained()).toBe(false);
  });
});

describe('a message that no handler gets', () => {
  it('because its source drops it is received and discarded, with the reason, and goes into no batch', async () => {
    const { queue, worker, clock, start, ofType } = holdingWorld();
    queue.send(['a', { body: 'map', notForHandlers: 'it is a map message; text and bytes are handled' }]);
    await start();
    await clock.advance(1 * second);
    expect(worker.seen).toEqual([['a']]);
    expect(ofType('received').flatMap(({ records }) => records)).toEqual(['message-2', 'message-1']);
    expect(ofType('discarded')).toMatchObject([
      { record: 'message-2', because: 'dropped: it is a map message; text and bytes are handled' },
    ]);
  });

  it.each([
    ['alone', 1, []],
    ['drop', 0, ['message-1']],
  ] as const)(
    'because it is too large for any event goes as its source says: %s',
    async (oversized, calls, dropped) => {
      const { queue, worker, clock, start, ofType } = holdingWorld({ oversized });
      queue.send(['x'.repeat(6 * 1024 * 1024)]);
      await start();
      await clock.advance(1 * second);
      expect(worker.calls).toHaveLength(calls);
      expect(ofType('discarded').map(({ record }) => record)).toEqual(dropped);
      expect(queue.left).toEqual([]);
    },
  );
});
