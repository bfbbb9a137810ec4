import { describe, expect, it } from 'vitest';
import { RecordQueue, type TakeRequest } from '../../../src/delivery/batching/record-queue.js';

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
