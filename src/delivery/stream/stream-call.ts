import type { FunctionCall } from '../function-call.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import type { PartitionContext } from './stream-parts.js';
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

/** The same as every call of a function is made and written down. */
export function functionCall({ parts, partition }: PartitionContext, call: StreamCall): FunctionCall {
  const { source, clock, mapping } = parts;
  const { batch, invocation, records, recordIds, attempt, window } = call;
  const plain = source.event(records);
  const newest = records.at(-1);
  return {
    step: { mapping, batch, partition, records: recordIds },
    invocation,
    attempt,
    eventText: window === undefined ? plain : windowedEvent(plain, window.run, window.phase),
    details: () => ({
      ...(newest !== undefined && { iteratorAgeMs: Math.max(0, clock.now() - newest.arrivedAt) }),
      ...(window !== undefined && { window: window.run.call(window.phase) }),
    }),
  };
}
