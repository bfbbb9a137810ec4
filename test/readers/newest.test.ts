import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Newest } from '../../src/readers/newest.js';

it('keeps the newest items, in order and within both bounds, whatever comes', () => {
  const weights = fc.array(fc.record({ weight: fc.nat(50), growOf: fc.nat(20), by: fc.nat(30) }), { maxLength: 4_000 });
  fc.assert(
    fc.property(weights, (steps) => {
      const newest = new Newest<{ weight: number; readonly index: number }>({ count: 1_100, weight: 20_000 });
      const numbers: number[] = [];
      const all: { weight: number; readonly index: number }[] = [];
      for (const [index, { weight, growOf, by }] of steps.entries()) {
        const item = { weight, index };
        all.push(item);
        numbers.push(newest.add(item, weight));
        const grown = Math.max(0, index - growOf);
        const [older, number] = [all[grown], numbers[grown]];
        if (older === undefined || number === undefined) continue;
        older.weight += by;
        newest.grow(number, by);
      }
      const kept = [...newest];
      expect(kept).toEqual(all.slice(all.length - kept.length));
      expect(kept.length).toBe(newest.length);
      expect(kept.length).toBeLessThanOrEqual(1_100);
      const total = kept.reduce((sum, { weight }) => sum + weight, 0);
      expect(kept.length < 2 || total <= 20_000).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('gives nothing away without need', () => {
  const newest = new Newest<string>({ count: 3, weight: 10 });
  for (const item of ['a', 'b', 'c']) newest.add(item, 3);
  expect([...newest]).toEqual(['a', 'b', 'c']);
  newest.add('d', 3);
  expect([...newest]).toEqual(['b', 'c', 'd']);
});

it('keeps one item even when it is too heavy', () => {
  const newest = new Newest<string>({ count: 3, weight: 10 });
  newest.add('a', 1);
  newest.add('heavy', 100);
  expect([...newest]).toEqual(['heavy']);
});

it('does not count what grows after it is gone', () => {
  const newest = new Newest<string>({ count: 2, weight: 10 });
  const number = newest.add('a', 1);
  for (const item of ['b', 'c']) newest.add(item, 1);
  newest.grow(number, 100);
  expect([...newest]).toEqual(['b', 'c']);
});
