import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { Payload } from '../../journal/events.js';
import { summary } from '../../functions/function-error.js';
import type { PartitionContext } from './stream-parts.js';
import type { StreamStep } from './stream-decision.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import { windowedEvent, type WindowPhase, type WindowRun } from './window-run.js';

/** One call of the function for records of a partition. */
export interface StreamCall {
  readonly batch: string;
  readonly invocation: string;
  readonly records: readonly StreamRecord[];
  readonly recordIds: readonly string[];
  /** Counts from 1. */
  readonly attempt: number;
  readonly window: { readonly run: WindowRun; readonly phase: WindowPhase } | undefined;
}

/** Calls the function. Never rejects. */
export function invokeFor({ parts, partition }: PartitionContext, call: StreamCall): Promise<InvocationOutcome> {
  const { journal, source, target, clock } = parts;
  const { invocation, records, window } = call;
  const plain = source.event(records);
  const eventText = window === undefined ? plain : windowedEvent(plain, window.run, window.phase);
  const newest = records.at(-1);
  return target.invoke({
    invocationId: invocation,
    eventText,
    started: () =>
      journal.write({
        type: 'invoked',
        ...entryOf(parts, partition, call),
        attempt: call.attempt,
        ...(newest !== undefined && { iteratorAgeMs: Math.max(0, clock.now() - newest.arrivedAt) }),
        ...(window !== undefined && { window: window.run.call(window.phase) }),
        payload: new Payload(eventText),
      }),
    log: ({ level, message }) =>
      journal.write({ type: 'function-log', function: target.name, invocation, level, message }),
  });
}

/** Writes down how a call ended; `step` is what it means for its batch. */
export function callEnded(
  { parts, partition }: PartitionContext,
  call: StreamCall,
  outcome: InvocationOutcome,
  step: Pick<StreamStep, 'kind'> & { readonly because?: string; readonly failed?: ReadonlySet<string> },
): void {
  const { journal } = parts;
  const entry = entryOf(parts, partition, call);
  if (outcome.kind === 'throttled') {
    journal.write({ type: 'throttled', ...entry, because: outcome.because });
    return;
  }
  const { durationMs } = outcome;
  if (outcome.kind === 'failed') {
    const { error } = outcome;
    journal.write({ type: 'failed', ...entry, durationMs, error, because: summary(error) });
    return;
  }
  const ended = { ...entry, durationMs, payload: new Payload(outcome.responseText) };
  const { because = '', failed = new Set<string>() } = step;
  if (step.kind === 'handled') journal.write({ type: 'succeeded', ...ended });
  else if (step.kind === 'advance') {
    journal.write({ type: 'partially-failed', ...ended, failedRecords: [...failed], because });
  } else journal.write({ type: 'failed', ...ended, because });
}

function entryOf(
  { mapping, target }: PartitionContext['parts'],
  partition: string,
  { batch, recordIds, invocation }: StreamCall,
): {
  mapping: PartitionContext['parts']['mapping'];
  batch: string;
  partition: string;
  records: readonly string[];
  function: string;
  invocation: string;
} {
  return { mapping, batch, partition, records: recordIds, function: target.name, invocation };
}
