import { pause, isoTime } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { withinGrace } from '../../platform/within-grace.js';
import { backOffMs, destinationBackOff } from '../back-off.js';
import type { FailureCondition } from '../../contracts/failure-conditions.js';
import type { FailureDocument, FailureReport } from '../../contracts/failure-destination.js';
import type { Ending, PartitionContext } from './stream-parts.js';
import type { StreamRecord } from '../../contracts/stream-source.js';

/** How often a destination is told of a batch before the report is given up. */
export const destinationTries = 6;

/** How long a stop waits for a destination that is being told. */
const graceMs = 1_000;

/** Records that are given up, and why. */
export interface Discard {
  readonly batch: string;
  readonly records: readonly [StreamRecord, ...StreamRecord[]];
  readonly condition: FailureCondition;
  readonly invokeCount: number;
  /** Of the last call; the batch may have had none. */
  readonly requestId: string | undefined;
  readonly functionError: 'Unhandled' | null;
  readonly because: string;
}

/**
 * Gives records up: tells the destination, as often as it takes or until that is given up as well, and writes down what
 * became of each record. When it is halted before that, the records are still to be worked on.
 */
export async function discard(context: PartitionContext, given: Discard): Promise<Ending> {
  const { journal, mapping, destination } = context.parts;
  const told = destination === undefined ? 'nobody' : await tell(context, destination, given);
  if (told === 'halted') return 'halted';
  for (const { id } of given.records) {
    journal.write({
      type: 'discarded',
      mapping,
      partition: context.partition,
      batch: given.batch,
      record: id,
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
  { parts, partition, halt }: PartitionContext,
  destination: NonNullable<PartitionContext['parts']['destination']>,
  given: Discard,
): Promise<'destination' | 'dropped' | 'halted'> {
  const { journal, mapping, clock, random } = parts;
  const report = reportOf(parts, partition, given);
  const records = given.records.map(({ id }) => id);
  const step = { mapping, batch: given.batch, partition, records, destination: destination.arn };
  for (let tries = 1; ; tries++) {
    try {
      const taken = destination.deliver(report).then(() => true);
      if ((await withinGrace(taken, halt, graceMs, clock)) === undefined) return 'halted';
      journal.write({ type: 'destination-delivered', ...step, because: given.condition });
      return 'destination';
    } catch (error) {
      const dropped = tries >= destinationTries;
      const because = `${destination.label} did not take the report: ${messageOf(error)}`;
      journal.write({ type: 'destination-failed', ...step, dropped, because });
      if (dropped) return 'dropped';
    }
    await pause(clock, backOffMs(destinationBackOff, tries, random.next()), halt);
    if (halt.aborted) return 'halted';
  }
}

function reportOf(parts: PartitionContext['parts'], partition: string, given: Discard): FailureReport {
  const { mapping, source, functionArn, executedVersion, clock, random } = parts;
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
    // AWS leaves it out for records that were too old, also when they had been tried before.
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: { statusCode: 200, executedVersion, functionError },
    }),
    version: '1.0',
    timestamp: isoTime(at),
    ...info,
  };
}
