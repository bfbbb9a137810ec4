import { Payload, type JournalEvent, type MappingRef } from '../../src/journal/events.js';
import { StatusBoard, type MappingStatus } from '../../src/readers/status/status.js';
import type { PartitionEvent, TumblingWindowCall } from '../../src/journal/stream-events.js';
import { isoTime } from '../../src/platform/clock.js';
import { at, boom, noon } from './sample-entries.js';

export const clicks: MappingRef = { uuid: '22222222-0000-5000-8000-000000000000', name: 'clicks' };
export const shard = 'shardId-000000000000';
export const failures = 'arn:aws:sqs:us-east-1:000000000000:failures';
export const halfMinute: TumblingWindowCall = {
  start: '2026-01-31T12:00:00Z',
  end: '2026-01-31T12:00:30Z',
  final: false,
  terminatedEarly: false,
};

interface StreamCall {
  readonly records: readonly string[];
  readonly mapping?: MappingRef;
  readonly partition?: string;
  readonly batch?: string;
  readonly attempt?: number;
  readonly window?: TumblingWindowCall;
}

/** The steps of a batch of a stream, each with the fields they share. */
export function streamCallOf({
  records,
  mapping = clicks,
  partition = shard,
  batch = 'b-1',
  attempt = 1,
  window,
}: StreamCall) {
  const step = { mapping, batch, partition, records };
  const call = { ...step, function: 'count-clicks', invocation: `${batch}-${attempt}` };
  const toDestination = { ...step, destination: failures };
  const ofOne = (record: string) => ({ mapping, batch, partition, record });
  return {
    received: { type: 'received', mapping, partition, records },
    batched: { type: 'batched', ...step, because: 'size', bytes: 2_000 },
    rest: { type: 'batched', ...step, because: 'rest', bytes: 1_000 },
    invoked: {
      type: 'invoked',
      ...call,
      attempt,
      iteratorAgeMs: 40,
      ...(window !== undefined && { window }),
      payload: new Payload('{}'),
    },
    succeeded: { type: 'succeeded', ...call, durationMs: 12, payload: new Payload('null') },
    failed: { type: 'failed', ...call, durationMs: 12, error: boom, because: 'TypeError: boom' },
    throttled: { type: 'throttled', ...call, because: 'count-clicks runs 2 of at most 2 at once' },
    retry: { type: 'retry-scheduled', ...step, retryAt: isoTime(noon + 31_000), because: 'TypeError: boom' },
    delivered: { type: 'destination-delivered', ...toDestination, because: 'RetryAttemptsExhausted' },
    undelivered: {
      type: 'destination-failed',
      ...toDestination,
      dropped: false,
      because: 'queue failures did not take the report: no answer',
    },
    dropped: {
      type: 'destination-failed',
      ...toDestination,
      dropped: true,
      because: 'queue failures did not take the report: no answer',
    },
    checkpointed: { type: 'checkpointed', mapping, partition, records, position: records.at(-1) ?? '' },
    partiallyFailed: (...failedRecords: readonly string[]) => ({
      type: 'partially-failed',
      ...call,
      durationMs: 12,
      failedRecords,
      payload: new Payload('{}'),
      because: `the handler reported ${failedRecords[0]}`,
    }),
    bisected: (first: readonly [string, number], second: readonly [string, number]) => ({
      type: 'bisected',
      ...step,
      into: [
        { batch: first[0], records: first[1] },
        { batch: second[0], records: second[1] },
      ],
      because: 'TypeError: boom',
    }),
    filtered: (record: string) => ({ type: 'filtered', mapping, partition, record, because: 'data.kind is "b"' }),
    expired: (record: string) => ({
      type: 'expired',
      ...ofOne(record),
      because: 'older than MaximumRecordAgeInSeconds allows (60 s)',
    }),
    discarded: (record: string, destination?: string) => ({
      type: 'discarded',
      ...ofOne(record),
      condition: 'RetryAttemptsExhausted',
      ...(destination !== undefined && { destination }),
      because: 'TypeError: boom; 2 retries did not help (RetryAttemptsExhausted)',
    }),
  } as const satisfies Record<string, JournalEvent | ((...args: never[]) => JournalEvent)>;
}

export function partitionIs(state: PartitionEvent['state'], because: string, partition = shard): PartitionEvent {
  return { type: 'partition', mapping: clicks, partition, state, because };
}

/** The status of the stream mapping `clicks` after these events. */
export function clicksAfter(...events: readonly JournalEvent[]): MappingStatus {
  const board = new StatusBoard([
    {
      ...clicks,
      kind: 'stream',
      source: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
      function: 'count-clicks',
    },
  ]);
  for (const event of events) board.read(at(0, event));
  const [row] = board.mappings();
  if (row === undefined) throw new Error('the board has lost its mapping');
  return row;
}
