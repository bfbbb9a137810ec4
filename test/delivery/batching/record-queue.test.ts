import { describe, expect, it } from 'vitest';
import { RecordQueue, takeFrom, type TakeRequest } from '../../../src/delivery/batching/record-queue.js';

interface Sized {
  readonly name: string;
  readonly bytes: number;
}
const limits = { maxRecords: 3, maxBytes: 100, envelopeBytes: 10 };
const request: TakeRequest = { limits, windowMs: 0, previousDoneAt: undefined, complete: false, now: 0 };

function queueOf(names: string, bytes = 1): RecordQueue<Sized> {
  const queue = new RecordQueue<Sized>((first, other) => first.name.toLowerCase() !== other.name.toLowerCase());
  for (const name of names) queue.push({ name, bytes }, 0);
  return queue;
}
function taken(queue: RecordQueue<Sized>, more: Partial<TakeRequest> = {}): string {
  const result = queue.take({ ...request, ...more });
  if (!('batch' in result)) return `wait until ${result.waitUntil}`;
  return `${result.batch.records.map(({ name }) => name).join('')} ${result.batch.because} ${result.batch.bytes}`;
}

describe('a batch of a lane', () => {
  it('is what is there, without a batching window', () => {
    const queue = queueOf('aa');
    expect(taken(queue)).toBe('aa poll 13');
    expect(taken(queue)).toBe('wait until undefined');
  });

  it('has at most BatchSize records', () => {
    const queue = queueOf('aaaaaaa');
    expect([taken(queue), taken(queue), taken(queue)]).toEqual(['aaa size 15', 'aaa size 15', 'a poll 11']);
  });

  it('stays within the bytes of an event', () => {
    const queue = queueOf('aaa', 44);
    expect([taken(queue), taken(queue)]).toEqual(['aa bytes 99', 'a poll 54']);
  });

  it('is one record that is too large by itself', () => {
    expect(taken(queueOf('aa', 95))).toBe('a bytes 105');
  });

  it('never has records that belong apart', () => {
    const queue = queueOf('aab');
    expect([taken(queue), taken(queue)]).toEqual(['aa window-end 13', 'b poll 11']);
  });

  it('waits for the end of its batching window, counted from its first record', () => {
    const queue = queueOf('aa');
    expect(taken(queue, { windowMs: 50, now: 20 })).toBe('wait until 50');
    expect(taken(queue, { windowMs: 50, now: 50 })).toBe('aa window 13');
  });

  it('counts its batching window from the end of the previous invocation', () => {
    const queue = new RecordQueue<Sized>();
    queue.push({ name: 'a', bytes: 1 }, 120);
    expect(taken(queue, { windowMs: 50, previousDoneAt: 100, now: 130 })).toBe('wait until 150');
  });

  it('does not wait for its window when it is full, or when nothing more comes', () => {
    expect(taken(queueOf('aaa'), { windowMs: 50 })).toBe('aaa size 15');
    expect(taken(queueOf('a'), { windowMs: 50, complete: true })).toBe('a window 11');
  });

  it('keeps the order over thousands of records', () => {
    const queue = new RecordQueue<Sized>();
    const seen: number[] = [];
    let next = 0;
    for (let round = 0; round < 1_000; round++) {
      for (let count = round % 7; count > 0; count--) queue.push({ name: String(next++), bytes: 1 }, 0);
      const result = queue.take(request);
      if ('batch' in result) seen.push(...result.batch.records.map(({ name }) => Number(name)));
    }
    while (queue.size > 0) {
      const result = queue.take(request);
      if ('batch' in result) seen.push(...result.batch.records.map(({ name }) => Number(name)));
    }
    expect(seen).toEqual(Array.from({ length: next }, (_, index) => index));
  });
});
const together = (queues: readonly RecordQueue<Sized>[], more: Partial<TakeRequest> = {}, openingBytes = 0): string => {
  const result = takeFrom(
    queues.map((queue) => ({ queue, openingBytes })),
    { ...request, ...more },
  );
  if (!('batch' in result)) return `wait until ${result.waitUntil}`;
  return `${result.batch.records.map(({ name }) => name).join('')} ${result.batch.because} ${result.batch.bytes}`;
};

describe('a batch of several queues', () => {
  it('has what is in the first, then what is in the next, as far as it fits', () => {
    const queues = [queueOf('aa'), queueOf(''), queueOf('bb')];
    expect([together(queues), together(queues), together(queues)]).toEqual([
      'aab size 15',
      'b poll 11',
      'wait until undefined',
    ]);
  });

  it('counts what each queue adds to the event, once', () => {
    const queues = [queueOf('a', 30), queueOf('bb', 30)];
    expect([together(queues, {}, 5), together(queues, {}, 5)]).toEqual(['ab bytes 81', 'b poll 45']);
  });

  it('waits for the window of the record that has waited longest', () => {
    const late = new RecordQueue<Sized>();
    late.push({ name: 'b', bytes: 1 }, 30);
    expect(together([late, queueOf('a')], { windowMs: 50, now: 40 })).toBe('wait until 50');
  });
});
