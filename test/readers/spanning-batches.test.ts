import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/journal/events.js';
import { colours } from '../../src/readers/console/colours.js';
import { ConsoleLines } from '../../src/readers/console/console-lines.js';
import { renderStatus } from '../../src/readers/console/status-table.js';
import { JournalMemory } from '../../src/readers/invocations.js';
import { StatusBoard, type MappingStatus } from '../../src/readers/status/status.js';
import { lifeOf } from '../../src/readers/why/why.js';
import { renderAnswer } from '../../src/readers/why/why-text.js';
import { at, noon } from './sample-entries.js';
import { firstHalf, secondHalf, storyUpTo, topic, whole } from './spanning-batches.js';

describe('the status of a mapping whose batches are of several partitions', () => {
  it.each([
    ['while the handler runs', 'read', { received: 6, inFlight: 1, handled: 0, failed: 0, unhandled: 0 }],
    ['when the batch has failed', 'failed', { inFlight: 0, handled: 0, failed: 6, unhandled: 6 }],
    ['when its first half was handled but for one', 'firstHalf', { handled: 3, failed: 7, unhandled: 3 }],
    ['when all of it was handled', 'secondHalf', { handled: 6, failed: 8, unhandled: 0, invocations: 5 }],
  ] as const)('counts every record once for each delivery %s', (_, chapter, counters) => {
    expect(statusAfter(storyUpTo(chapter))).toMatchObject({ kind: 'stream', ...counters });
  });

  it('takes a failed record for handled in its own partition alone', () => {
    const { unhandled } = statusAfter([...storyUpTo('failed'), firstHalf.invoked, firstHalf.succeeded]);
    expect(unhandled).toBe(3);
  });

  it('shows all partitions of a batch that waits as held up, until it is called', () => {
    const heldUp = { until: '2026-01-31T12:00:31.000Z', because: 'TypeError: boom' };
    expect(statusAfter(storyUpTo('bisected')).partitions).toMatchObject([
      { partition: 'orders-0', heldUp },
      { partition: 'orders-1', heldUp },
    ]);
    const called = statusAfter([...storyUpTo('bisected'), firstHalf.invoked]).partitions ?? [];
    expect(called.map((one) => 'heldUp' in one)).toEqual([false, false]);
  });

  it('knows how far each partition has come', () => {
    expect(statusAfter(storyUpTo('firstHalf')).partitions).toMatchObject([
      { partition: 'orders-0', handled: 'orders-0@41' },
      { partition: 'orders-1', handled: 'orders-1@7' },
    ]);
    expect(statusAfter(storyUpTo('stored')).partitions).toMatchObject([
      { partition: 'orders-0', committed: 'orders-0@42' },
      { partition: 'orders-1', committed: 'orders-1@10' },
    ]);
  });

  it('counts what the on-failure destination was told', () => {
    const { metrics } = statusAfter([...storyUpTo('failed'), whole.delivered]);
    expect(metrics.OnFailureDestinationDeliveredEventCount).toBe(6);
  });

  it('is that of a stream also when the mapping is not known yet', () => {
    const board = new StatusBoard([]);
    board.read(at(0, whole.invoked));
    expect(board.mappings()).toMatchObject([{ name: 'orders', kind: 'stream' }]);
  });

  it('fills the table', () => {
    const table = renderStatus([statusAfter(storyUpTo('failed'))], { width: 130, colours: colours(false) });
    expect(table).toMatch(/orders → count-clicks {2}starting +0 +6 +0 +6 .*6 unhandled/);
  });
});

describe('a batch of several partitions on the console', () => {
  it.each<[string, JournalEvent, string]>([
    ['that succeeded', whole.succeeded, '✔ orders orders-0, orders-1 → count-clicks  6 records · window · 12 ms'],
    [
      'that failed in part',
      whole.partiallyFailed('orders-0@41', 'orders-1@9'),
      '◐ orders orders-0, orders-1 → count-clicks  6 records · window · 12 ms · 2 of 6 failed: orders-0@41, orders-1@9',
    ],
    [
      'that was bisected',
      whole.bisected(['b-2', 3], ['b-3', 3]),
      '÷ orders orders-0, orders-1  b-1 is split into b-2 (3 records) and b-3 (3 records): TypeError: boom',
    ],
    [
      'that waits',
      whole.retry,
      '↻ orders orders-0, orders-1  waits until 12:00:31.000Z, then tries 6 records again: TypeError: boom',
    ],
    [
      'that was throttled',
      whole.throttled,
      '⏸ orders orders-0, orders-1  6 records throttled: count-clicks runs 2 of at most',
    ],
    ['that was reported', whole.delivered, '→ orders orders-0, orders-1  6 records reported to failures: Retry'],
    ['whose report was lost', whole.undelivered, '! orders orders-0, orders-1  the report of 6 records is dropped: no'],
    [
      'that was closed',
      whole.batched,
      '· orders orders-0, orders-1  batched in b-1: orders-0@41, orders-0@42, orders-1@7 and 3 more, because its batching',
    ],
  ])('%s', (_, event, line) => {
    const lines = new ConsoleLines({ level: 'debug', colours: colours(false) });
    lines.lines(at(0, whole.batched));
    expect(lines.lines(at(0, event))[0]).toContain(`12:00:00.000Z ${line}`);
  });

  it('names two of many partitions', () => {
    const many = ['a-0', 'a-1', 'a-2', 'a-3'].map((partition) => ({ partition, records: [`${partition}@1`] }));
    const lines = new ConsoleLines({ level: 'info', colours: colours(false) });
    expect(lines.lines(at(0, { ...whole.succeeded, partitions: many }))[0]).toContain(
      'orders a-0, a-1 and 2 more → count-clicks',
    );
  });
});

describe('an invocation for several partitions, as the library tells it', () => {
  it('has the records of each, and all of them', () => {
    const memory = new JournalMemory();
    memory.read(at(0, whole.invoked));
    memory.read(at(12, whole.partiallyFailed('orders-1@8')));
    const [invocation] = memory.invocations();
    expect(invocation).toMatchObject({
      partitions: whole.invoked.partitions,
      records: ['orders-0@41', 'orders-0@42', 'orders-1@7', 'orders-1@8', 'orders-1@9', 'orders-1@10'],
      failedRecords: ['orders-1@8'],
    });
    expect(invocation).not.toHaveProperty('partition');
  });

  it('has failed with all of them', () => {
    const memory = new JournalMemory();
    memory.read(at(0, whole.invoked));
    memory.read(at(12, whole.failed));
    expect(memory.invocations()[0]?.failedRecords).toHaveLength(6);
  });

  it('is found by a record of any partition', () => {
    const memory = new JournalMemory();
    for (const event of storyUpTo('bisected')) memory.read(at(0, event));
    expect(memory.entries({ type: 'invoked', record: 'orders-1@10' })).toHaveLength(1);
  });
});

describe('the life of a record that was in batches of several partitions', () => {
  /** Without the entries that tell of one partition. */
  const onlyBatches = entriesOf([whole.batched, whole.invoked, whole.failed]);

  it('names every batch, and what became of both halves', async () => {
    expect(await why('orders-0@41')).toBe(
      `
record orders-0@41 (mapping orders, orders-0)

12:00:00.002Z         read from orders-0 of orders
12:00:00.004Z  +2 ms  batched in b-1 with 5 others of 2 partitions because its batching window ended
12:00:00.005Z  +1 ms  invoked count-clicks, attempt 1 (invocation b-1-call)
12:00:00.006Z  +1 ms  failed after 12 ms: TypeError: boom (handlers/orders.ts:12)
12:00:00.007Z  +1 ms  batched in b-2 with 2 others of 2 partitions because the batch before it was divided
12:00:00.009Z  +2 ms  bisected, and in the first half, b-2 (3 records): TypeError: boom
12:00:00.010Z  +1 ms  kept for another try at 12:00:31.000Z, and what comes behind it waits: TypeError: boom
12:00:00.011Z  +1 ms  invoked count-clicks, attempt 1 (invocation b-2-call)
12:00:00.012Z  +1 ms  reported as failed by the handler after 12 ms: the handler reported orders-0@41
12:00:00.013Z  +1 ms  batched in b-4 alone because the batch before it was divided
12:00:00.014Z  +1 ms  invoked count-clicks, attempt 1 (invocation b-4-1)
12:00:00.015Z  +1 ms  succeeded after 12 ms
12:00:00.021Z  +6 ms  done: the checkpoint has moved past it

batches, with the number of their records:
b-1 (6) ✖ failed, split
├─ b-2 (3) ◐ handled but for the next
│  └─ b-4 (1) ✔  ← this record
└─ b-3 (3) ◐ handled but for the next
   └─ b-5 (1) ✔

→ Handled after 3 tries; the checkpoint has moved past it.`.trimStart(),
    );
  });

  it.each([
    ['orders-0@42', 'succeeded after 12 ms; the handler reported 1 other record of the batch as failed'],
    ['orders-1@10', 'succeeded after 12 ms; the handler reported 1 other record of the batch as failed'],
    ['orders-1@10', 'bisected, and in the second half, b-3 (3 records)'],
    ['orders-1@7', 'bisected, and in the first half, b-2 (3 records)'],
  ])('tells %s that it was not reported, though it stands behind one that was: %s', async (record, text) => {
    expect(await why(record)).toContain(text);
  });

  it.each<[string, string, readonly JournalEvent[], string, RegExp]>([
    [
      'orders-1@7',
      'stands behind a reported one',
      [firstHalf.partiallyFailed('orders-0@41')],
      'in-progress',
      /^Handled/,
    ],
    ['orders-0@41', 'was reported', [firstHalf.partiallyFailed('orders-0@41')], 'waiting', /^Not handled/],
    ['orders-1@8', 'is in the second half', [], 'waiting', /it waits for the half before it, b-2\.$/],
    ['orders-1@7', 'is in the first half', [], 'waiting', /its half of the batch is the next to be tried\.$/],
    ['orders-1@7', 'waits', [firstHalf.retry], 'waiting', /Its partitions are held up until then\.$/],
    ['orders-1@9', 'was handled', [secondHalf.invoked, secondHalf.succeeded], 'in-progress', /^Handled after 2 tries/],
  ])('ends with a verdict: %s %s', async (record, _, events, kind, text) => {
    const before = [...storyUpTo('failed'), whole.bisected(['b-2', 3], ['b-3', 3])];
    const answer = await lifeOf(entriesOf([...before, ...events]), record, noon + 20_000);
    expect(answer).toMatchObject({ life: { verdict: { kind, text: expect.stringMatching(text) as string } } });
  });

  it.each(['orders-0@42', 'orders-0:orders-0@42', 'orders-1@1'])('is found by %s', async (text) => {
    const [partition] = text.split(/[@:]/);
    const answer = await lifeOf(onlyBatches, text, noon);
    expect(answer).toMatchObject({ kind: 'life', life: { partition } });
  });

  it('is called by its id alone, which names its partition, when others begin like it', async () => {
    const answer = await lifeOf(onlyBatches, 'orders-0@4', noon);
    expect(answer).toMatchObject({ kind: 'ambiguous', records: ['orders-0@41', 'orders-0@42'] });
  });
});

function entriesOf(events: readonly JournalEvent[]) {
  return events.map((event, index) => at(index, event));
}

async function why(record: string): Promise<string> {
  return renderAnswer(await lifeOf(entriesOf(storyUpTo('stored')), record, noon + 60_000), colours(false));
}

function statusAfter(events: readonly JournalEvent[]): MappingStatus {
  const board = new StatusBoard([{ ...topic, kind: 'stream', source: 'orders', function: 'count-clicks' }]);
  for (const event of events) board.read(at(0, event));
  const [row] = board.mappings();
  if (row === undefined) throw new Error('the board has lost its mapping');
  return row;
}
