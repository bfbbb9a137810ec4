import { describe, expect, it } from 'vitest';
import { afterQueueInvocation, type QueueAttempt, type QueueStep } from '../../../src/delivery/queue/queue-decision.js';
import type { InvocationOutcome } from '../../../src/functions/lambda-function.js';

const attempt: QueueAttempt = {
  recordIds: ['a', 'b'],
  reportsItemFailures: false,
  throttles: 0,
  visibleAgainAt: 30_000,
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
