import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { unreachable } from '../../platform/unreachable.js';
import { backOffMs, streamBackOff, throttleBackOff } from '../back-off.js';
import { readBatchResponse } from '../batch-response.js';
import { summary } from '../../functions/function-error.js';
import { readWindowState } from '../batch-response.js';

/** How a stream mapping treats batches that fail. */
export interface StreamErrorRules {
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** `BisectBatchOnFunctionError`. */
  readonly bisects: boolean;
  /** `MaximumRetryAttempts`; undefined: until the records expire. */
  readonly maxRetries: number | undefined;
  /** `MaximumRecordAgeInSeconds`, in milliseconds; undefined: no limit. */
  readonly maxAgeMs: number | undefined;
  /** `TumblingWindowInSeconds` is set: a response without a state is a failure. */
  readonly windowed: boolean;
}

/** What is known when an invocation for a stream batch has ended. */
export interface StreamAttempt {
  /** Sequence numbers, in the order of the stream. */
  readonly recordIds: readonly string[];
  /** Calls of this batch that failed before; progress and splits begin anew or hand it on, throttles do not count. */
  readonly failures: number;
  /** How often the call was throttled in a row. */
  readonly throttles: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/** What happens to a batch next. */
export type StreamStep =
  /** All of it is done: the checkpoint moves behind it. */
  | {
      readonly kind: 'handled';
      /** Tumbling windows: what the next call of the window gets, as JSON text. */
      readonly state?: string;
    }
  /** What stands before `index` is done; the rest is a new batch with all its retries. */
  | {
      readonly kind: 'advance';
      readonly index: number;
      /** Those that the handler reported. */
      readonly failed: ReadonlySet<string>;
      readonly state?: string;
      readonly afterMs: number;
      readonly because: string;
    }
  /** Two batches, divided before `index`, the first one first; both keep the count of failures. */
  | { readonly kind: 'split'; readonly index: number; readonly afterMs: number; readonly because: string }
  /** The same batch again; `counts`: the call that ended has used up an attempt. */
  | { readonly kind: 'retry'; readonly afterMs: number; readonly counts: boolean; readonly because: string }
  /** Give the batch up, tell the destination, and go on behind it. */
  | {
      readonly kind: 'discard';
      readonly condition: 'RetryAttemptsExhausted';
      /** What a destination is told as `approximateInvokeCount`. */
      readonly invokeCount: number;
      /** What a destination is told as `functionError`. */
      readonly functionError: 'Unhandled' | null;
      readonly because: string;
    };

/**
 * The rules of Kinesis and DynamoDB event source mappings after an invocation. Pure: no clock, no I/O.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and docs/semantics.md, "Stream errors"
 */
export function afterStreamInvocation(
  outcome: InvocationOutcome,
  attempt: StreamAttempt,
  rules: StreamErrorRules,
): StreamStep {
  switch (outcome.kind) {
    case 'throttled': {
      const afterMs = backOffMs(throttleBackOff, attempt.throttles + 1, attempt.random);
      return { kind: 'retry', afterMs, counts: false, because: `throttled (${outcome.because})` };
    }
    case 'failed':
      return afterFailure(attempt, rules, 'Unhandled', summary(outcome.error));
    case 'succeeded':
      return afterResponse(outcome.responseText, attempt, rules);
    default:
      return unreachable(outcome);
  }
}

function afterResponse(responseText: string, attempt: StreamAttempt, rules: StreamErrorRules): StreamStep {
  const state = rules.windowed ? readWindowState(responseText) : undefined;
  if (state?.kind === 'missing') return afterFailure(attempt, rules, null, state.because);
  const step: StreamStep = rules.reportsItemFailures ? afterReport(responseText, attempt, rules) : { kind: 'handled' };
  if (state === undefined || (step.kind !== 'handled' && step.kind !== 'advance')) return step;
  return { ...step, state: state.text };
}

function afterReport(responseText: string, attempt: StreamAttempt, rules: StreamErrorRules): StreamStep {
  const verdict = readBatchResponse(responseText, new Set(attempt.recordIds));
  switch (verdict.kind) {
    case 'all-succeeded':
      return { kind: 'handled' };
    case 'all-failed':
      return afterFailure(attempt, rules, null, verdict.because);
    case 'some-failed': {
      const index = attempt.recordIds.findIndex((id) => verdict.failed.has(id));
      if (index === 0) return afterFailure(attempt, rules, null, 'the handler reported the first record of the batch');
      return {
        kind: 'advance',
        index,
        failed: verdict.failed,
        afterMs: backOffMs(streamBackOff, 1, attempt.random),
        because: `the handler reported ${attempt.recordIds[index]}: what comes before it is done, it and the rest are a new batch`,
      };
    }
    default:
      return unreachable(verdict);
  }
}

function afterFailure(
  { recordIds, failures, random }: StreamAttempt,
  { bisects, maxRetries }: StreamErrorRules,
  functionError: 'Unhandled' | null,
  because: string,
): StreamStep {
  const afterMs = backOffMs(streamBackOff, failures + 1, random);
  if (bisects && recordIds.length > 1) {
    const index = Math.ceil(recordIds.length / 2);
    return {
      kind: 'split',
      index,
      afterMs,
      because: `${because}: split into ${index} and ${recordIds.length - index}`,
    };
  }
  if (maxRetries === undefined || failures < maxRetries) return { kind: 'retry', afterMs, counts: true, because };
  const invokeCount = failures + 1;
  return {
    kind: 'discard',
    condition: 'RetryAttemptsExhausted',
    invokeCount,
    functionError,
    because: `${because}; ${invokeCount === 1 ? 'no retries are allowed' : `${maxRetries} ${maxRetries === 1 ? 'retry' : 'retries'} did not help`}`,
  };
}

/** What happens after the last call of a tumbling window: the shard waits until it has succeeded. */
export type FinalStep =
  { readonly kind: 'closed' } | { readonly kind: 'retry'; readonly afterMs: number; readonly because: string };

/**
 * The rule of the last call of a tumbling window: it is made again, whatever the limits of the mapping, until it succeeds
 * (docs/semantics.md, "Tumbling windows"). `tries` counts from 1. Pure.
 */
export function afterFinalCall(outcome: InvocationOutcome, tries: number, random: number): FinalStep {
  switch (outcome.kind) {
    case 'throttled': {
      const because = `throttled (${outcome.because})`;
      return { kind: 'retry', afterMs: backOffMs(throttleBackOff, tries, random), because };
    }
    case 'failed':
      return { kind: 'retry', afterMs: backOffMs(streamBackOff, tries, random), because: summary(outcome.error) };
    case 'succeeded': {
      const state = readWindowState(outcome.responseText);
      if (state.kind === 'state') return { kind: 'closed' };
      return { kind: 'retry', afterMs: backOffMs(streamBackOff, tries, random), because: state.because };
    }
    default:
      return unreachable(outcome);
  }
}

/**
 * How many records at the front of a batch are too old to be delivered, before any call as well as between calls. Those
 * behind them are younger or wait their turn: they are looked at again when they are in front.
 */
export function expiredFront(arrivedAt: readonly number[], maxAgeMs: number | undefined, now: number): number {
  if (maxAgeMs === undefined) return 0;
  const fresh = arrivedAt.findIndex((at) => now - at <= maxAgeMs);
  return fresh === -1 ? arrivedAt.length : fresh;
}
