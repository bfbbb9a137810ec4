import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PooledBatch } from '../../../src/delivery/stream/pooled-batch.js';

describe('what ends the waits of a batch of several partitions', () => {
  it('fires when the mapping halts', () => {
    const halt = new AbortController();
    const { interrupt } = new PooledBatch([], new Map(), halt.signal);
    halt.abort();
    expect(interrupt.aborted).toBe(true);
  });

  it('fires when a partition leaves, and is a new one for the next wait', () => {
    const batch = new PooledBatch([], new Map(), new AbortController().signal);
    const { interrupt } = batch;
    batch.departed();
    expect([interrupt.aborted, batch.interrupt.aborted]).toEqual([true, false]);
  });

  it('leaves nothing behind when the batch has ended', () => {
    const halt = new AbortController();
    const batch = new PooledBatch([], new Map(), halt.signal);
    batch.end();
    expect(getEventListeners(halt.signal, 'abort')).toEqual([]);
  });
});
