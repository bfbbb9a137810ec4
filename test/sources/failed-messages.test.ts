import { describe, expect, it } from 'vitest';
import type { QueueSource } from '../../src/contracts/queue-source.js';
import { failedMessagesProblem } from '../../src/sources/custom/failed-messages.js';
import { HoldingQueue } from '../../src/testing/holding-queue.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const again = { kind: 'again', firstPauseMs: 100, longestPauseMs: 1_000 };
const limit = { redeliveries: 2, rejectedAre: 'discarded', because: 'enough' };

/** A queue as plain JavaScript may have it. */
const saying = (failedMessages: unknown, more: object = {}): QueueSource =>
  Object.assign(new HoldingQueue({ clock: new VirtualClock() }), { failedMessages, ...more });

describe('what a queue of a configuration says of failed messages', () => {
  it.each([
    ['nothing', undefined],
    ['leave', { kind: 'leave' }],
    ['again, for ever', again],
    ['again, so many times', { ...again, limit }],
    ['again, without a pause', { ...again, firstPauseMs: 0, longestPauseMs: 0 }],
    ['reject at once', { ...again, limit: { ...limit, redeliveries: 0 } }],
  ])('may be %s', (_, given) => {
    expect(failedMessagesProblem(saying(given))).toBeUndefined();
  });

  it.each([
    ['an unknown kind', { kind: 'bogus' }, 'must have the kind leave or again, got "bogus"'],
    [
      'no first pause',
      { kind: 'again', longestPauseMs: 1 },
      'must have a firstPauseMs of 0 or more milliseconds, got undefined',
    ],
    ['a negative pause', { ...again, firstPauseMs: -1 }, 'must have a firstPauseMs of 0 or more milliseconds, got -1'],
    [
      'a longest pause below the first',
      { ...again, longestPauseMs: 99 },
      'must have a longestPauseMs of at least its firstPauseMs, got 99',
    ],
    [
      'redeliveries that are no number',
      { ...again, limit: { ...limit, redeliveries: 'x' } },
      'must have limit.redeliveries as a whole number, 0 or more, got "x"',
    ],
    [
      'an unknown fate of rejected ones',
      { ...again, limit: { ...limit, rejectedAre: 'lost' } },
      'must have limit.rejectedAre discarded or redelivered, got "lost"',
    ],
  ])('is refused with %s', (_, given, problem) => {
    expect(failedMessagesProblem(saying(given))).toBe(problem);
  });

  it('is refused with a limit and no way to reject', () => {
    expect(failedMessagesProblem(saying({ ...again, limit }, { reject: undefined }))).toBe(
      'has a limit, so the source needs a method reject, and it has none',
    );
  });
});
