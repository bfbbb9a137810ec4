import type { FunctionCall } from '../function-call.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import type { BatchContext } from './stream-route.js';
import { windowedEvent, type WindowPhase, type WindowRun } from './window-run.js';

/** One call of the function for records of a stream. */
interface StreamCall extends Pick<FunctionCall, 'step' | 'invocation' | 'attempt'> {
  readonly records: readonly StreamRecord[];
  readonly window: { readonly run: WindowRun; readonly phase: WindowPhase } | undefined;
}

/** The same as every call of a function is made and written down. */
export function functionCall(
  { parts: { source, clock } }: Pick<BatchContext, 'parts'>,
  { step, invocation, attempt, records, window }: StreamCall,
): FunctionCall {
  const plain = source.event(records);
  const newest = records.at(-1);
  return {
    step,
    invocation,
    attempt,
    eventText: window === undefined ? plain : windowedEvent(plain, window.run, window.phase),
    details: () => ({
      ...(newest !== undefined && { iteratorAgeMs: Math.max(0, clock.now() - newest.arrivedAt) }),
      ...(window !== undefined && { window: window.run.call(window.phase) }),
    }),
  };
}
