import { describe, expect, it } from 'vitest';
import type { QueueSource } from '../../../src/contracts/queue-source.js';
import { holdingWorld } from './holding-world.js';
import { numbered, queueWorld, second } from './queue-world.js';

/** Lets so many events of this message break what builds them. */
function breakEvents(source: QueueSource, times: number, id: string): void {
  const event = source.event.bind(source);
  let left = times;
  source.event = (messages, again) => {
    if (messages.some((message) => message.record.includes(`"${id}`)) && left-- > 0) throw new Error('a defect');
    return event(messages, again);
  };
}

describe('a defect in the work on a batch', () => {
  it('of a queue without a lease keeps it in hand and in its place, with pauses, until that works', async () => {
    const { queue, worker, clock, start, stop, ofType } = holdingWorld({ batchSize: 2 });
    breakEvents(queue, 3, 'm1');
    queue.send(numbered(4));
    await start();
    await clock.advance(2 * second);
    expect(queue.held).toEqual(['m1', 'm2']);
    expect(ofType('retry-scheduled')[0]?.because).toBe(
      'the call broke off (a defect): they are kept, and it is made again',
    );
    await clock.advance(60 * second);
    expect(worker.seen).toEqual([
      ['m1', 'm2'],
      ['m3', 'm4'],
    ]);
    expect(ofType('received')).toHaveLength(2);
    expect(queue.settled).toEqual(numbered(4));
    await stop();
  });

  it('of a queue without a lease does not keep a stop waiting, which gives the batch back', async () => {
    const { queue, worker, clock, start, delivery } = holdingWorld();
    breakEvents(queue, Number.POSITIVE_INFINITY, 'm1');
    queue.send(numbered(2));
    await start();
    await clock.advance(5 * second);
    let held: readonly string[] = [];
    queue.close = async () => void (held = queue.held);
    const stopped = delivery.stop();
    await clock.advance(3 * second);
    await stopped;
    expect(held).toEqual([]);
    expect(worker.seen).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('leaves later messages of its group to the queue, and keeps nobody waiting', async () => {
    const { queue, worker, clock, start, delivery } = queueWorld({ fifo: true, visibilityMs: 10 * second });
    breakEvents(queue, 1, 'm1');
    const body = 'x'.repeat(3_500_000);
    queue.send(
      numbered(3).map((id) => `${id} ${body}`),
      'g',
    );
    await start();
    await clock.advance(5 * second);
    expect(worker.seen).toEqual([]);
    await clock.advance(30 * second);
    expect(worker.seen.flat().map((text) => text.slice(0, 2))).toEqual(numbered(3));
    const stopped = delivery.stop();
    await clock.advance(3 * second);
    await stopped;
  });

  it('in a filter ends no process, and the messages come again', async () => {
    let broken = 1;
    const { queue, worker, clock, start, stop } = holdingWorld({
      filter: () => {
        if (broken-- > 0) throw new Error('a defect');
        return { kept: true };
      },
    });
    queue.send(numbered(2));
    await start();
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([numbered(2)]);
    await stop();
  });
});

describe('a receive that resolves with something else than messages', () => {
  it.each([
    ['nothing', null],
    ['an object', {}],
    ['a list with a hole', [null]],
  ])('%s is a state with a reason and a next try, and ends no process', async (_, answer) => {
    const { queue, worker, clock, start, stop, delivery } = holdingWorld();
    const receive = queue.receive.bind(queue);
    queue.receive = () => Promise.resolve(answer as never);
    await start();
    expect(delivery.status.state).toBe('waiting');
    expect(delivery.status.because).toMatch(/its receive resolved with something else than messages$/);
    queue.receive = receive;
    queue.send(['m1']);
    await clock.advance(30 * second);
    expect(worker.seen).toEqual([['m1']]);
    await stop();
  });
});
