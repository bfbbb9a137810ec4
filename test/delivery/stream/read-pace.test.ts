import { describe, expect, it } from 'vitest';
import { nextReadInMs, quickMs, type ReadOutcome } from '../../../src/delivery/stream/read-pace.js';
import type { Pacing } from '../../../src/contracts/stream-source.js';

const second = 1_000;
const empty: ReadOutcome = {
  startedAt: 100 * second,
  now: 100 * second,
  records: 0,
  bytes: 0,
  atTip: true,
  lastRecordAt: 0,
  pauseMs: 0,
  rank: 9,
};
const aws: Pacing = { kind: 'fixed', idleMs: second, leastMs: 200, bytesPerSecond: 2 * 1024 * 1024 };

describe('how often a partition is read', () => {
  const rows: readonly { when: string; pacing: Pacing; read: Partial<ReadOutcome>; waits: number }[] = [
    { when: 'AWS: nothing came', pacing: aws, read: {}, waits: second },
    { when: 'AWS: the read took some of the time', pacing: aws, read: { now: 100 * second + 300 }, waits: 700 },
    { when: 'AWS: it is behind', pacing: aws, read: { records: 5, bytes: 500, atTip: false }, waits: 200 },
    {
      when: 'AWS: 2 MB a second and not more',
      pacing: aws,
      read: { records: 9, bytes: 4 * 1024 * 1024, atTip: false },
      waits: 2 * second,
    },
    { when: 'adaptive: records came', pacing: { kind: 'adaptive' }, read: { records: 1 }, waits: 0 },
    { when: 'adaptive: one of the first four', pacing: { kind: 'adaptive' }, read: { rank: 3 }, waits: quickMs },
    {
      when: 'adaptive: records came in the last 30 s',
      pacing: { kind: 'adaptive' },
      read: { lastRecordAt: 71 * second },
      waits: quickMs,
    },
    { when: 'adaptive: a quiet one, ever slower', pacing: { kind: 'adaptive' }, read: { pauseMs: 400 }, waits: 600 },
    { when: 'adaptive: up to a second', pacing: { kind: 'adaptive' }, read: { pauseMs: 900 }, waits: second },
    { when: 'the read waits by itself', pacing: { kind: 'waits' }, read: {}, waits: 0 },
  ];
  it.each(rows)('$when', ({ pacing, read, waits }) => {
    expect(nextReadInMs(pacing, { ...empty, ...read })).toBe(waits);
  });

  it('leaves a read of 20 ms its time before the 100 ms are over', () => {
    expect(quickMs).toBeLessThanOrEqual(80);
  });
});
