import { describe, expect, it } from 'vitest';
import { recordsOf } from '../../../src/journal/stored-entry.js';
import type { QueueMessage } from '../../../src/contracts/queue-source.js';
import { numbered, queueWorld, second } from './queue-world.js';

const report = (...ids: string[]): { response: unknown } => ({
  response: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
});

describe('a FIFO queue mapping', () => {
  it('delivers several messages of one group in one batch, in order', async () => {
    const { queue, worker, start, stop } = queueWorld({ fifo: true });
    queue.send(['1', '2', '3', '4'], 'g');
    await start();
    await stop();
    expect(worker.seen).toEqual([['1', '2', '3', '4']]);
  });

  it('never runs two batches of one group at once, also with free concurrency', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ fifo: true, batchSize: 1 });
    worker.tookMs = 5 * second;
    queue.send(numbered(5), 'g');
    await start();
    await clock.advance(30 * second);

    expect(worker.mostAtOnce).toBe(1);
    expect(worker.seen.flat()).toEqual(numbered(5));
    await stop();
  });

  it('runs groups in parallel', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ fifo: true, batchSize: 1 });
    worker.tookMs = 1 * second;
    for (const group of ['a', 'b', 'c']) queue.send([`${group}1`, `${group}2`], group);
    await start();
    await clock.advance(10 * second);

    expect(worker.mostAtOnce).toBe(3);
    for (const group of ['a', 'b', 'c']) {
      expect(worker.seen.flat().filter((body) => body.startsWith(group))).toEqual([`${group}1`, `${group}2`]);
    }
    await stop();
  });

  it('after a failure holds back the later messages of the group, and only those', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ fifo: true, batchSize: 1, visibilityMs: 5 * second });
    worker.reply = (bodies, call) => (bodies[0] === 'a1' && call <= 2 ? 'throw' : 'ok');
    queue.send(['a1', 'a2'], 'a');
    queue.send(['b1', 'b2'], 'b');
    await start();
    await clock.advance(4 * second);
    expect(queue.deleted).toEqual(['b1', 'b2']);

    await clock.advance(20 * second);
    expect(queue.deleted).toEqual(['b1', 'b2', 'a1', 'a2']);
    await stop();
  });

  it('leaves what a partial report names, and delivers it together again', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({
      fifo: true,
      visibilityMs: 5 * second,
      maxReceiveCount: 2,
      reportsItemFailures: true,
    });
    worker.reply = (_bodies, call) => (call === 1 ? report('2', '3', '4') : report('4'));
    queue.send(['1', '2', '3', '4'], 'g');
    await start();
    await clock.advance(1 * second);
    expect(queue.deleted).toEqual(['1']);

    await clock.advance(20 * second);
    expect(worker.seen).toEqual([
      ['1', '2', '3', '4'],
      ['2', '3', '4'],
    ]);
    expect(queue.deleted).toEqual(['1', '2', '3']);
    expect(queue.deadLetters).toEqual(['4']);
    expect(ofType('discarded')).toMatchObject([{ record: '4' }]);
    await stop();
  });

  it('keeps a group in order even when the server hands its later messages out while earlier ones are in flight', async () => {
    const { queue, worker, clock, start, stop } = queueWorld({ fifo: false, batchSize: 1 });
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) =>
      (await receive(request)).map((message): QueueMessage => ({ ...message, group: 'g' }));
    worker.tookMs = 1 * second;
    queue.send(numbered(6));
    await start();
    await clock.advance(30 * second);

    expect(worker.mostAtOnce).toBe(1);
    expect(worker.seen.flat()).toEqual(numbered(6));
    await stop();
  });

  it('does not deliver messages it already holds when an earlier one of their group fails: they wait for it', async () => {
    const { queue, worker, clock, start, stop, ofType } = queueWorld({
      fifo: false,
      batchSize: 1,
      visibilityMs: 5 * second,
    });
    const receive = queue.receive.bind(queue);
    queue.receive = async (request) =>
      (await receive(request)).map((message): QueueMessage => ({ ...message, group: 'g' }));
    worker.tookMs = 1 * second;
    worker.reply = (_bodies, call) => (call === 1 ? 'throw' : 'ok');
    queue.send(['1', '2']);
    await start();
    await clock.advance(3 * second);

    expect(worker.seen).toEqual([['1']]);
    expect(
      ofType('retry-scheduled').map((entry) => ({ records: recordsOf(entry), because: entry.because })),
    ).toContainEqual({
      records: ['2'],
      because: 'an earlier message of its group failed: later ones wait for it',
    });
    await clock.advance(20 * second);
    expect(queue.deleted).toEqual(['1', '2']);
    await stop();
  });
});
