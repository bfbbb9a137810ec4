import { describe, expect, it } from 'vitest';
import { windowEndsAt } from '../../../src/delivery/batching/window.js';

const windowMs = 5_000;

describe('the batching window', () => {
  const rows = [
    {
      title: 'begins with the first record before any invocation',
      firstRecordAt: 1_000,
      previousDoneAt: undefined,
      endsAt: 6_000,
    },
    {
      title: 'began when the previous invocation completed',
      firstRecordAt: 3_000,
      previousDoneAt: 1_000,
      endsAt: 6_000,
    },
    {
      title: 'begins again with the first record when it passed empty',
      firstRecordAt: 9_000,
      previousDoneAt: 1_000,
      endsAt: 14_000,
    },
    { title: 'begins again at the very moment it ends', firstRecordAt: 6_000, previousDoneAt: 1_000, endsAt: 11_000 },
  ];
  it.each(rows)('$title', ({ firstRecordAt, previousDoneAt, endsAt }) => {
    expect(windowEndsAt({ windowMs, firstRecordAt, previousDoneAt })).toBe(endsAt);
  });
});
