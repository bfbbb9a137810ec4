import { describe, expect, it } from 'vitest';
import {
  initialConcurrency,
  nextConcurrency,
  type ConcurrencySignal,
} from '../../../src/delivery/queue/concurrency.js';

const rules = { initial: 5, floor: 1, ceiling: 20, growEveryMs: 200 };
const after = (signals: readonly ConcurrencySignal[], over: Partial<typeof rules> = {}): number => {
  const used = { ...rules, ...over };
  let state = initialConcurrency(used, 0);
  for (const [index, signal] of signals.entries()) state = nextConcurrency(state, signal, used, (index + 1) * 200);
  return state.limit;
};
const times = (count: number, signal: ConcurrencySignal): ConcurrencySignal[] =>
  Array.from({ length: count }, () => signal);

describe('the number of parallel batches', () => {
  const rows: readonly {
    readonly title: string;
    readonly signals: readonly ConcurrencySignal[];
    readonly limit: number;
  }[] = [
    { title: 'starts at 5', signals: [], limit: 5 },
    { title: 'grows by one with a backlog', signals: times(3, 'backlog'), limit: 8 },
    { title: 'stops at the ceiling', signals: times(100, 'backlog'), limit: 20 },
    { title: 'goes back to 5 when idle', signals: [...times(10, 'backlog'), ...times(30, 'idle')], limit: 5 },
    { title: 'is not lowered by one error', signals: times(1, 'function-error'), limit: 5 },
    { title: 'is lowered by one with each further error', signals: times(3, 'function-error'), limit: 3 },
    { title: 'is never lowered below its floor', signals: times(50, 'function-error'), limit: 1 },
    {
      title: 'rises again with each success',
      signals: [...times(4, 'function-error'), 'success', 'success'],
      limit: 4,
    },
    { title: 'does not rise above the start by successes', signals: times(50, 'success'), limit: 5 },
    { title: 'does not grow while the last invocation failed', signals: ['function-error', 'backlog'], limit: 5 },
    {
      title: 'stays where it is when idle after errors',
      signals: [...times(3, 'function-error'), ...times(5, 'idle')],
      limit: 3,
    },
  ];
  it.each(rows)('$title', ({ signals, limit }) => expect(after(signals)).toBe(limit));

  it('grows no faster than one each growEveryMs', () => {
    let state = initialConcurrency(rules, 0);
    for (let now = 1; now <= 1_000; now++) state = nextConcurrency(state, 'backlog', rules, now);
    expect(state.limit).toBe(10);
  });

  it('keeps to the poller range of provisioned mode whatever happens', () => {
    expect(after(times(50, 'function-error'), { initial: 20, floor: 20, ceiling: 40 })).toBe(20);
  });
});
