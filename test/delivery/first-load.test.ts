import { describe, expect, it } from 'vitest';
import { queueWorld, second } from './queue/queue-world.js';
import { streamWorld } from './stream/stream-world.js';

describe('while the code of a function loads, the mapping of a queue', () => {
  it('is polled already: there is nothing between looking for the queue and polling it', async () => {
    const { queue, worker, ofType, start, stop } = queueWorld();
    worker.loadMs = 5 * second;
    await start();

    expect(queue.receives).toHaveLength(1);
    expect(ofType('state-changed').map(({ state, because }) => `${state}: ${because}`)).toEqual([
      'starting: looking for queue orders',
      'polling: polling queue orders',
    ]);
    await stop();
  });

  it('holds what it has received, and calls as soon as the code has loaded', async () => {
    const { queue, worker, clock, start, stop } = queueWorld();
    worker.loadMs = 5 * second;
    queue.send(['a']);
    await start();
    await clock.advance(4_900);
    expect(queue.hidden).toEqual(['a']);
    expect(worker.seen).toEqual([]);

    await clock.advance(100);
    expect(worker.seen).toEqual([['a']]);
    expect(queue.deleted).toEqual(['a']);
    await stop();
  });

  it('calls as well when loading breaks off: the call says what is wrong', async () => {
    const { queue, worker, start, stop } = queueWorld();
    worker.warmUp = () => Promise.reject(new Error('no process could be started'));
    queue.send(['a']);
    await start();
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });

  it('lets go of messages whose visibility timeout ends, and handles them as they come again', async () => {
    const { queue, worker, clock, ofType, start, stop } = queueWorld({ visibilityMs: 3 * second });
    worker.loadMs = 5 * second;
    queue.send(['a']);
    await start();
    await clock.advance(5 * second);

    expect(ofType('received')).toHaveLength(2);
    expect(worker.seen).toEqual([['a']]);
    expect(queue.deleted).toEqual(['a']);
    await stop();
  });

  it('gives back on a stop, at once, what it holds', async () => {
    const { queue, worker, clock, start, delivery } = queueWorld();
    worker.loadMs = 60 * second;
    queue.send(['a']);
    await start();
    const stopped = delivery.stop();
    await clock.advance(3 * second);
    await stopped;

    expect(queue.released).toEqual(['a']);
    await clock.advance(60 * second);
    expect(worker.seen).toEqual([]);
    expect(delivery.status.state).toBe('stopped');
  });

  it('delivers what it holds when it is finished', async () => {
    const { queue, worker, clock, start, delivery } = queueWorld();
    worker.loadMs = 5 * second;
    queue.send(['a']);
    await start();
    const finished = delivery.finish();
    await clock.advance(5 * second);
    await finished;

    expect(queue.deleted).toEqual(['a']);
    expect(queue.released).toEqual([]);
  });

  it('is not idle: whether the code loads is to be known first', async () => {
    const { worker, clock, start, stop, delivery } = queueWorld();
    worker.loadMs = 5 * second;
    await start();
    await clock.advance(4 * second);
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(1 * second);
    expect(await delivery.isDrained()).toBe(true);
    await stop();
  });
});

describe('while the code of a function loads, the mapping of a stream', () => {
  it('is read already, and calls as soon as the code has loaded', async () => {
    const { stream, partition, worker, clock, ofType, start, stop } = streamWorld();
    worker.loadMs = 5 * second;
    stream.write(['a']);
    await start();
    expect(stream.reads.get(partition)).toBeGreaterThan(0);
    expect(ofType('received')).toHaveLength(1);
    expect(ofType('state-changed').map(({ state, because }) => `${state}: ${because}`)).toEqual([
      'starting: looking for stream clicks',
      'polling: polling stream clicks: 1 shard',
    ]);
    await clock.advance(4_900);
    expect(worker.seen).toEqual([]);

    await clock.advance(100);
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });

  it('stops at once and calls nothing; the records are read again', async () => {
    const { stream, worker, clock, ledger, start, delivery } = streamWorld();
    worker.loadMs = 60 * second;
    stream.write(['a']);
    await start();
    const stopped = delivery.stop();
    await clock.advance(0);
    await stopped;
    await clock.advance(60 * second);
    expect(worker.seen).toEqual([]);

    const next = streamWorld({ stream, clock, stored: ledger.stored });
    await next.start();
    await clock.advance(1 * second);
    await next.stop();
    expect(next.worker.seen).toEqual([['a']]);
  });

  it('is not idle: whether the code loads is to be known first', async () => {
    const { worker, clock, start, stop, delivery } = streamWorld();
    worker.loadMs = 5 * second;
    await start();
    await clock.advance(4 * second);
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(1 * second);
    expect(await delivery.isDrained()).toBe(true);
    await stop();
  });
});

describe('a mapping that is to poll when the code has loaded', () => {
  it('receives nothing before, and then what there is', async () => {
    const { queue, worker, clock, ofType, start, stop } = queueWorld();
    worker.loadMs = 5 * second;
    queue.send(['a']);
    await start('loaded');
    await clock.advance(4_900);
    expect(queue.receives).toEqual([]);
    expect(ofType('state-changed')).toMatchObject([{ state: 'starting', because: 'loading worker' }]);
    await clock.advance(100);
    expect(worker.seen).toEqual([['a']]);
    await stop();
  });

  it('polls as well when the code does not load', async () => {
    const { queue, worker, start, stop } = queueWorld();
    worker.warmUp = () => Promise.reject(new Error('no process could be started'));
    await start('loaded');
    expect(queue.receives).toHaveLength(1);
    await stop();
  });

  it('receives nothing when it stops meanwhile', async () => {
    const { queue, worker, start, stop } = queueWorld();
    worker.loadMs = 60 * second;
    await start('loaded');
    await stop();
    expect(queue.receives).toEqual([]);
  });

  it('reads no stream before', async () => {
    const { worker, clock, delivery, start, stop } = streamWorld();
    worker.loadMs = 5 * second;
    await start('loaded');
    await clock.advance(4_900);
    expect(delivery.status.state).toBe('starting');
    await clock.advance(200);
    expect(delivery.status.state).toBe('polling');
    await stop();
  });
});
