import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { unreachable } from '../../platform/unreachable.js';
import { backOffMs, streamBackOff, throttleBackOff } from '../back-off.js';
import { readBatchResponse, readWindowState, type IdentifierReader } from '../batch-response.js';
import { summary } from '../../functions/function-error.js';

/** How a mapping wants batches to be treated that fail. */
export interface StreamErrorSettings {
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** `BisectBatchOnFunctionError`. */
  readonly bisects: boolean;
  /** `MaximumRetryAttempts`; undefined: until the records expire. */
  readonly maxRetries: number | undefined;
  /** `MaximumRecordAgeInSeconds`, in milliseconds; undefined: no limit. */
  readonly maxAgeMs: number | undefined;
}

/** The same, with what the source and the batch add to it. */
export interface StreamErrorRules extends StreamErrorSettings {
  /** `TumblingWindowInSeconds` is set: a response without a state is a failure. */
  readonly windowed: boolean;
  /** What a report leaves to be called again: everything from the first reported record on, or the reported ones. */
  readonly partialResponses: 'suffix' | 'reported';
  /** Left out: records are reported by their ids. */
  readonly identifierOf?: IdentifierReader;
}

/** What is known when an invocation for a stream batch has ended. */
export interface StreamAttempt {
  /** Sequence numbers or offsets, in the order of the stream. */
  readonly recordIds: readonly string[];
  /** Calls of this batch that failed before; after progress and splits it begins anew, throttles do not count. */
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
  /**
   * Of a report that may name any records: the others are done, and the reported ones are a new batch with all its retries.
   * One that names all of them makes no progress: it is a failed call, and the count of failures goes on.
   */
  | {
      readonly kind: 'retry-some';
      /** Those that the handler reported. */
      readonly failed: ReadonlySet<string>;
      readonly state?: string;
      readonly afterMs: number;
      readonly because: string;
    }
  /** Two batches, divided before `index`, the first one first, each with all its retries. */
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
 * The rules of event source mappings of streams after an invocation. Pure: no clock, no I/O.
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
  if (state === undefined) return step;
  const hasHandled = step.kind === 'handled' || step.kind === 'advance' || step.kind === 'retry-some';
  return hasHandled ? { ...step, state: state.text } : step;
}

function afterReport(responseText: string, attempt: StreamAttempt, rules: StreamErrorRules): StreamStep {
  const verdict = readBatchResponse(responseText, new Set(attempt.recordIds), rules.identifierOf);
  switch (verdict.kind) {
    case 'all-succeeded':
      return { kind: 'handled' };
    case 'all-failed':
      return afterFailure(attempt, rules, null, verdict.because);
    case 'some-failed':
      return rules.partialResponses === 'suffix'
        ? fromFirstReported(verdict.failed, attempt, rules)
        : onlyReported(verdict.failed, attempt, rules);
    default:
      return unreachable(verdict);
  }
}

function fromFirstReported(failed: ReadonlySet<string>, attempt: StreamAttempt, rules: StreamErrorRules): StreamStep {
  const index = attempt.recordIds.findIndex((id) => failed.has(id));
  if (index === 0) return afterFailure(attempt, rules, null, 'the handler reported the first record of the batch');
  return {
    kind: 'advance',
    index,
    failed,
    afterMs: backOffMs(streamBackOff, 1, attempt.random),
    because: `the handler reported ${attempt.recordIds[index]}: what comes before it is done, it and the rest are a new batch`,
  };
}

function onlyReported(failed: ReadonlySet<string>, attempt: StreamAttempt, rules: StreamErrorRules): StreamStep {
  const all = attempt.recordIds.length;
  if (failed.size === all) return afterFailure(attempt, rules, null, 'the handler reported every record of the batch');
  return {
    kind: 'retry-some',
    failed,
    afterMs: backOffMs(streamBackOff, 1, attempt.random),
    because: `the handler reported ${failed.size} of ${all} records: the others are done, the reported ones are a new batch`,
  };
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

/** What happens after the last call of a tumbling window: the partition waits until it has succeeded. */
type FinalStep =
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
