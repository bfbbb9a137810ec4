import type { DirectInvocationEvent } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import { unreachable } from '../platform/unreachable.js';
import type { InvocationOutcome, InvocationRequest, LambdaFunction, LogLine } from './lambda-function.js';

/** A call that comes from no mapping. */
export type DirectCall = Pick<InvocationRequest, 'invocationId' | 'eventText' | 'clientContext'>;

/** Calls a function; what it prints goes to the journal, and to `heard`. */
export function callDirectly(
  fn: LambdaFunction,
  call: DirectCall,
  journal: JournalWriter,
  heard: (line: LogLine) => void = () => {},
): Promise<InvocationOutcome> {
  return fn.invoke({
    ...call,
    started: () => {},
    log: (line) => {
      const { level, message } = line;
      journal.write({ type: 'function-log', function: fn.name, invocation: call.invocationId, level, message });
      heard(line);
    },
  });
}

type OutcomeFields = Pick<DirectInvocationEvent, 'outcome' | 'durationMs' | 'error' | 'because'>;

/** What the journal says of an outcome. */
export function outcomeFields(outcome: InvocationOutcome): OutcomeFields {
  const { kind } = outcome;
  switch (kind) {
    case 'succeeded':
      return { outcome: kind, durationMs: outcome.durationMs };
    case 'failed':
      return { outcome: kind, durationMs: outcome.durationMs, error: outcome.error };
    case 'throttled':
      return { outcome: kind, because: outcome.because };
    default:
      return unreachable(kind);
  }
}
