import { describe, expect, it } from 'vitest';
import { recordsOf } from '../../../src/journal/stored-entry.js';
import { maxEventBytes } from '../../../src/delivery/batching/batcher.js';
import type { FailedMessages } from '../../../src/contracts/queue-source.js';
import { SourceError } from '../../../src/contracts/source-error.js';
import type { Reply } from '../../fakes/scripted-function.js';
import { holdingWorld } from './holding-world.js';
import { numbered, second } from './queue-world.js';

const twice: FailedMessages = {
  kind: 'again',
  firstPauseMs: 1_000,
  longestPauseMs: 1_000,
  limit: { redeliveries: 2, rejectedAre: 'discarded', because: 'called 3 times: the queue dead-letters it' },
};
const report = (...ids: string[]): Reply => ({
  response: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
});
/** Fails so many calls, then succeeds. */
const failing = (calls: number) => (_bodies: readonly string[], call: number) => (call <= calls ? 'throw' : 'ok');

describe('a batch that fails, of a queue that wants it kept,', () => {
  it('is called again with growing pauses until it succeeds, and is held all the while', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ batchSize: 2 });
    worker.reply = failing(3);
    queue.send(['a', 'b']);
    await start();
    await clock.advance(5 * second);
    expect(queue.held).toEqual(['a', 'b']);
    expect(queue.settled).toEqual([]);
    expect(ofType('retry-scheduled')[0]).toMatchObject({
      records: ['a', 'b'],
      retryAt: '2026-01-31T12:00:00.750Z',
      because: expect.stringContaining('kept and called again') as string,
    });

    await clock.advance(5 * second);
    expect(worker.seen).toEqual(Array.from({ length: 4 }, () => ['a', 'b']));
    expect(worker.calls.map((call) => call.startedAt - clock.now() + 10 * second)).toEqual([0, 750, 2_250, 5_250]);
    expect(ofType('invoked').map((entry) => entry.attempt)).toEqual([1, 2, 3, 4]);
    expect(ofType('received'), 'never received again').toHaveLength(1);
    expect(queue.settled).toEqual(['a', 'b']);
    await stop();
  });

  it('keeps its place: no later message is handled before it', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ batchSize: 2 });
    worker.reply = failing(2);
    queue.send(numbered(6));
    await start();
    await clock.advance(60 * second);

    expect(queue.settled).toEqual(numbered(6));
    expect(worker.seen.slice(0, 3)).toEqual([numbered(2), numbered(2), numbered(2)]);
    await stop();
  });

  it('says in the event that it is redelivered', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld();
    worker.reply = failing(1);
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);
    expect(ofType('invoked').map((entry) => entry.payload.text.includes('"redelivered":true'))).toEqual([false, true]);
    await stop();
  });

  it('is rejected after as many further calls as the queue allows, and what follows goes on', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ batchSize: 2, failedMessages: twice });
    worker.reply = (bodies) => (bodies.includes('poison') ? 'throw' : 'ok');
    queue.send(['poison', 'with it', 'later']);
    await start();
    await clock.advance(10 * second);

    expect(worker.seen).toEqual([['poison', 'with it'], ['poison', 'with it'], ['poison', 'with it'], ['later']]);
    expect(queue.deadLetters).toEqual(['poison', 'with it']);
    expect(queue.settled).toEqual(['later']);
    expect(ofType('discarded').map(({ record, because }) => [record, because])).toEqual([
      ['poison', 'rejected: called 3 times: the queue dead-letters it'],
      ['with it', 'rejected: called 3 times: the queue dead-letters it'],
    ]);
    await stop();
  });

  it('counts as rejected only when its queue was told: a source without a way to reject keeps it', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ failedMessages: twice });
    Object.defineProperty(queue, 'reject', { value: undefined });
    worker.reply = (bodies) => (bodies.includes('poison') ? 'throw' : 'ok');
    queue.send(['poison']);
    await start();
    await clock.advance(30 * second);

    expect(ofType('discarded')).toEqual([]);
    expect(ofType('settle-failed')).toMatchObject([
      {
        records: ['poison'],
        because: 'it could not be rejected (its source has no reject): the queue delivers it again',
      },
    ]);
    expect(queue.deadLetters).toEqual([]);
    await stop();
  });

  it('is given back when the queue delivers again what is rejected', async () => {
    const failedMessages: FailedMessages = {
      ...twice,
      limit: { redeliveries: 0, rejectedAre: 'redelivered', because: 'the queue delivers it again' },
    };
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ failedMessages });
    worker.reply = failing(1);
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);

    expect(ofType('released')).toMatchObject([{ records: ['a'], because: 'rejected: the queue delivers it again' }]);
    expect(ofType('received').at(-1)).toMatchObject({ redelivered: { a: 2 } });
    expect(queue.settled).toEqual(['a']);
    await stop();
  });

  it('settles what a report does not name, and calls again with the rest alone', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ reportsItemFailures: true });
    worker.reply = (_bodies, call) => (call === 1 ? report('b', 'd') : 'ok');
    queue.send(['a', 'b', 'c', 'd']);
    await start();
    await clock.advance(0);
    expect(queue.settled).toEqual(['a', 'c']);
    expect(queue.held).toEqual(['b', 'd']);

    await clock.advance(5 * second);
    expect(worker.seen).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'd'],
    ]);
    expect(queue.settled).toEqual(['a', 'c', 'b', 'd']);
    expect(ofType('retry-scheduled').map(recordsOf)).toEqual([['b', 'd']]);
    await stop();
  });

  it('is not counted when the call was throttled', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ failedMessages: twice });
    worker.reply = (_bodies, call) => (call <= 20 ? 'throttle' : call <= 22 ? 'throw' : 'ok');
    queue.send(['a']);
    await start();
    await clock.advance(600 * second);
    expect(worker.calls).toHaveLength(3);
    expect(queue.settled).toEqual(['a']);
    await stop();
  });

  it('leaves the number of batches at once as it is: one that is poison does not hold up the others', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({
      batchSize: 1,
      concurrency: { initial: 2, floor: 1, ceiling: 2, growEveryMs: 200 },
    });
    worker.reply = (bodies) => (bodies[0] === 'poison' ? 'throw' : 'ok');
    queue.send(['poison', ...numbered(5)]);
    await start();
    await clock.advance(120 * second);
    expect(queue.settled).toEqual(numbered(5));
    await stop();
  });
});

describe('a message that must not be kept any longer', () => {
  it('is given back with its batch, before the next call, and the queue lets it expire', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld();
    worker.reply = () => 'throw';
    queue.send(['a'], { expiresInMs: 2 * second });
    queue.send(['b']);
    await start();
    await clock.advance(2 * second);
    expect(ofType('released')).toMatchObject([
      { records: ['a', 'b'], because: 'they must not be kept any longer', at: '2026-01-31T12:00:02.000Z' },
    ]);
    expect(queue.deadLetters).toEqual(['a']);
    expect(worker.seen.at(-1), 'it goes on with the rest').toEqual(['b']);
    await stop();
  });

  it('takes back with it what came later and waits: nothing overtakes it', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ windowMs: second, batchSize: 2 });
    let failing = true;
    worker.reply = () => (failing ? 'throw' : 'ok');
    queue.send(['1'], { expiresInMs: 60 * second });
    queue.send(['2']);
    await start();
    await clock.advance(500);
    queue.send(['3', '4', '5']);
    await clock.advance(60 * second);
    failing = false;
    await clock.advance(60 * second);

    expect(worker.seen.filter((bodies) => bodies.includes('3') && !bodies.includes('2'))).toEqual([]);
    expect(queue.deadLetters).toEqual(['1']);
    expect(queue.settled).toEqual(['2', '3', '4', '5']);
    await stop();
  });

  it('takes back with it what waits of its group, also where other batches are in hand', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({
      windowMs: 2 * second,
      concurrency: { initial: 2, floor: 2, ceiling: 2, growEveryMs: 200 },
    });
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) => (await receive(request)).map((message) => ({ ...message, group: 'g' }));
    let failing = true;
    worker.reply = () => (failing ? 'throw' : 'ok');
    queue.send(['1'], { expiresInMs: 10 * second });
    queue.send(['2']);
    await start();
    await clock.advance(9 * second);
    queue.send(['3']);
    await clock.advance(500);
    failing = false;
    await clock.advance(60 * second);
    expect(queue.deadLetters).toEqual(['1']);
    expect(queue.settled).toEqual(['2', '3']);
    await stop();
  });

  it('ends the batching window before that: it is handled, and does not go back because others may come', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ windowMs: 60 * second });
    queue.send(['a']);
    await start();
    await clock.advance(second);
    queue.send(['b'], { expiresInMs: 10 * second });
    queue.send(['c'], { expiresInMs: 30 * second });
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([['a', 'b', 'c']]);
    expect(queue.settled).toEqual(['a', 'b', 'c']);

    queue.send(['short'], { expiresInMs: 10 });
    await clock.advance(10);
    expect(queue.settled.at(-1)).toBe('short');
    await stop();
    expect(clock.pending).toBe(0);
  });

  it('goes back and forth with pauses when it was over as it came', async () => {
    const { queue, clock, start, stop, ofType } = holdingWorld();
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) =>
      (await receive(request)).map((message) => ({ ...message, holdUntil: clock.now() - 1 }));
    queue.send(['a']);
    await start();
    await clock.advance(10 * second);
    expect(ofType('received').length).toBeLessThan(25);
    await stop();
  });
});

describe('what could not be given back of a queue without a lease', () => {
  it('is given back a little later, before anything else is received', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ batchSize: 1 });
    const release = queue.release.bind(queue);
    let failures = 2;
    queue.release = (messages) =>
      failures-- > 0 ? Promise.reject(new SourceError('failed', 'not now')) : release(messages);
    worker.reply = (bodies) => (bodies.includes('a') ? 'throw' : 'ok');
    queue.send(['a'], { expiresInMs: 2 * second });
    queue.send(['b']);
    await start();
    await clock.advance(10 * second);
    expect(worker.seen.at(-1)).toEqual(['b']);
    expect(queue.deadLetters).toEqual(['a']);
    expect(queue.settled).toEqual(['b']);
    await stop();
  });
});

describe('a lost connection', () => {
  it('ends a batch that waits for its next call, and the queue delivers it again', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld();
    worker.reply = failing(4);
    queue.send(['a']);
    await start();
    await clock.advance(4 * second);
    expect(worker.calls).toHaveLength(3);
    queue.disconnect();
    await clock.advance(2 * second);

    expect(ofType('received').map((entry) => entry.redelivered)).toEqual([undefined, { a: 2 }]);
    expect(ofType('retry-scheduled').at(-2)?.because).toContain('became void');
    await clock.advance(10 * second);
    expect(queue.settled).toEqual(['a']);
    await stop();
  });

  it('during a call means that what was handled cannot be settled: it is told, and nothing of it is asked for', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld();
    worker.tookMs = 5 * second;
    queue.send(['a']);
    await start();
    await clock.advance(2 * second);
    queue.disconnect();
    await clock.advance(3 * second);

    expect(ofType('settle-failed').map((entry) => entry.because)).toEqual([
      'handled, but it could not be deleted (its delivery became void): the queue delivers it again',
    ]);
    await clock.advance(20 * second);
    expect(queue.settled).toEqual(['a']);
    expect(worker.calls).toHaveLength(2);
    await stop();
  });

  it('keeps a batch that waits for a permit from ever being handled', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld({ windowMs: second });
    worker.tookMs = 10 * second;
    queue.send(['running']);
    await start();
    await clock.advance(1_500);
    queue.send(['waiting']);
    await clock.advance(2 * second);
    expect(queue.held).toEqual(['running', 'waiting']);
    queue.disconnect();
    await clock.advance(9 * second);
    worker.tookMs = 0;
    await clock.advance(30 * second);

    expect(worker.seen).toEqual([['running'], ['running', 'waiting']]);
    expect(queue.settled).toEqual(['running', 'waiting']);
    await stop();
  });
});

describe('messages that are dropped', () => {
  it('by their source are received and discarded with its reason', async () => {
    const { queue, worker, clock, start, stop, entries } = holdingWorld();
    queue.send(['map'], { unsupported: true });
    queue.send(['text']);
    await start();
    await clock.advance(second);

    expect(worker.seen).toEqual([['text']]);
    expect(entries.filter((entry) => entry.type === 'received' || entry.type === 'discarded')).toMatchObject([
      { type: 'received', records: ['map'] },
      { type: 'discarded', record: 'map', because: 'dropped: messages of its kind are not supported' },
      { type: 'received', records: ['text'] },
    ]);
    await stop();
  });

  it.each([
    { oversized: 'drop', seen: 1, discarded: ['x'.repeat(40)] },
    { oversized: 'alone', seen: 2, discarded: [] },
  ] as const)('because no event can carry them: $oversized', async ({ oversized, seen, discarded }) => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ oversized });
    queue.send(['x'.repeat(maxEventBytes), 'small']);
    await start();
    await clock.advance(second);

    expect(worker.seen).toHaveLength(seen);
    expect(ofType('discarded').map((entry) => entry.record)).toEqual(discarded);
    expect(queue.left).toEqual([]);
    await stop();
  });
});

describe('a queue without a lease', () => {
  it('is asked for messages without a visibility timeout, whatever window and timeout are', async () => {
    const { queue, start, stop } = holdingWorld({
      windowMs: 20 * second,
      timeoutMs: 600 * second,
      problem: () => 'the visibility timeout is less than the timeout of the function',
    });
    const asked: object[] = [];
    const receive = queue.receive.bind(queue);
    queue.receive = (request) => {
      asked.push(request);
      return receive(request);
    };
    await start();
    expect(asked).toEqual([{ max: 10, dropped: expect.any(Function) as unknown }]);
    await stop();
  });

  it('is asked to settle until it does, however long that takes', async () => {
    const { queue, worker, clock, start, stop } = holdingWorld();
    const settle = queue.settle.bind(queue);
    queue.settle = () => Promise.reject(new SourceError('failed', 'not now'));
    queue.send(['a']);
    await start();
    await clock.advance(3_600 * second);
    queue.settle = settle;
    await clock.advance(10 * second);
    expect(queue.settled).toEqual(['a']);
    expect(worker.calls).toHaveLength(1);
    await stop();
  });

  it('is not asked longer than a second when the mapping stops', async () => {
    const { queue, clock, start, delivery, ofType } = holdingWorld();
    queue.settle = () => Promise.reject(new SourceError('failed', 'not now'));
    queue.send(['a']);
    await start();
    await clock.advance(60 * second);
    const stopped = delivery.stop();
    await clock.advance(3 * second);
    await stopped;
    expect(ofType('settle-failed').map((entry) => entry.because)).toEqual([
      'handled, but it could not be deleted (not now): the queue delivers it again',
    ]);
    expect(clock.pending).toBe(0);
  });
});

describe('the end of a mapping whose batch is kept after a failure', () => {
  it.each(['stop', 'finish'] as const)('gives it back at once, in order, without another call: %s', async (how) => {
    const { queue, worker, clock, start, delivery, ofType } = holdingWorld({ failedMessages: twice, batchSize: 2 });
    worker.reply = () => 'throw';
    queue.send(numbered(3));
    await start();
    const ended = delivery[how]();
    await clock.advance(3 * second);
    await ended;

    expect(worker.calls).toHaveLength(1);
    expect(ofType('released')).toMatchObject([{ records: ['m1', 'm2'] }]);
    expect(queue.left).toEqual(numbered(3));
    expect(queue.deadLetters).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('rejects nothing, however often the mapping is updated', async () => {
    let world = holdingWorld({ failedMessages: twice });
    const { queue, worker, clock } = world;
    worker.reply = () => 'throw';
    queue.send(['a']);
    for (let update = 0; update < 20; update++) {
      await world.start();
      await clock.advance(second);
      const finished = world.delivery.finish();
      await clock.advance(3 * second);
      await finished;
      world = holdingWorld({ failedMessages: twice, after: world });
    }
    expect(queue.deadLetters).toEqual([]);
    expect(queue.left).toEqual(['a']);
  });

  it('lets no later message overtake it, when they are finished together', async () => {
    const first = holdingWorld({ windowMs: second });
    const { queue, worker, clock } = first;
    worker.reply = failing(1);
    worker.tookMs = 8 * second;
    queue.send(['1']);
    await first.start();
    await clock.advance(1_500);
    queue.send(['2']);
    await clock.advance(1_500);
    expect(queue.held).toEqual(['1', '2']);
    const finished = first.delivery.finish();
    await clock.advance(20 * second);
    await finished;
    expect(worker.seen).toEqual([['1']]);

    const next = holdingWorld({ after: first });
    await next.start();
    await clock.advance(60 * second);
    await next.stop();
    expect(queue.settled).toEqual(['1', '2']);
  });
});

describe('a queue that does not tell its depth', () => {
  it('is drained when a receive that began after the last activity brought nothing', async () => {
    const { queue, worker, clock, start, stop, delivery } = holdingWorld({ tellsDepth: false });
    worker.tookMs = 3 * second;
    queue.send(['a']);
    await start();
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(3 * second);
    expect(queue.left).toEqual([]);
    expect(await delivery.isDrained(), 'nobody has looked since').toBe(false);
    await clock.advance(2 * second);
    expect(await delivery.isDrained()).toBe(true);

    queue.send(['b']);
    await clock.advance(0);
    expect(await delivery.isDrained()).toBe(false);
    await stop();
  });

  it('is not drained when it cannot be asked', async () => {
    const { queue, clock, start, stop, delivery } = holdingWorld();
    await start();
    await clock.advance(5 * second);
    expect(await delivery.isDrained()).toBe(true);
    queue.depth = () => Promise.reject(new SourceError('failed', 'not now'));
    expect(await delivery.isDrained()).toBe(false);
    await stop();
  });
});
