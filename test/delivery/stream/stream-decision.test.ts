import { describe, expect, it } from 'vitest';
import { backOffMs, streamBackOff } from '../../../src/delivery/back-off.js';
import {
  afterFinalCall,
  afterStreamInvocation,
  expiredFront,
  type StreamAttempt,
  type StreamErrorRules,
  type StreamStep,
} from '../../../src/delivery/stream/stream-decision.js';
import type { InvocationOutcome } from '../../../src/functions/lambda-function.js';

const rules: StreamErrorRules = {
  reportsItemFailures: false,
  bisects: false,
  maxRetries: undefined,
  maxAgeMs: undefined,
  windowed: false,
  partialResponses: 'suffix',
};
const attempt: StreamAttempt = { recordIds: ['1', '2', '3', '4', '5'], failures: 0, throttles: 0, random: 0.5 };

const error = { errorType: 'Error', errorMessage: 'no', trace: [] };
const failed: InvocationOutcome = { kind: 'failed', error, durationMs: 1 };
const throttled: InvocationOutcome = { kind: 'throttled', because: 'busy' };
const returns = (response: unknown): InvocationOutcome => ({
  kind: 'succeeded',
  responseText: JSON.stringify(response) ?? '',
  durationMs: 1,
});
const reports = (...ids: readonly unknown[]): InvocationOutcome =>
  returns({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

interface Row {
  readonly when: string;
  readonly outcome: InvocationOutcome;
  readonly given?: Partial<StreamAttempt>;
  readonly with?: Partial<StreamErrorRules>;
  readonly expected: Partial<StreamStep>;
}

const reporting = { reportsItemFailures: true };
const bisecting = { bisects: true };
const subset = { partialResponses: 'reported' } as const;
const identifierOf = (given: unknown): string | undefined => {
  const { offset } = given as { readonly offset?: number };
  return offset === undefined ? undefined : String(offset);
};

const rows: readonly Row[] = [
  { when: 'the function succeeds', outcome: returns(null), expected: { kind: 'handled' } },
  { when: 'the function returns a report that nobody asked for', outcome: reports('3'), expected: { kind: 'handled' } },
  { when: 'the function fails', outcome: failed, expected: { kind: 'retry', counts: true, because: 'Error: no' } },
  {
    when: 'the function fails for the thousandth time and retries are not limited',
    outcome: failed,
    given: { failures: 999 },
    expected: { kind: 'retry', counts: true },
  },
  {
    when: 'the function fails and retries are left',
    outcome: failed,
    given: { failures: 2 },
    with: { maxRetries: 3 },
    expected: { kind: 'retry', counts: true },
  },
  ...[0, 1, 2, 3].map((maxRetries): Row => ({
    when: `the function fails and ${maxRetries} retries are used up`,
    outcome: failed,
    given: { failures: maxRetries },
    with: { maxRetries },
    expected: {
      kind: 'discard',
      condition: 'RetryAttemptsExhausted',
      invokeCount: maxRetries + 1,
      functionError: 'Unhandled',
    },
  })),
  {
    when: 'the call is throttled, with no retries allowed',
    outcome: throttled,
    given: { failures: 0, throttles: 50 },
    with: { maxRetries: 0, bisects: true },
    expected: { kind: 'retry', counts: false, because: 'throttled (busy)' },
  },
  {
    when: 'a batch of 5 fails and is bisected',
    outcome: failed,
    with: bisecting,
    expected: { kind: 'split', index: 3 },
  },
  {
    when: 'a batch of 2 fails and is bisected',
    outcome: failed,
    given: { recordIds: ['1', '2'] },
    with: bisecting,
    expected: { kind: 'split', index: 1 },
  },
  {
    when: 'a batch with no retries left is bisected: splitting uses none up',
    outcome: failed,
    given: { failures: 3 },
    with: { ...bisecting, maxRetries: 3 },
    expected: { kind: 'split' },
  },
  {
    when: 'a single record cannot be bisected',
    outcome: failed,
    given: { recordIds: ['1'] },
    with: { ...bisecting, maxRetries: 1 },
    expected: { kind: 'retry', counts: true },
  },
  {
    when: 'a single record cannot be bisected and has no retries',
    outcome: failed,
    given: { recordIds: ['1'] },
    with: { ...bisecting, maxRetries: 0 },
    expected: { kind: 'discard', invokeCount: 1 },
  },
  ...[null, undefined, [], {}, { batchItemFailures: [] }, { batchItemFailures: null }].map((response): Row => ({
    when: `a report is ${JSON.stringify(response)}`,
    outcome: returns(response),
    with: reporting,
    expected: { kind: 'handled' },
  })),
  ...['', null, 123, 'unknown'].map((id): Row => ({
    when: `a report names ${JSON.stringify(id)}`,
    outcome: reports(id),
    given: { failures: 2 },
    with: { ...reporting, maxRetries: 2 },
    expected: { kind: 'discard', invokeCount: 3, functionError: null },
  })),
  {
    when: 'an entry of a report has a wrong key',
    outcome: returns({ batchItemFailures: [{ foo: '3' }] }),
    with: reporting,
    expected: { kind: 'retry', counts: true },
  },
  {
    when: 'a report names records: the first of them in the stream counts, not in the report',
    outcome: reports('5', '3', '4'),
    given: { failures: 2 },
    with: { ...reporting, maxRetries: 2 },
    expected: { kind: 'advance', index: 2 },
  },
  {
    when: 'a report names a record and the mapping bisects: the batch is divided there',
    outcome: reports('4'),
    with: { ...reporting, ...bisecting },
    expected: { kind: 'advance', index: 3 },
  },
  {
    when: 'a report makes no progress: it is a failed call',
    outcome: reports('1'),
    given: { failures: 3 },
    with: { ...reporting, maxRetries: 3 },
    expected: { kind: 'discard', invokeCount: 4, functionError: null },
  },
  {
    when: 'a malformed report is bisected',
    outcome: reports('unknown'),
    with: { ...reporting, ...bisecting },
    expected: { kind: 'split', index: 3 },
  },
  {
    when: 'a report may name any records: those are called again, the others are done',
    outcome: reports('5', '2'),
    given: { failures: 2 },
    with: { ...reporting, ...subset, maxRetries: 2 },
    expected: { kind: 'retry-some', failed: new Set(['5', '2']) },
  },
  {
    when: 'a report may name any records, and names the first alone: it makes progress',
    outcome: reports('1'),
    with: { ...reporting, ...subset, maxRetries: 0 },
    expected: { kind: 'retry-some', failed: new Set(['1']) },
  },
  {
    when: 'a report may name any records, and names all: it is a failed call',
    outcome: reports('5', '4', '3', '2', '1'),
    given: { failures: 3 },
    with: { ...reporting, ...subset, maxRetries: 3 },
    expected: { kind: 'discard', invokeCount: 4, functionError: null },
  },
  {
    when: 'a report may name any records, names all, and the mapping bisects',
    outcome: reports('1', '2', '3', '4', '5'),
    with: { ...reporting, ...subset, ...bisecting },
    expected: { kind: 'split', index: 3 },
  },
  {
    when: 'a report names records in the form of the source',
    outcome: reports({ offset: 3 }),
    with: { ...reporting, ...subset, identifierOf },
    expected: { kind: 'retry-some', failed: new Set(['3']) },
  },
  {
    when: 'a report names a record in another form than that of the source',
    outcome: reports('3'),
    with: { ...reporting, ...subset, identifierOf },
    expected: { kind: 'retry', counts: true },
  },
  {
    when: 'a function fails that reports: nothing it would have reported counts',
    outcome: failed,
    with: reporting,
    expected: { kind: 'retry', counts: true },
  },
];

describe('after an invocation of a stream mapping', () => {
  it.each(rows)('$when', ({ outcome, given, with: more, expected }) => {
    expect(afterStreamInvocation(outcome, { ...attempt, ...given }, { ...rules, ...more })).toMatchObject(expected);
  });

  it('a poison record, last of 3 with 3 retries, is delivered 5 times, and the destination is told of 4', () => {
    const more = { ...rules, reportsItemFailures: true, maxRetries: 3 };
    let [recordIds, failures, deliveries] = [['1', '2', '6'], 0, 0];
    let step: StreamStep;
    do {
      deliveries++;
      step = afterStreamInvocation(reports('6'), { ...attempt, recordIds, failures }, more);
      if (step.kind === 'advance') [recordIds, failures] = [recordIds.slice(step.index), 0];
      else failures++;
    } while (step.kind !== 'discard');
    expect(step).toMatchObject({ invokeCount: 4, functionError: null });
    expect(deliveries).toBe(5);
  });

  it.each([0, 0.25, 0.5, 0.75, 0.999])(
    'a function that fails at once is called 8 times in 60 s (chance %d)',
    (random) => {
      let [calls, at] = [0, 0];
      for (; at <= 60_000; calls++) at += backOffMs(streamBackOff, calls + 1, random);
      expect(calls).toBe(random === 0 ? 9 : 8);
    },
  );
});

describe('records that are too old', () => {
  const table: readonly (readonly [arrived: readonly number[], maxAgeMs: number | undefined, expired: number])[] = [
    [[0, 0, 0], undefined, 0],
    [[940_000, 999_000], 60_000, 0],
    [[939_999, 940_000], 60_000, 1],
    [[0, 1, 999_000], 60_000, 2],
    [[0, 1, 2], 60_000, 3],
    [[999_000, 0, 0], 60_000, 0],
    [[], 60_000, 0],
  ];
  it.each(table)('of those that arrived at %j with a limit of %s: %d', (arrived, maxAgeMs, expired) => {
    expect(expiredFront(arrived, maxAgeMs, 1_000_000)).toBe(expired);
  });
});

describe('after an invocation in a tumbling window', () => {
  const windowed: StreamErrorRules = { ...rules, windowed: true, reportsItemFailures: true, maxRetries: 0 };
  const step = (outcome: InvocationOutcome): StreamStep => afterStreamInvocation(outcome, attempt, windowed);

  it('hands the state on', () => {
    expect(step(returns({ state: { sum: 3 } }))).toEqual({ kind: 'handled', state: '{"sum":3}' });
  });

  it.each([[null], [{}], [{ state: null }], [{ state: 'text' }], [{ state: [1] }], ['text']])(
    'takes %j, which has no state, for a failed call',
    (response) => {
      expect(step(returns(response))).toMatchObject({ kind: 'discard', functionError: null });
    },
  );

  it('keeps the state of a response that reports failures', () => {
    const response = { state: { sum: 1 }, batchItemFailures: [{ itemIdentifier: '3' }] };
    expect(step(returns(response))).toMatchObject({ kind: 'advance', index: 2, state: '{"sum":1}' });
  });

  it('keeps the state of a response that reports any of its records', () => {
    const response = { state: { sum: 1 }, batchItemFailures: [{ itemIdentifier: '1' }] };
    const more = { ...windowed, ...subset };
    expect(afterStreamInvocation(returns(response), attempt, more)).toMatchObject({
      kind: 'retry-some',
      state: '{"sum":1}',
    });
  });

  it('does not need a state of a function that fails', () => {
    expect(step(failed)).toMatchObject({ kind: 'discard', functionError: 'Unhandled' });
  });
});

describe('the last call of a tumbling window', () => {
  it('closes the window when it returns a state', () => {
    expect(afterFinalCall(returns({ state: {} }), 1, 0.5)).toEqual({ kind: 'closed' });
  });

  it.each([
    ['fails', failed],
    ['is throttled', throttled],
    ['returns no state', returns(null)],
  ])('is made again for ever when it %s', (_, outcome) => {
    for (const tries of [1, 100]) expect(afterFinalCall(outcome, tries, 0.5).kind).toBe('retry');
  });
});
