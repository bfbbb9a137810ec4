import type { FailedMessages, QueueFacts } from '../../contracts/queue-source.js';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { isoTime } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { backOffMs, throttleBackOff } from '../back-off.js';
import { readBatchResponse } from '../batch-response.js';
import type { HeldMessage } from './held-message.js';

/** What is known when an invocation for a queue batch has ended. Times in milliseconds since the epoch. */
export interface QueueAttempt {
  readonly recordIds: readonly string[];
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** What the source wants to be done with messages that were not handled. */
  readonly failedMessages: FailedMessages;
  /** Calls for these messages that failed before, while they were in hand. */
  readonly failures: number;
  /** How often the function's concurrency limit refused this batch before. */
  readonly throttles: number;
  /** When the first message of the batch becomes visible to others again; undefined: they have no lease. */
  readonly leaseEndsAt: number | undefined;
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/** What happens to messages that were not handled. */
export type FailureStep =
  /** Nothing: they come back when their lease ends. */
  | { readonly kind: 'leave' }
  /** They stay in hand, and the function is called with them again. */
  | { readonly kind: 'hold'; readonly afterMs: number }
  /** They are refused for good. */
  | { readonly kind: 'reject'; readonly because: string };

/** What happens to the messages of a batch next. */
export type QueueStep =
  /** Settle all. */
  | { readonly kind: 'handled' }
  /** Settle none. */
  | { readonly kind: 'failed'; readonly because: string; readonly next: FailureStep }
  /** Settle all but these. */
  | {
      readonly kind: 'partially-failed';
      readonly failed: ReadonlySet<string>;
      readonly because: string;
      readonly next: FailureStep;
    }
  /** The function was not reached: keep the batch in hand and call again. */
  | { readonly kind: 'call-again'; readonly afterMs: number; readonly because: string }
  /** Too late to call again: let the queue deliver the messages anew. */
  | { readonly kind: 'let-go'; readonly because: string };

/**
 * The rules of event source mappings of queues after an invocation. Pure: no clock, no I/O. What becomes of messages that
 * failed is for the queue to say: SQS takes them back by itself, brokers want them held and tried again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and docs/semantics.md, "Failures of queues"
 */
export function afterQueueInvocation(outcome: InvocationOutcome, attempt: QueueAttempt): QueueStep {
  switch (outcome.kind) {
    case 'failed':
      return {
        kind: 'failed',
        because:
          attempt.failedMessages.kind === 'leave'
            ? 'the function failed: nothing is deleted and no visibility timeout is shortened'
            : 'the function failed: nothing is acknowledged',
        next: afterFailure(attempt),
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
  const next = afterFailure(attempt);
  switch (verdict.kind) {
    case 'all-succeeded':
      return { kind: 'handled' };
    case 'all-failed':
      return { kind: 'failed', because: verdict.because, next };
    case 'some-failed':
      return {
        kind: 'partially-failed',
        failed: verdict.failed,
        because: `the handler reported them in batchItemFailures: they stay in ${next.kind === 'leave' ? 'the queue, the others are deleted' : 'hand, the others are settled'}`,
        next,
      };
    default:
      return unreachable(verdict);
  }
}

function afterFailure({ failedMessages, failures, random }: QueueAttempt): FailureStep {
  if (failedMessages.kind === 'leave') return failedMessages;
  const { firstPauseMs, longestPauseMs, limit } = failedMessages;
  if (limit !== undefined && failures >= limit.redeliveries) {
    const calls = limit.redeliveries === 1 ? '1 further call' : `${limit.redeliveries} further calls`;
    return { kind: 'reject', because: `${calls} did not help, and it is rejected: ${limit.because}` };
  }
  const backOff = { firstMs: firstPauseMs, longestMs: longestPauseMs };
  return { kind: 'hold', afterMs: backOffMs(backOff, failures + 1, random) };
}

function afterThrottle(because: string, { throttles, leaseEndsAt, now, random }: QueueAttempt): QueueStep {
  const afterMs = backOffMs(throttleBackOff, throttles + 1, random);
  if (leaseEndsAt === undefined || now + afterMs < leaseEndsAt) return { kind: 'call-again', afterMs, because };
  return { kind: 'let-go', because: `${because}, until the visibility timeout of the batch ran out` };
}

/** What becomes of messages that are left to their queue. */
export interface LeftToQueue {
  /** Those that it delivers again. */
  readonly returning: readonly HeldMessage[];
  /** Those that it gives up by itself, because they were received as often as they may. */
  readonly deadLettered: readonly DeadLettered[];
}

export interface DeadLettered {
  readonly message: HeldMessage;
  readonly deadLetterQueue: string;
  readonly because: string;
}

/** The dead-letter rule of a queue, applied to messages that it takes back when their lease ends. Pure. */
export function leftToQueue(messages: readonly HeldMessage[], redrive: QueueFacts['redrive']): LeftToQueue {
  if (redrive === undefined) return { returning: messages, deadLettered: [] };
  const { maxReceiveCount, deadLetterQueue } = redrive;
  const isUsedUp = ({ receiveCount }: HeldMessage): boolean => receiveCount >= maxReceiveCount;
  return {
    returning: messages.filter((message) => !isUsedUp(message)),
    deadLettered: messages.filter(isUsedUp).map((message) => {
      const { receiveCount, leaseEndsAt } = message;
      const when = leaseEndsAt === undefined ? '' : ` when its visibility timeout ends at ${isoTime(leaseEndsAt)}`;
      const because = `received ${receiveCount} of at most ${maxReceiveCount} times (the queue's maxReceiveCount): the queue moves it to its dead-letter queue ${deadLetterQueue}${when}`;
      return { message, deadLetterQueue, because };
    }),
  };
}

/** Why messages in hand must not be called for any more, or undefined. */
export type NoLongerOurs = 'lease-ended' | 'held-long-enough' | 'lost';

/** Whether a message may still be handed to the function. Pure. */
export function noLongerOurs({ leaseEndsAt, holdUntil, lost }: HeldMessage, now: number): NoLongerOurs | undefined {
  if (lost?.aborted === true) return 'lost';
  if (leaseEndsAt !== undefined && leaseEndsAt <= now) return 'lease-ended';
  return holdUntil !== undefined && holdUntil <= now ? 'held-long-enough' : undefined;
}
