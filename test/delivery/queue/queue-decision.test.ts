import { describe, expect, it } from 'vitest';
import type { FailedMessages } from '../../../src/contracts/queue-source.js';
import type { HeldMessage } from '../../../src/delivery/queue/held-message.js';
import {
  afterQueueInvocation,
  leftToQueue,
  type QueueAttempt,
  type QueueStep,
} from '../../../src/delivery/queue/queue-decision.js';
import type { InvocationOutcome } from '../../../src/functions/lambda-function.js';

function message(id: string, more: Partial<HeldMessage> = {}): HeldMessage {
  return { id, handle: id, receiveCount: 1, record: '{}', bytes: 2, view: () => ({}), ...more };
}
const leased: readonly HeldMessage[] = [
  message('a', { visibleAgainAt: 30_000 }),
  message('b', { visibleAgainAt: 40_000 }),
];
const held: readonly HeldMessage[] = [message('a'), message('b')];

const idsOf = (messages: readonly HeldMessage[]): readonly string[] => messages.map(({ id }) => id);

const leave: FailedMessages = { kind: 'leave' };
const forEver: FailedMessages = { kind: 'again', firstPauseMs: 1_000, longestPauseMs: 8_000 };
const limited: FailedMessages = {
  ...forEver,
  limit: { redeliveries: 2, rejectedAre: 'discarded', because: 'enough' },
};

const attempt: QueueAttempt = {
  messages: leased,
  reportsItemFailures: false,
  failedMessages: leave,
  throttles: 0,
  failures: 0,
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
const reports = { reportsItemFailures: true };

const rows: readonly {
  readonly when: string;
  readonly outcome: InvocationOutcome;
  readonly given?: Partial<QueueAttempt>;
  readonly expected: QueueStep['kind'];
  /** Default: all. */
  readonly failed?: readonly string[];
}[] = [
  { when: 'the function returned', outcome: returned('anything'), expected: 'handled' },
  {
    when: 'the function returned a report that the mapping did not ask for',
    outcome: returned(names('a')),
    expected: 'handled',
  },
  { when: 'the function failed', outcome: threw, expected: 'left' },
  { when: 'the function failed and reports are on', outcome: threw, given: reports, expected: 'left' },
  { when: 'a report names nothing', outcome: returned(names()), given: reports, expected: 'handled' },
  { when: 'a report names some', outcome: returned(names('b')), given: reports, expected: 'left', failed: ['b'] },
  { when: 'a report is malformed', outcome: returned(names('z')), given: reports, expected: 'left' },
  { when: 'the call was throttled and there is time', outcome: throttled, expected: 'call-again' },
  { when: 'the call was throttled until too late', outcome: throttled, given: { now: 29_990 }, expected: 'left' },
];

const keptRows: typeof rows = [
  { when: 'the function returned', outcome: returned('anything'), expected: 'handled' },
  { when: 'the function failed', outcome: threw, expected: 'call-again' },
  { when: 'it failed for the thousandth time', outcome: threw, given: { failures: 999 }, expected: 'call-again' },
  { when: 'a report names some', outcome: returned(names('b')), given: reports, expected: 'call-again', failed: ['b'] },
  { when: 'a report is malformed', outcome: returned(names('z')), given: reports, expected: 'call-again' },
  { when: 'it was throttled a thousand times', outcome: throttled, given: { throttles: 999 }, expected: 'call-again' },
  {
    when: 'there is a limit of 2 further calls, and the first has failed',
    outcome: threw,
    given: { failedMessages: limited, failures: 1 },
    expected: 'call-again',
  },
  {
    when: 'there is a limit of 2 further calls, and both have failed',
    outcome: threw,
    given: { failedMessages: limited, failures: 2 },
    expected: 'rejected',
  },
  {
    when: 'there is a limit, all calls are used up, and a report names some',
    outcome: returned(names('b')),
    given: { ...reports, failedMessages: limited, failures: 2 },
    expected: 'rejected',
    failed: ['b'],
  },
  {
    when: 'there is a limit, all calls are used up, and the last was throttled',
    outcome: throttled,
    given: { failedMessages: limited, failures: 2 },
    expected: 'call-again',
  },
];

const words: Record<QueueStep['kind'], string> = {
  handled: 'are settled',
  left: 'are left to the queue',
  'call-again': 'are kept in hand for another call',
  rejected: 'are rejected',
};

describe.each([
  { of: 'of a queue with a lease, after an invocation,', messages: leased, failedMessages: leave, table: rows },
  {
    of: 'of a queue that wants them kept, after an invocation,',
    messages: held,
    failedMessages: forEver,
    table: keptRows,
  },
])('messages $of', ({ messages, failedMessages, table }) => {
  for (const { when, outcome, given, expected, failed = ['a', 'b'] } of table) {
    it(`${words[expected]} when ${when}`, () => {
      const { step } = afterQueueInvocation(outcome, { ...attempt, messages, failedMessages, ...given });
      expect(step.kind).toBe(expected);
      expect(step.kind === 'handled' ? ['a', 'b'] : idsOf(step.failed)).toEqual(failed);
    });
  }
});

const pausesOf = (outcome: InvocationOutcome, counted: 'throttles' | 'failures', counts: readonly number[]) =>
  counts.map((count) => {
    const given = { ...attempt, failedMessages: forEver, [counted]: count, random: 0.999_999 };
    const { step } = afterQueueInvocation(outcome, given);
    return step.kind === 'call-again' ? step.afterMs : step.kind;
  });

describe('messages that are called for again', () => {
  it('wait for pauses that double to 5 s when they were throttled', () => {
    expect(pausesOf(throttled, 'throttles', [0, 1, 2, 5, 6, 20])).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  });

  it('wait for pauses that double as their queue says when they failed', () => {
    expect(pausesOf(threw, 'failures', [0, 1, 2, 3, 20])).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
  });
});

describe('messages that are left to a queue', () => {
  const messages = [1, 2, 3].map((receiveCount) =>
    message(`m${receiveCount}`, { receiveCount, visibleAgainAt: 5_000 }),
  );

  it('all come back when it has no dead-letter rule, and the first of them when its lease ends', () => {
    const { returning, returnAt, usedUp } = leftToQueue(leased, undefined);
    expect({ returning: idsOf(returning), returnAt, usedUp }).toEqual({
      returning: ['a', 'b'],
      returnAt: 30_000,
      usedUp: [],
    });
  });

  it('go to its dead-letter queue when they were received as often as its rule allows', () => {
    const { returning, usedUp } = leftToQueue(messages, { maxReceiveCount: 2, deadLetterQueue: 'dead' });
    expect(idsOf(returning)).toEqual(['m1']);
    expect(usedUp.map((used) => used.message.id)).toEqual(['m2', 'm3']);
    expect(usedUp[0]?.because).toBe(
      "received 2 of at most 2 times (the queue's maxReceiveCount): the queue moves it to its dead-letter queue dead when its visibility timeout ends at 1970-01-01T00:00:05.000Z",
    );
  });

  it('come back at a time that nobody knows when they have no lease', () => {
    expect(leftToQueue(held, undefined).returnAt).toBeUndefined();
  });
});
