import type { Context } from 'hono';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { unreachable } from '../../platform/unreachable.js';
import type { LogTail } from './log-tail.js';
import { Refusal } from './refusal.js';

interface InvokedFacts {
  /** The version that ran. */
  readonly version: string;
  /** What the function printed, where the caller wants it. */
  readonly tail: LogTail | undefined;
  /** Whether the function has a concurrency of its own. */
  readonly reserved: boolean;
}

/** The answer to a caller that has waited for the result: what the handler returned, unchanged, or its error. */
export function answerOf(c: Context, outcome: InvocationOutcome, { version, tail, reserved }: InvokedFacts): Response {
  if (outcome.kind === 'throttled') return throttled(reserved).answer(c);
  c.header('X-Amz-Executed-Version', version);
  if (tail !== undefined) c.header('X-Amz-Log-Result', tail.ended(outcome));
  c.header('Content-Type', 'application/json');
  switch (outcome.kind) {
    case 'succeeded':
      return c.body(outcome.responseText);
    case 'failed': {
      const { errorType, errorMessage, trace } = outcome.error;
      c.header('X-Amz-Function-Error', 'Unhandled');
      return c.body(JSON.stringify({ errorType, errorMessage, trace }));
    }
    default:
      return unreachable(outcome);
  }
}

function throttled(reserved: boolean): Refusal {
  const limit = 'ConcurrentInvocationLimitExceeded';
  const more = { Reason: reserved ? `ReservedFunction${limit}` : limit };
  return new Refusal('TooManyRequestsException', 'Rate Exceeded.', { more, retryAfterSeconds: 1 });
}
