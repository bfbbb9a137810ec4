import { Payload, type JournalEntry, type JournalEvent, type MappingRef } from '../../src/journal/events.js';
import { isoTime } from '../../src/platform/clock.js';

export const noon = Date.UTC(2026, 0, 31, 12);
export const orders: MappingRef = { uuid: '11111111-0000-5000-8000-000000000000', name: 'orders' };
export const boom = {
  errorType: 'TypeError',
  errorMessage: 'boom',
  trace: ['TypeError: boom', '    at handler (/home/dev/shop/handlers/orders.ts:12:9)'],
};

/** An event as readers get it, `afterMs` after noon. */
export function at(afterMs: number, event: JournalEvent): JournalEntry {
  return { v: 2, at: isoTime(noon + afterMs), ...event };
}

interface Call {
  readonly records: readonly string[];
  readonly mapping?: MappingRef;
  readonly batch?: string;
  readonly invocation?: string;
  readonly attempt?: number;
  readonly event?: unknown;
}

/** The steps of one invocation, each with the fields they share. */
export function callOf({
  records,
  mapping = orders,
  batch = 'b-1',
  invocation = 'call-1',
  attempt = 1,
  event = {},
}: Call) {
  const step = { mapping, batch, records };
  const call = { ...step, function: 'process-orders', invocation };
  const payload = new Payload('null');
  return {
    received: { type: 'received', mapping, records },
    batched: { type: 'batched', ...step, because: 'window', bytes: 2_000 },
    invoked: { type: 'invoked', ...call, attempt, payload: new Payload(JSON.stringify(event)) },
    log: (message: string): JournalEvent => ({
      type: 'function-log',
      function: call.function,
      invocation,
      level: 'info',
      message,
    }),
    succeeded: { type: 'succeeded', ...call, durationMs: 12, payload },
    failed: { type: 'failed', ...call, durationMs: 12, error: boom, because: 'TypeError: boom' },
    malformed: {
      type: 'failed',
      ...call,
      durationMs: 12,
      payload: new Payload('"?"'),
      because: 'the response is malformed',
    },
    partiallyFailed: (...failedRecords: string[]): JournalEvent => ({
      type: 'partially-failed',
      ...call,
      durationMs: 12,
      failedRecords,
      payload: new Payload(JSON.stringify({ batchItemFailures: failedRecords.map((id) => ({ itemIdentifier: id })) })),
      because: 'the handler reported them in batchItemFailures',
    }),
    throttled: { type: 'throttled', ...call, because: 'process-orders runs 2 of at most 2 at once' },
    retry: {
      type: 'retry-scheduled',
      ...step,
      retryAt: isoTime(noon + 31_000),
      because: 'nothing is deleted after a function error',
    },
    settled: { type: 'settled', mapping, batch, records, because: 'handled' },
    released: { type: 'released', mapping, batch, records, because: 'the mapping stops and no handler has seen them' },
  } as const satisfies Record<string, JournalEvent | ((...args: string[]) => JournalEvent)>;
}

export function discarded(record: string, deadLetterQueue?: string, mapping = orders): JournalEvent {
  return {
    type: 'discarded',
    mapping,
    record,
    ...(deadLetterQueue !== undefined && { deadLetterQueue }),
    because: 'received 2 of at most 2 times',
  };
}

export function filtered(record: string, mapping = orders): JournalEvent {
  return { type: 'filtered', mapping, record, because: 'body.kind is "b", and the pattern wants "a"' };
}

export function readAll(read: (entry: JournalEntry) => void, entries: readonly JournalEntry[]): void {
  for (const entry of entries) read(entry);
}

/** Everything an asynchronous sequence yields. */
export async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
