import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointTracker } from '../../src/delivery/checkpoint-tracker.js';

interface Numbered {
  readonly n: number;
}
const numbered = (...numbers: readonly number[]): readonly Numbered[] => numbers.map((n) => ({ n }));

describe('the checkpoint of a shard', () => {
  it('stays before the first record that is not done', () => {
    const tracker = new CheckpointTracker<Numbered>();
    const [a, b, c] = numbered(10, 20, 30);
    for (const record of [a, b, c]) if (record !== undefined) tracker.add(record);

    expect(tracker.done([b, c].filter((record) => record !== undefined))).toEqual([]);
    expect(tracker.undone).toBe(1);
    expect(tracker.done([a].filter((record) => record !== undefined))).toEqual([a, b, c]);
    expect(tracker.undone).toBe(0);
  });

  it('does not care when it is told twice', () => {
    const tracker = new CheckpointTracker<Numbered>();
    const record = { n: 1 };
    tracker.add(record);
    expect(tracker.done([record])).toEqual([record]);
    expect(tracker.done([record])).toEqual([]);
  });

  it('refuses a record that is under way already', () => {
    const tracker = new CheckpointTracker<Numbered>();
    const record = { n: 1 };
    tracker.add(record);
    expect(() => tracker.add(record)).toThrow('the record is under way already');
  });

  it('is never ahead of work, and at the end when all is done, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat()), (count, chance) => {
        const tracker = new CheckpointTracker<Numbered>();
        const undone = new Map<number, Numbered>();
        let next = 0;
        const passed: number[] = [];
        while (next < count || undone.size > 0) {
          const pick = chance.next().value ?? 0;
          if (next < count && (undone.size === 0 || pick % 2 === 0)) {
            const record = { n: next++ };
            tracker.add(record);
            undone.set(record.n, record);
          } else {
            const record = [...undone.values()][pick % undone.size];
            if (record === undefined) continue;
            undone.delete(record.n);
            passed.push(...tracker.done([record]).map(({ n }) => n));
          }
          expect(passed).toEqual(Array.from({ length: Math.min(next, ...undone.keys()) }, (_, n) => n));
        }
      }),
    );
  });
});
