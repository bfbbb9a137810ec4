import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointTracker } from '../../src/delivery/checkpoint-tracker.js';

describe('the checkpoint of a shard', () => {
  it('stays before the first record that is not done', () => {
    const tracker = new CheckpointTracker<number>();
    for (const position of [10, 20, 30]) tracker.add(position);

    expect(tracker.done([20, 30])).toBe(false);
    expect(tracker.checkpoint).toBeUndefined();
    expect(tracker.done([10])).toBe(true);
    expect(tracker.checkpoint).toBe(30);
    expect(tracker.undone).toBe(0);
  });

  it('does not care when it is told twice', () => {
    const tracker = new CheckpointTracker<number>();
    tracker.add(1);
    tracker.done([1]);
    expect(tracker.done([1])).toBe(false);
    expect(tracker.checkpoint).toBe(1);
  });

  it('refuses a record that is under way already', () => {
    const tracker = new CheckpointTracker<string>();
    tracker.add('a');
    expect(() => tracker.add('a')).toThrow('position a is under way already');
  });

  it('is never ahead of work, and at the end when all is done, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat()), (count, chance) => {
        const tracker = new CheckpointTracker<number>();
        const undone = new Set<number>();
        let next = 0;
        while (next < count || undone.size > 0) {
          const pick = chance.next().value ?? 0;
          if (next < count && (undone.size === 0 || pick % 2 === 0)) {
            tracker.add(next);
            undone.add(next++);
          } else {
            const position = [...undone][pick % undone.size] ?? 0;
            undone.delete(position);
            tracker.done([position]);
          }
          const first = Math.min(next, ...undone);
          expect(tracker.checkpoint ?? -1).toBe(first - 1);
        }
      }),
    );
  });
});
