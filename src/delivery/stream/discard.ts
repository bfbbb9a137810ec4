import { isoTime } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { unreachable } from '../../platform/unreachable.js';
import { withinGrace } from '../../platform/within-grace.js';
import { destinationBackOff } from '../back-off.js';
import { Tries } from '../tries.js';
import type { FailureCondition } from '../../contracts/failure-conditions.js';
import type { FailureDestination, FailureDocument, FailureReport } from '../../contracts/failure-destination.js';
import type { BatchStep } from '../../journal/events.js';
import type { BatchContext, Ending } from './stream-route.js';
import type { StreamRecord } from '../../contracts/stream-source.js';

/** How often a destination is told of a batch before the report is given up. */
const destinationTries = 6;

/** How long a stop waits for a destination that is being told. */
const graceMs = 1_000;

/** Why records are given up, and what a destination is told of their calls. */
export interface Verdict {
  readonly condition: FailureCondition;
  readonly invokeCount: number;
  readonly functionError: 'Unhandled' | null;
  readonly because: string;
}

/** Records that are given up. */
interface Discard extends Verdict {
  readonly batch: string;
  /** What entries of the journal say of them together. */
  readonly step: BatchStep;
  readonly records: readonly [StreamRecord, ...StreamRecord[]];
  /** Of the last call; the batch may have had none. */
  readonly requestId: string | undefined;
}

/**
 * Gives records up: tells the destination, as often as it takes or until that is given up as well, and writes down what
 * became of each record. When it is interrupted before that, the records are still to be worked on.
 */
export async function discard(context: BatchContext, given: Discard): Promise<Ending> {
  const { journal, mapping, destination } = context.parts;
  const told = destination === undefined ? 'nobody' : await tell(context, destination, given);
  if (told === 'halted') return 'halted';
  for (const record of given.records) {
    journal.write({
      type: 'discarded',
      mapping,
      partition: context.partitionOf(record),
      batch: given.batch,
      record: record.id,
      condition: given.condition,
      ...(told === 'destination' && destination !== undefined && { destination: destination.arn }),
      because: `${given.because} (${given.condition})${fates[told]}`,
    });
  }
  context.done(given.records);
  return 'finished';
}

const fates = {
  destination: '',
  nobody: '; there is no on-failure destination, so it is lost',
  dropped: '; its on-failure destination could not be told, so it is lost',
} as const;

async function tell(
  context: BatchContext,
  destination: FailureDestination,
  given: Discard,
): Promise<'destination' | 'dropped' | 'halted'> {
  const { journal, clock } = context.parts;
  const tries = new Tries(context.parts, destinationBackOff);
  const interrupt = context.interrupt();
  const report = reportOf(context, given);
  const step = { ...given.step, destination: destination.arn };
  for (;;) {
    try {
      const taken = destination.deliver(report).then(() => true);
      if ((await withinGrace(taken, interrupt, graceMs, clock)) === undefined) return 'halted';
      journal.write({ type: 'destination-delivered', ...step, because: given.condition });
      return 'destination';
    } catch (error) {
      const { pauseMs } = tries.failed();
      const dropped = tries.failures >= destinationTries;
      const because = `${destination.label} did not take the report: ${messageOf(error)}`;
      journal.write({ type: 'destination-failed', ...step, dropped, because });
      if (dropped) return 'dropped';
      await tries.wait(pauseMs, interrupt);
    }
    if (interrupt.aborted) return 'halted';
  }
}

function reportOf({ parts, partitionOf }: BatchContext, given: Discard): FailureReport {
  const { mapping, source, functionArn, executedVersion, clock, random } = parts;
  const partition = partitionOf(given.records[0]);
  return {
    mapping: mapping.uuid,
    partition,
    records: given.records,
    document: failureDocument({
      requestId: given.requestId ?? random.uuid(),
      functionArn,
      condition: given.condition,
      invokeCount: given.invokeCount,
      functionError: given.functionError,
      executedVersion,
      at: clock.now(),
      info: source.failureInfo?.(partition, given.records) ?? {},
    }),
    eventText: source.event(given.records),
  };
}

/** What is known of records that are given up. */
export interface FailureFacts {
  readonly requestId: string;
  /** As the mapping echoes it. */
  readonly functionArn: string;
  readonly condition: FailureCondition;
  readonly invokeCount: number;
  readonly functionError: 'Unhandled' | null;
  readonly executedVersion: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The source's block, under its key: `{ KinesisBatchInfo: { … } }`. */
  readonly info: Readonly<Record<string, unknown>>;
}

/**
 * The invocation record that a destination gets.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and docs/semantics.md, "On-failure destinations"
 */
export function failureDocument(facts: FailureFacts): FailureDocument {
  const { requestId, functionArn, condition, invokeCount, functionError, executedVersion, at, info } = facts;
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    ...responseContext({ condition, executedVersion, functionError }),
    version: '1.0',
    timestamp: isoTime(at),
    ...info,
  };
}

/** AWS leaves it out for records that were too old, also when they had been tried before. */
function responseContext({
  condition,
  executedVersion,
  functionError,
}: Pick<FailureFacts, 'condition' | 'executedVersion' | 'functionError'>): Pick<FailureDocument, 'responseContext'> {
  switch (condition) {
    case 'RetryAttemptsExhausted':
      return { responseContext: { statusCode: 200, executedVersion, functionError } };
    case 'RecordAgeExceeded':
      return {};
    case 'MaximumPayloadSizeExceeded':
    case 'SCHEMA_NOT_FOUND':
    case 'DESERIALIZATION_ERROR':
      return { responseContext: null };
    default:
      return unreachable(condition);
  }
}
