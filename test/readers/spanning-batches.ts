import { Payload, type JournalEvent, type MappingRef, type PartitionShare } from '../../src/journal/events.js';
import { isoTime } from '../../src/platform/clock.js';
import { boom, noon } from './sample-entries.js';
import { streamCallOf } from './stream-entries.js';

export const topic: MappingRef = { uuid: '33333333-0000-5000-8000-000000000000', name: 'orders' };

interface SpanningCall {
  readonly partitions: readonly PartitionShare[];
  readonly batch: string;
}

/** The steps of a batch of several partitions, each with the fields they share. */
function spanningCallOf({ partitions, batch }: SpanningCall) {
  const step = { mapping: topic, batch, partitions };
  const call = { ...step, function: 'count-clicks', invocation: `${batch}-call` };
  const destination = 'arn:aws:sqs:us-east-1:000000000000:failures';
  return {
    batched: { type: 'batched', ...step, because: 'window', bytes: 2_000 },
    rest: { type: 'batched', ...step, because: 'rest', bytes: 1_000 },
    invoked: { type: 'invoked', ...call, attempt: 1, payload: new Payload('{}') },
    succeeded: { type: 'succeeded', ...call, durationMs: 12, payload: new Payload('null') },
    failed: { type: 'failed', ...call, durationMs: 12, error: boom, because: 'TypeError: boom' },
    throttled: { type: 'throttled', ...call, because: 'count-clicks runs 2 of at most 2 at once' },
    retry: { type: 'retry-scheduled', ...step, retryAt: isoTime(noon + 31_000), because: 'TypeError: boom' },
    delivered: { type: 'destination-delivered', ...step, destination, because: 'RetryAttemptsExhausted' },
    undelivered: { type: 'destination-failed', ...step, destination, dropped: true, because: 'no answer' },
    partiallyFailed: (...failedRecords: readonly string[]) => ({
      type: 'partially-failed',
      ...call,
      durationMs: 12,
      failedRecords,
      payload: new Payload('{}'),
      because: `the handler reported ${failedRecords.join(', ')}`,
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
  } as const satisfies Record<string, JournalEvent | ((...args: never[]) => JournalEvent)>;
}

const [first, second] = ['orders-0', 'orders-1'];
const inFirst = ['orders-0@41', 'orders-0@42'];
const inSecond = ['orders-1@7', 'orders-1@8', 'orders-1@9', 'orders-1@10'];
const ofOne = (partition: string, batch: string, ...records: readonly string[]) =>
  streamCallOf({ mapping: topic, partition, batch, records });

/** Six records of two partitions, in one batch. */
export const whole = spanningCallOf({
  batch: 'b-1',
  partitions: [
    { partition: first, records: inFirst },
    { partition: second, records: inSecond },
  ],
});
/** Its halves: the second partition is in both. */
export const firstHalf = spanningCallOf({
  batch: 'b-2',
  partitions: [
    { partition: first, records: inFirst },
    { partition: second, records: ['orders-1@7'] },
  ],
});
export const secondHalf = ofOne(second, 'b-3', 'orders-1@8', 'orders-1@9', 'orders-1@10');

const started = (partition: string): JournalEvent => ({
  type: 'partition',
  mapping: topic,
  partition,
  state: 'started',
  because: 'from its oldest record',
});
const restOfFirst = ofOne(first, 'b-4', 'orders-0@41');
const restOfSecond = ofOne(second, 'b-5', 'orders-1@9');

const chapters = ['read', 'failed', 'bisected', 'firstHalf', 'secondHalf', 'stored'] as const;
type Chapter = (typeof chapters)[number];

/**
 * The batch fails and is bisected. Of each half the handler reports one record, which is not the last, and which succeeds
 * when it is called again alone.
 */
const story: Readonly<Record<Chapter, readonly JournalEvent[]>> = {
  read: [
    started(first),
    started(second),
    ofOne(first, '', ...inFirst).received,
    ofOne(second, '', ...inSecond).received,
    whole.batched,
    whole.invoked,
  ],
  failed: [whole.failed],
  bisected: [firstHalf.rest, secondHalf.rest, whole.bisected(['b-2', 3], ['b-3', 3]), firstHalf.retry],
  firstHalf: [
    firstHalf.invoked,
    firstHalf.partiallyFailed('orders-0@41'),
    restOfFirst.rest,
    restOfFirst.invoked,
    restOfFirst.succeeded,
  ],
  secondHalf: [
    secondHalf.invoked,
    { ...secondHalf.partiallyFailed('orders-1@9'), leaves: 'reported' },
    restOfSecond.rest,
    restOfSecond.invoked,
    restOfSecond.succeeded,
  ],
  stored: [ofOne(first, '', ...inFirst).checkpointed, ofOne(second, '', ...inSecond).checkpointed],
};

/** The story from its beginning, that chapter included. */
export function storyUpTo(last: Chapter): readonly JournalEvent[] {
  return chapters.slice(0, chapters.indexOf(last) + 1).flatMap((chapter) => story[chapter]);
}
