import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { unreachable } from '../../platform/unreachable.js';
import { backOffMs, throttleBackOff } from '../back-off.js';
import { readBatchResponse } from '../batch-response.js';

/** What is known when an invocation for a queue batch has ended. Times in milliseconds since the epoch. */
export interface QueueAttempt {
  readonly recordIds: readonly string[];
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** How often the function's concurrency limit refused this batch before. */
  readonly throttles: number;
  /** When the first message of the batch becomes visible to others again. */
  readonly visibleAgainAt: number;
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/** What happens to the messages of a batch next. */
export type QueueStep =
  /** Delete all. */
  | { readonly kind: 'handled' }
  /** Delete nothing: the messages come back when their visibility timeout ends. */
  | { readonly kind: 'failed'; readonly because: string }
  /** Delete all but these. */
  | { readonly kind: 'partially-failed'; readonly failed: ReadonlySet<string>; readonly because: string }
  /** Keep the batch in hand and call again. */
  | { readonly kind: 'call-again'; readonly afterMs: number; readonly because: string }
  /** Too late to call again: let the queue deliver the messages anew. */
  | { readonly kind: 'let-go'; readonly because: string };

/**
 * The rules of SQS event source mappings after an invocation. Pure: no clock, no I/O.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function afterQueueInvocation(outcome: InvocationOutcome, attempt: QueueAttempt): QueueStep {
  switch (outcome.kind) {
    case 'failed':
      return {
        kind: 'failed',
        because: 'the function failed: nothing is deleted and no visibility timeout is shortened',
      };
    case 'throttled':
      return afterThrottle(outcome.because, attempt);
    case 'succeeded':
      return attempt.reportsItemFailures ? afterReport(outcome.responseText, attempt) : { kind: 'handled' };
    default:
      return unreachable(outcome);
  }
}

function afterReport(responseText: string, attempt: QueueAttempt): QueueStep {
  const verdict = readBatchResponse(responseText, new Set(attempt.recordIds));
  switch (verdict.kind) {
    case 'all-succeeded':
      return { kind: 'handled' };
    case 'all-failed':
      return { kind: 'failed', because: verdict.because };
    case 'some-failed':
      return {
        kind: 'partially-failed',
        failed: verdict.failed,
        because: 'the handler reported them in batchItemFailures: they stay in the queue, the others are deleted',
      };
    default:
      return unreachable(verdict);
  }
}

function afterThrottle(because: string, { throttles, visibleAgainAt, now, random }: QueueAttempt): QueueStep {
  const afterMs = backOffMs(throttleBackOff, throttles + 1, random);
  if (now + afterMs < visibleAgainAt) return { kind: 'call-again', afterMs, because };
  return { kind: 'let-go', because: `${because}, until the visibility timeout of the batch ran out` };
}
