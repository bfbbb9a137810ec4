import { describe, expect, it } from 'vitest';
import { ReadAhead, recordsToRead } from '../../../src/delivery/stream/read-ahead.js';

const mega = 1024 * 1024;

describe('how much a partition reads ahead', () => {
  it.each([
    { batch: 100, average: undefined, max: 10_000, reads: 1_000 },
    { batch: 100, average: 1_500, max: 10_000, reads: 2_700 },
    { batch: 100, average: 100_000, max: 10_000, reads: 100 },
    { batch: 10_000, average: 1_500, max: 10_000, reads: 10_000 },
    { batch: 300, average: undefined, max: 1_000, reads: 900 },
    { batch: 5_000, average: undefined, max: 1_000, reads: 1_000 },
  ])('is $reads records for batches of $batch of $average bytes', ({ batch, average, max, reads }) => {
    expect(recordsToRead(batch, average, max)).toBe(reads);
  });

  it('is bounded for a partition, and for all of a mapping together', () => {
    const ahead = new ReadAhead();
    expect(ahead.hasRoom({ records: 19_999, bytes: mega }, 100)).toBe(true);
    expect(ahead.hasRoom({ records: 20_000, bytes: mega }, 100)).toBe(false);
    expect(ahead.hasRoom({ records: 20_000, bytes: mega }, 100_000)).toBe(true);
    expect(ahead.hasRoom({ records: 10, bytes: 16 * mega }, 100)).toBe(false);
    ahead.grow(64 * mega);
    expect(ahead.hasRoom({ records: 10, bytes: mega }, 100)).toBe(false);
    ahead.shrink(mega);
    expect(ahead.hasRoom({ records: 10, bytes: mega }, 100)).toBe(true);
  });

  it('never keeps a partition that holds nothing from reading', () => {
    const ahead = new ReadAhead();
    ahead.grow(100 * mega);
    expect(ahead.hasRoom({ records: 0, bytes: 0 }, 100)).toBe(true);
  });
});
