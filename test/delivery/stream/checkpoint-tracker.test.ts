import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointTracker, type DoneRecord } from '../../../src/delivery/stream/checkpoint-tracker.js';

const record = (n: number): DoneRecord => ({ id: `r${n}`, position: String(n) });
const positions = (passed: readonly DoneRecord[]): readonly string[] => passed.map(({ position }) => position);

describe('the checkpoint of a shard', () => {
  it('stays before the first record that is not done', () => {
    const tracker = new CheckpointTracker();
    const [a, b, c] = [record(10), record(20), record(30)];
    for (const each of [a, b, c]) tracker.add(each);

    expect(tracker.done([b, c])).toEqual([]);
    expect(tracker.undone).toBe(1);
    expect(positions(tracker.done([a]))).toEqual(['10', '20', '30']);
    expect(tracker.undone).toBe(0);
  });

  it('does not care when it is told twice', () => {
    const tracker = new CheckpointTracker();
    const only = record(1);
    tracker.add(only);
    expect(positions(tracker.done([only]))).toEqual(['1']);
    expect(tracker.done([only])).toEqual([]);
  });

  it('refuses a record that is under way already', () => {
    const tracker = new CheckpointTracker();
    const only = record(1);
    tracker.add(only);
    expect(() => tracker.add(only)).toThrow('the record is under way already');
  });

  it('is never ahead of work, and at the end when all is done, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat()), (count, chance) => {
        const tracker = new CheckpointTracker();
        const undone = new Map<number, DoneRecord>();
        let next = 0;
        const passed: string[] = [];
        while (next < count || undone.size > 0) {
          const pick = chance.next().value ?? 0;
          if (next < count && (undone.size === 0 || pick % 2 === 0)) {
            const added = record(next);
            tracker.add(added);
            undone.set(next++, added);
          } else {
            const number = [...undone.keys()][pick % undone.size] ?? 0;
            const finished = undone.get(number);
            undone.delete(number);
            if (finished !== undefined) passed.push(...positions(tracker.done([finished])));
          }
          const expected = Array.from({ length: Math.min(next, ...undone.keys()) }, (_, n) => String(n));
          expect(passed).toEqual(expected);
        }
      }),
    );
  });
});
