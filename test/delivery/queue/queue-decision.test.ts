import { describe, expect, it } from 'vitest';
import type { HeldMessage } from '../../../src/delivery/queue/held-message.js';
import {
  afterQueueInvocation,
  leftToQueue,
  noLongerOurs,
  type QueueAttempt,
  type QueueStep,
} from '../../../src/delivery/queue/queue-decision.js';
import type { InvocationOutcome } from '../../../src/functions/lambda-function.js';

const attempt: QueueAttempt = {
  recordIds: ['a', 'b'],
  reportsItemFailures: false,
  throttles: 0,
  failedMessages: { kind: 'leave' },
  failures: 0,
  leaseEndsAt: 30_000,
  now: 0,
  random: 0,
};
const returned = (response: unknown): InvocationOutcome => ({
  kind: 'succeeded',
  responseText: JSON.stringify(response),
  durationMs: 1,
});
const threw: InvocationOutcome = {
  kind: 'failed',
  durationMs: 1,
  error: { errorType: 'Error', errorMessage: 'boom', trace: [] },
};
const throttled: InvocationOutcome = { kind: 'throttled', because: 'full' };
const names = (...ids: string[]): unknown => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

const rows: readonly {
  readonly when: string;
  readonly outcome: InvocationOutcome;
  readonly given?: Partial<QueueAttempt>;
  readonly expected: QueueStep['kind'];
}[] = [
  { when: 'the function returned', outcome: returned('anything'), expected: 'handled' },
  {
    when: 'the function returned a report that the mapping did not ask for',
    outcome: returned(names('a')),
    expected: 'handled',
  },
  { when: 'the function failed', outcome: threw, expected: 'failed' },
  {
    when: 'the function failed and reports are on',
    outcome: threw,
    given: { reportsItemFailures: true },
    expected: 'failed',
  },
  {
    when: 'a report names nothing',
    outcome: returned(names()),
    given: { reportsItemFailures: true },
    expected: 'handled',
  },
  {
    when: 'a report names some',
    outcome: returned(names('b')),
    given: { reportsItemFailures: true },
    expected: 'partially-failed',
  },
  {
    when: 'a report is malformed',
    outcome: returned(names('z')),
    given: { reportsItemFailures: true },
    expected: 'failed',
  },
  { when: 'the call was throttled and there is time', outcome: throttled, expected: 'call-again' },
  { when: 'the call was throttled until too late', outcome: throttled, given: { now: 29_990 }, expected: 'let-go' },
];

describe('after an invocation, the messages of a queue', () => {
  const words: Record<QueueStep['kind'], string> = {
    handled: 'are deleted',
    failed: 'all stay',
    'partially-failed': 'stay as far as they are named',
    'call-again': 'are kept in hand for another call',
    'let-go': 'are left to the queue',
  };
  for (const { when, outcome, given, expected } of rows) {
    it(`${words[expected]} when ${when}`, () => {
      expect(afterQueueInvocation(outcome, { ...attempt, ...given }).kind).toBe(expected);
    });
  }

  it('are called for again after pauses that double to 5 s', () => {
    const pauses = [0, 1, 2, 5, 6, 20].map((throttles) => {
      const step = afterQueueInvocation(throttled, { ...attempt, throttles, random: 0.999_999 });
      return step.kind === 'call-again' ? step.afterMs : step.kind;
    });
    expect(pauses).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  });
});

const again = (redeliveries?: number): QueueAttempt['failedMessages'] => ({
  kind: 'again',
  firstPauseMs: 1_000,
  longestPauseMs: 8_000,
  ...(redeliveries !== undefined && { limit: { redeliveries, outcome: 'discarded', because: 'dead-lettered' } }),
});
const nextOf = (failedMessages: QueueAttempt['failedMessages'], failures = 0): unknown => {
  const step = afterQueueInvocation(threw, { ...attempt, failedMessages, failures });
  return step.kind === 'failed' ? step.next : step.kind;
};

describe('messages that failed', () => {
  it.each([
    ['are left', 'their queue takes them back by itself', { kind: 'leave' } as const, 9, { kind: 'leave' }],
    ['are held', 'their queue wants them called again', again(), 0, { kind: 'hold', afterMs: 500 }],
    ['are held', 'their queue wants that for ever', again(), 99, { kind: 'hold', afterMs: 4_000 }],
    ['are held', 'there are redeliveries left', again(2), 1, { kind: 'hold', afterMs: 1_000 }],
    [
      'are rejected',
      'no redelivery is left',
      again(2),
      2,
      { kind: 'reject', because: '2 further calls did not help, and it is rejected: dead-lettered' },
    ],
    [
      'are rejected',
      'none was allowed',
      again(0),
      0,
      { kind: 'reject', because: '0 further calls did not help, and it is rejected: dead-lettered' },
    ],
  ])('%s when %s', (_, __, failedMessages, failures, expected) => {
    expect(nextOf(failedMessages, failures)).toEqual(expected);
  });

  it('are called again whatever their time, where they have no lease, when the function was not reached', () => {
    const step = afterQueueInvocation(throttled, { ...attempt, leaseEndsAt: undefined, throttles: 1_000 });
    expect(step.kind).toBe('call-again');
  });
});

const message = (receiveCount: number): HeldMessage => ({
  id: `m${receiveCount}`,
  handle: '',
  receiveCount,
  record: '',
  bytes: 0,
  view: () => ({}),
  leaseEndsAt: 30_000,
});

describe('a message that is left to its queue', () => {
  const redrive = { maxReceiveCount: 3, deadLetterQueue: 'dead' };

  it.each([
    [1, 'returning'],
    [2, 'returning'],
    [3, 'deadLettered'],
    [4, 'deadLettered'],
  ] as const)('that was received %i of at most 3 times is %s', (receiveCount, where) => {
    const { returning, deadLettered } = leftToQueue([message(receiveCount)], redrive);
    expect({ returning: returning.length, deadLettered: deadLettered.length }).toEqual({
      returning: where === 'returning' ? 1 : 0,
      deadLettered: where === 'deadLettered' ? 1 : 0,
    });
  });

  it('comes back in any case without a dead-letter rule', () => {
    expect(leftToQueue([message(99)], undefined).returning).toHaveLength(1);
  });
});

describe('a message in hand', () => {
  const lost = new AbortController();
  lost.abort();
  it.each([
    ['is ours', { leaseEndsAt: 101 }, undefined],
    ['is not ours at the end of its lease', { leaseEndsAt: 100 }, 'lease-ended'],
    ['is ours without a lease', { leaseEndsAt: undefined }, undefined],
    ['may be held before its time', { leaseEndsAt: undefined, holdUntil: 101 }, undefined],
    ['must not be held after its time', { leaseEndsAt: undefined, holdUntil: 100 }, 'held-long-enough'],
    ['is lost with its connection', { leaseEndsAt: undefined, lost: lost.signal }, 'lost'],
  ] as const)('%s', (_, given, expected) => {
    expect(
      noLongerOurs({ ...given, id: '', handle: '', receiveCount: 1, record: '', bytes: 0, view: () => ({}) }, 100),
    ).toBe(expected);
  });
});
