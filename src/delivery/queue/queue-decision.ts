import type { FailedMessages, QueueFacts, RetryLimit } from '../../contracts/queue-source.js';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { isoTime } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { backOffMs, throttleBackOff } from '../back-off.js';
import { readBatchResponse } from '../batch-response.js';
import type { CallVerdict } from '../function-call.js';
import { earliest, type HeldMessage } from './held-message.js';

/** What is known when an invocation for a queue batch has ended. Times in milliseconds since the epoch. */
export interface QueueAttempt {
  /** Those that the function was called with. */
  readonly messages: readonly HeldMessage[];
  /** `FunctionResponseTypes` has `ReportBatchItemFailures`. */
  readonly reportsItemFailures: boolean;
  /** What the queue wants to be done with messages that were not handled. */
  readonly failedMessages: FailedMessages;
  /** How often the function's concurrency limit refused this batch in a row before. */
  readonly throttles: number;
  /** How many calls for this batch have failed before, in part or as a whole. */
  readonly failures: number;
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/** What happens to the messages of a batch next. */
export type QueueStep =
  /** All are settled. */
  | { readonly kind: 'handled' }
  /** These are left to the queue, which delivers them again when their lease ends; all others are settled. */
  | { readonly kind: 'left'; readonly failed: readonly HeldMessage[]; readonly because: string }
  /** These are kept in hand, and the function is called with them again; all others are settled. */
  | {
      readonly kind: 'call-again';
      readonly failed: readonly HeldMessage[];
      readonly afterMs: number;
      readonly because: string;
    }
  /** These are rejected; all others are settled. */
  | {
      readonly kind: 'rejected';
      readonly failed: readonly HeldMessage[];
      readonly limit: RetryLimit;
      readonly because: string;
    };

/** How a call ended, and what follows. */
interface QueueOutcome {
  readonly verdict: CallVerdict;
  readonly step: QueueStep;
}

const handled: QueueOutcome = { verdict: { kind: 'handled' }, step: { kind: 'handled' } };

/**
 * The rules of queue event source mappings after an invocation. What failed is left to the queue (SQS), or kept and tried
 * again (brokers without a lease), as the queue says; a call that was refused is repeated in either case and counts as
 * none. Pure: no clock, no I/O.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function afterQueueInvocation(outcome: InvocationOutcome, attempt: QueueAttempt): QueueOutcome {
  switch (outcome.kind) {
    case 'failed': {
      const leaves = attempt.failedMessages.kind === 'leave';
      const because = `the function failed: ${leaves ? 'nothing is deleted and no visibility timeout is shortened' : 'nothing is acknowledged'}`;
      return afterFailure({ kind: 'failed', because }, attempt.messages, attempt);
    }
    case 'throttled':
      return { verdict: { kind: 'handled' }, step: afterThrottle(outcome.because, attempt) };
    case 'succeeded':
      return attempt.reportsItemFailures ? afterReport(outcome.responseText, attempt) : handled;
    default:
      return unreachable(outcome);
  }
}

function afterReport(responseText: string, attempt: QueueAttempt): QueueOutcome {
  const verdict = readBatchResponse(responseText, new Set(attempt.messages.map((message) => message.id)));
  switch (verdict.kind) {
    case 'all-succeeded':
      return handled;
    case 'all-failed':
      return afterFailure({ kind: 'failed', because: verdict.because }, attempt.messages, attempt);
    case 'some-failed': {
      const { failed } = verdict;
      const others =
        attempt.failedMessages.kind === 'leave'
          ? 'they stay in the queue, the others are deleted'
          : 'they are kept, the others are acknowledged';
      return afterFailure(
        { kind: 'partially-failed', failed, because: `the handler reported them in batchItemFailures: ${others}` },
        attempt.messages.filter((message) => failed.has(message.id)),
        attempt,
      );
    }
    default:
      return unreachable(verdict);
  }
}

function afterFailure(
  verdict: Exclude<CallVerdict, { kind: 'handled' }>,
  failed: readonly HeldMessage[],
  { failedMessages, failures, random }: QueueAttempt,
): QueueOutcome {
  const { because } = verdict;
  if (failedMessages.kind === 'leave') return { verdict, step: { kind: 'left', failed, because } };
  const { firstPauseMs, longestPauseMs, limit } = failedMessages;
  if (limit !== undefined && failures >= limit.redeliveries) {
    return { verdict, step: { kind: 'rejected', failed, limit, because: `rejected: ${limit.because}` } };
  }
  const afterMs = backOffMs({ firstMs: firstPauseMs, longestMs: longestPauseMs }, failures + 1, random);
  const calls = limit === undefined ? '' : ` (${failures + 1} of ${limit.redeliveries} further calls)`;
  return {
    verdict,
    step: { kind: 'call-again', failed, afterMs, because: `${because}: they are kept and called again${calls}` },
  };
}

function afterThrottle(because: string, { messages, throttles, now, random }: QueueAttempt): QueueStep {
  const afterMs = backOffMs(throttleBackOff, throttles + 1, random);
  const visibleAgainAt = earliest(messages, 'visibleAgainAt');
  if (visibleAgainAt !== undefined && now + afterMs >= visibleAgainAt) {
    return { kind: 'left', failed: messages, because: `${because}, until the visibility timeout of the batch ran out` };
  }
  const how = visibleAgainAt === undefined ? '' : ' within its visibility timeout';
  return {
    kind: 'call-again',
    failed: messages,
    afterMs,
    because: `throttled (${because}): the batch is kept and called again${how}`,
  };
}

/**
 * What happens to messages whose call broke off, by a defect: what has no lease is kept, because nobody else would give it
 * back. Undefined: they come back by themselves. Pure.
 */
export function afterBrokenCall(
  error: string,
  {
    messages,
    failedMessages,
    breaks,
    random,
  }: Pick<QueueAttempt, 'messages' | 'failedMessages' | 'random'> & {
    /** Calls that broke off in a row, this one included. */
    readonly breaks: number;
  },
): Extract<QueueStep, { kind: 'call-again' }> | undefined {
  if (failedMessages.kind === 'leave') return undefined;
  const { firstPauseMs, longestPauseMs } = failedMessages;
  const afterMs = backOffMs({ firstMs: firstPauseMs, longestMs: longestPauseMs }, breaks, random);
  const because = `the call broke off (${error}): they are kept, and it is made again`;
  return { kind: 'call-again', failed: messages, afterMs, because };
}

/** What a queue does by itself with messages that are left to it. */
interface LeftMessages {
  /** It delivers them again. */
  readonly returning: readonly HeldMessage[];
  /** When the first of them comes back; undefined where that is not known. */
  readonly returnAt: number | undefined;
  /** It moves them to its dead-letter queue. */
  readonly usedUp: readonly { readonly message: HeldMessage; readonly because: string }[];
}

/** A message that was received as often as the queue's dead-letter rule allows does not come back. Pure. */
export function leftToQueue(messages: readonly HeldMessage[], redrive: QueueFacts['redrive']): LeftMessages {
  if (redrive === undefined) return { returning: messages, returnAt: earliest(messages, 'visibleAgainAt'), usedUp: [] };
  const { maxReceiveCount, deadLetterQueue } = redrive;
  const returning = messages.filter((message) => message.receiveCount < maxReceiveCount);
  const usedUp = messages
    .filter((message) => message.receiveCount >= maxReceiveCount)
    .map((message) => ({
      message,
      because: `received ${message.receiveCount} of at most ${maxReceiveCount} times (the queue's maxReceiveCount): the queue moves it to its dead-letter queue ${deadLetterQueue}${whenHidden(message)}`,
    }));
  return { returning, returnAt: earliest(returning, 'visibleAgainAt'), usedUp };
}

function whenHidden({ visibleAgainAt }: HeldMessage): string {
  return visibleAgainAt === undefined ? '' : ` when its visibility timeout ends at ${isoTime(visibleAgainAt)}`;
}
