import type { InvocationOutcome, LambdaFunction } from '../functions/lambda-function.js';
import { summary } from '../functions/function-error.js';
import { Payload, type BatchStep, type InvokedEvent } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import { unreachable } from '../platform/unreachable.js';

/** Who calls, and where it is written down. */
interface Caller {
  readonly target: Pick<LambdaFunction, 'name' | 'invoke'>;
  readonly journal: JournalWriter;
}

/** One call of a function for a batch. */
export interface FunctionCall {
  /** What every entry about it says: mapping, batch, and its records. */
  readonly step: BatchStep;
  readonly invocation: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly eventText: string;
  /** What else the entry says that the call has begun; asked at that moment. */
  readonly details?: () => Pick<InvokedEvent, 'iteratorAgeMs' | 'window'>;
}

/** What the end of a call means for its batch. */
export type CallVerdict =
  | { readonly kind: 'handled' }
  | { readonly kind: 'failed'; readonly because: string }
  | {
      readonly kind: 'partially-failed';
      readonly failed: ReadonlySet<string>;
      /** Streams: what is called again, the reported records alone or all from the first of them on. */
      readonly leaves?: 'suffix' | 'reported';
      readonly because: string;
    };

/** Calls the function, and writes down that the call has begun and what it prints. Never rejects. */
export function callFunction({ target, journal }: Caller, call: FunctionCall): Promise<InvocationOutcome> {
  const { step, invocation, attempt, eventText, details } = call;
  return target.invoke({
    invocationId: invocation,
    eventText,
    started: () =>
      journal.write({
        type: 'invoked',
        ...step,
        function: target.name,
        invocation,
        attempt,
        ...details?.(),
        payload: new Payload(eventText),
      }),
    log: ({ level, message }) =>
      journal.write({ type: 'function-log', function: target.name, invocation, level, message }),
  });
}

/** Writes down how a call ended; `verdict` is what a response meant for its batch. */
export function writeCallEnd(
  { target, journal }: Caller,
  { step, invocation }: FunctionCall,
  outcome: InvocationOutcome,
  verdict: CallVerdict,
): void {
  const call = { ...step, function: target.name, invocation };
  switch (outcome.kind) {
    case 'throttled':
      journal.write({ type: 'throttled', ...call, because: outcome.because });
      return;
    case 'failed': {
      const { durationMs, error } = outcome;
      journal.write({ type: 'failed', ...call, durationMs, error, because: summary(error) });
      return;
    }
    case 'succeeded': {
      const ended = { ...call, durationMs: outcome.durationMs, payload: new Payload(outcome.responseText) };
      if (verdict.kind === 'handled') journal.write({ type: 'succeeded', ...ended });
      else if (verdict.kind === 'failed') journal.write({ type: 'failed', ...ended, because: verdict.because });
      else {
        const { failed, leaves, because } = verdict;
        const failedRecords = [...failed];
        journal.write({ type: 'partially-failed', ...ended, failedRecords, ...(leaves && { leaves }), because });
      }
      return;
    }
    default:
      unreachable(outcome);
  }
}
