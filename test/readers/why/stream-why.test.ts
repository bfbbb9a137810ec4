import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import type { JournalEntry, JournalEvent } from '../../../src/journal/events.js';
import { JournalFileWriter } from '../../../src/journal/file-writer.js';
import type { RecordLife } from '../../../src/readers/why/life.js';
import { lifeOf, type LifeAnswer, type LifeSource } from '../../../src/readers/why/why.js';
import { renderAnswer } from '../../../src/readers/why/why-text.js';
import { second, streamWorld } from '../../delivery/stream/stream-world.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { at, noon } from '../sample-entries.js';
import { failures, halfMinute, partitionIs, shard, streamCallOf } from '../stream-entries.js';
import { temporaryFolder } from '../../journal/temporary-folder.js';

const call = streamCallOf({ records: ['1', '2', '3'] });
const orders = { uuid: 'other', name: 'clicks-to-orders' };

/** Eight records of which `m6` always fails and `m3` is reported unless it is alone: every kind of step occurs. */
async function poisoned(): Promise<readonly JournalEntry[]> {
  const world = streamWorld({ bisects: true, reportsItemFailures: true, maxRetries: 2, destination: 'told' });
  world.worker.reply = (bodies) => {
    if (bodies.includes('m6')) return 'throw';
    if (!bodies.includes('m3') || bodies.length === 1) return 'ok';
    return { response: { batchItemFailures: [{ itemIdentifier: '3' }] } };
  };
  world.stream.write(Array.from({ length: 8 }, (_, index) => `m${index + 1}`));
  await world.start();
  await world.clock.advance(60 * second);
  return world.entries;
}

describe('the life of a record of a stream', () => {
  it('names every retry, split, report and checkpoint, and what became of the batches it was in', async () => {
    expect(await why(await poisoned(), '6')).toBe(
      `
record 6 (mapping clicks, partition-0)

12:00:00.000Z           read from partition-0 of clicks
12:00:00.000Z    +0 ms  batched in b-1 with 7 others because there is no batching window: a batch is what was there
12:00:00.000Z    +0 ms  invoked worker, attempt 1 (invocation invocation-2)
12:00:00.000Z    +0 ms  failed after 0 ms: Error: boom
12:00:00.000Z    +0 ms  batched in b-4 with 3 others because the batch before it was divided
12:00:00.000Z    +0 ms  bisected, and in the second half, b-4 (4 records): Error: boom: split into 4 and 4
12:00:01.035Z   +1.0 s  invoked worker, attempt 1 (invocation invocation-12)
12:00:01.035Z    +0 ms  failed after 0 ms: Error: boom
12:00:01.035Z    +0 ms  batched in b-13 with 1 other because the batch before it was divided
12:00:01.035Z    +0 ms  bisected, and in the first half, b-13 (2 records): Error: boom: split into 2 and 2
12:00:01.035Z    +0 ms  kept for another try at 12:00:01.380Z, and what comes behind it waits: Error: boom: split into 2 and 2
12:00:01.380Z  +345 ms  invoked worker, attempt 1 (invocation invocation-15)
12:00:01.380Z    +0 ms  failed after 0 ms: Error: boom
12:00:01.380Z    +0 ms  batched in b-17 alone because the batch before it was divided
12:00:01.380Z    +0 ms  bisected, and in the second half, b-17 (alone): Error: boom: split into 1 and 1
12:00:01.725Z  +345 ms  invoked worker, attempt 1 (invocation invocation-19)
12:00:01.725Z    +0 ms  failed after 0 ms: Error: boom
12:00:01.725Z    +0 ms  kept for another try at 12:00:02.070Z, and what comes behind it waits: Error: boom
12:00:02.070Z  +345 ms  invoked worker, attempt 2 (invocation invocation-20)
12:00:02.070Z    +0 ms  failed after 0 ms: Error: boom
12:00:02.070Z    +0 ms  kept for another try at 12:00:02.760Z, and what comes behind it waits: Error: boom
12:00:02.760Z  +690 ms  invoked worker, attempt 3 (invocation invocation-21)
12:00:02.760Z    +0 ms  failed after 0 ms: Error: boom
12:00:02.760Z    +0 ms  reported to failures: RetryAttemptsExhausted
12:00:02.760Z    +0 ms  discarded: Error: boom; 2 retries did not help (RetryAttemptsExhausted) → failures
12:00:02.760Z    +0 ms  done: the checkpoint has moved past it

batches, with the number of their records:
b-1 (8) ✖ failed, split
├─ b-3 (4) ◐ handled up to the next
│  └─ b-6 (2) ✖ failed, split
│     ├─ b-8 (1) ✔
│     └─ b-9 (1) ✔
└─ b-4 (4) ✖ failed, split
   ├─ b-13 (2) ✖ failed, split
   │  ├─ b-16 (1) ✔
   │  └─ b-17 (1) ✖ failed 3 times, given up  ← this record
   └─ b-14 (2) ✔

→ Given up after 6 tries, and reported to failures.`.trimStart(),
    );
  });

  it.each(['1', '3', '6', '8'])('is the same from files as from memory, for record %s', async (digit) => {
    // Ids of one digit would be found in every line.
    const named = JSON.stringify(await poisoned()).replaceAll(/"([1-8])"/g, '"offset-$1"');
    const entries = JSON.parse(named) as readonly JournalEntry[];
    const answer = await lifeOf(await written(entries), `offset-${digit}`, noon);
    expect(answer).toEqual(await lifeOf(entries, `offset-${digit}`, noon));
    expect(renderAnswer(answer, colours(false))).toContain('└─ b-6 (2)');
    expect(renderAnswer(answer, colours(false))).toMatch(/b-8 \(1\) ✔[^]*b-17 \(1\) ✖ failed 3 times[^]*b-14 \(2\) ✔/);
  });

  it('says that it was read again after a crash', async () => {
    const text = await why([call.received, call.batched, call.invoked, call.received, call.succeeded], '1');
    expect(text).toContain('read from shardId-000000000000 of clicks');
    expect(text).toContain('read again, from the checkpoint of shardId-000000000000');
  });

  it.each([
    ['1', 'succeeded after 12 ms; the handler reported 2 other records of the batch as failed'],
    ['2', 'reported as failed by the handler after 12 ms: the handler reported 2'],
    ['3', 'not reported by the handler after 12 ms, but delivered again: an earlier record of the batch was reported'],
    ['4', 'reported as failed by the handler after 12 ms'],
  ])('tells record %s its part of a partial response', async (record, text) => {
    const four = streamCallOf({ records: ['1', '2', '3', '4'] });
    expect(await why([four.received, four.invoked, four.partiallyFailed('2', '4')], record)).toContain(text);
  });

  it('names the lane that works on a batch', async () => {
    const [batched, invoked] = [
      { ...call.batched, lane: 3 },
      { ...call.invoked, lane: 3 },
    ];
    expect(await why([batched], '1')).toContain('batched in b-1 on lane 3 with 2 others because');
    const { steps } = await onlyLife([batched, invoked, call.checkpointed], '1');
    expect(steps.map(({ lane }) => lane)).toEqual([3, 3, undefined]);
  });

  it('has no batches that were not split', async () => {
    const life = await onlyLife([call.received, call.batched, call.invoked, call.succeeded], '1');
    expect(life).not.toHaveProperty('batches');
  });

  it('shows the way of the record only when very many batches were split', async () => {
    const world = streamWorld({ bisects: true, maxRetries: 0 });
    world.worker.reply = () => 'throw';
    world.stream.write(Array.from({ length: 64 }, (_, index) => `m${index + 1}`));
    await world.start();
    await world.clock.advance(600 * second);
    const text = await why(world.entries, '5');
    expect(text).toContain('├─ b-3 (32) ✖ failed, split\n');
    expect(text).toMatch(/└─ b-4 \(32\) ✖ failed, split \(batches made of it: 62\)\n/);
    expect(text.split('\n').filter((line) => line.includes('─ b-'))).toHaveLength(12);
    expect(text).toMatch(/\(1\) ✖ failed, given up {2}← this record\n/);
  });
});

describe('the batches of a split, as they stand', () => {
  const first = streamCallOf({ records: ['1', '2'], batch: 'b-2' });
  const other = streamCallOf({ records: ['3'], batch: 'b-3' });
  const split = [call.received, call.batched, call.invoked, call.failed, first.rest, other.rest];
  const bisected = call.bisected(['b-2', 2], ['b-3', 1]);

  it.each<[string, readonly JournalEvent[], string]>([
    ['not called yet', [], 'b-2 (2) … waits'],
    ['with the handler', [first.invoked], 'b-2 (2) … with the handler'],
    ['failed', [first.invoked, first.failed], 'b-2 (2) ✖ failed, to be tried again'],
    ['failed twice', [first.invoked, first.failed, first.invoked, first.failed], 'b-2 (2) ✖ failed 2 times, to be'],
    ['handled at last', [first.invoked, first.failed, first.invoked, first.succeeded], 'b-2 (2) ✔ at call 2'],
    [
      'partly too old',
      [first.expired('1'), first.discarded('1'), first.invoked, first.succeeded],
      'b-2 (2) ✔, 1 record given up',
    ],
    [
      'too old',
      ['1', '2'].flatMap((record) => [first.expired(record), first.discarded(record)]),
      'b-2 (2) ✖ given up before any call',
    ],
  ])('%s', async (_, events, line) => {
    expect(await why([...split, bisected, ...events], '3')).toContain(`├─ ${line}`);
  });

  it('are those of this mapping and shard, also when another has batches at the same time', async () => {
    const stranger = streamCallOf({ records: ['1'], batch: 'b-2', mapping: orders });
    const life = await onlyLife([...split, bisected, stranger.invoked, stranger.succeeded], '3');
    expect(life.batches).toMatchObject([{ parts: [{ outcome: 'open', calls: 0 }, { outcome: 'open' }] }]);
  });
});

describe('the verdict on a record of a stream', () => {
  const upToFailure = [call.received, call.batched, call.invoked, call.failed];
  const windowed = streamCallOf({ records: ['1'], window: halfMinute });
  const rows: readonly { when: string; events: readonly JournalEvent[]; now?: number; kind: string; text: RegExp }[] = [
    { when: 'it was read only', events: [call.received], kind: 'in-progress', text: /^Waiting for its batch, or for/ },
    {
      when: 'it is with the handler',
      events: [call.received, call.invoked],
      kind: 'in-progress',
      text: /^With the handler since .*read again from the checkpoint/,
    },
    {
      when: 'it was handled',
      events: [call.received, call.invoked, call.succeeded],
      kind: 'in-progress',
      text: /^Handled after 1 try; the checkpoint has not moved past it yet\. After a crash it would be delivered again\.$/,
    },
    {
      when: 'it was handled in a window that is open',
      events: [windowed.received, windowed.invoked, windowed.succeeded],
      kind: 'in-progress',
      text: /does not move past it before its window, up to 12:00:30Z, is closed/,
    },
    {
      when: 'the checkpoint has moved past it',
      events: [...upToFailure, call.invoked, call.succeeded, call.checkpointed],
      kind: 'handled',
      text: /^Handled after 2 tries; the checkpoint has moved past it\.$/,
    },
    {
      when: 'it stood before a reported record',
      events: [call.received, call.invoked, call.partiallyFailed('2')],
      kind: 'in-progress',
      text: /^Handled after 1 try/,
    },
    {
      when: 'it was reported',
      events: [call.received, call.invoked, call.partiallyFailed('1')],
      kind: 'waiting',
      text: /^Not handled after 1 try; it is to be delivered again, or given up\.$/,
    },
    { when: 'it has failed', events: upToFailure, kind: 'waiting', text: /^Not handled after 1 try/ },
    { when: 'it was throttled', events: [call.received, call.throttled], kind: 'waiting', text: /before any try/ },
    {
      when: 'a retry is to come',
      events: [...upToFailure, call.retry],
      now: noon + 20_000,
      kind: 'waiting',
      text: /waiting for another try at 12:00:31.000Z\. The shard is held up until then\.$/,
    },
    {
      when: 'a retry did not come',
      events: [...upToFailure, call.retry],
      now: noon + 90_000,
      kind: 'overdue',
      text: /due again at 12:00:31.000Z and was not delivered: is millrace running\?$/,
    },
    {
      when: 'it is in the first half of a split',
      events: [...upToFailure, call.bisected(['b-2', 1], ['b-3', 2])],
      kind: 'waiting',
      text: /its half of the batch is the next to be tried\.$/,
    },
    {
      when: 'it is too old',
      events: [...upToFailure, call.expired('1')],
      kind: 'discarded',
      text: /^Too old to be delivered, after 1 try/,
    },
    {
      when: 'its destination does not answer',
      events: [...upToFailure, call.undelivered],
      kind: 'waiting',
      text: /^Given up after 1 try; failures is yet to be told\.$/,
    },
    {
      when: 'its destination has it',
      events: [...upToFailure, call.delivered],
      kind: 'discarded',
      text: /^Given up after 1 try, and reported to failures\.$/,
    },
    {
      when: 'its report was dropped',
      events: [...upToFailure, call.dropped],
      kind: 'discarded',
      text: /its report was dropped, so it is lost\.$/,
    },
    {
      when: 'it was discarded and the checkpoint is behind',
      events: [...upToFailure, call.delivered, call.discarded('1', failures)],
      kind: 'discarded',
      text: /reported to failures\. The checkpoint has not moved past it yet\.$/,
    },
    {
      when: 'it was discarded without a destination',
      events: [...upToFailure, call.discarded('1'), call.checkpointed],
      kind: 'discarded',
      text: /^Given up after 1 try; no destination knows of it, so it is lost\.$/,
    },
    {
      when: 'it was filtered',
      events: [call.received, call.filtered('1')],
      kind: 'filtered',
      text: /^Filtered out; the checkpoint has not/,
    },
    {
      when: 'it was filtered and passed',
      events: [call.received, call.filtered('1'), call.checkpointed],
      kind: 'filtered',
      text: /^Filtered out: the handler was not invoked/,
    },
    {
      when: 'it was given up before a crash, and handled after it',
      events: [call.received, call.discarded('1'), call.received, call.invoked, call.succeeded, call.checkpointed],
      kind: 'handled',
      text: /^Handled/,
    },
  ];

  it.each(rows)('is "$kind" when $when', async ({ events, now = noon + 60_000, kind, text }) => {
    const { verdict } = await onlyLife(events, '1', now);
    expect(verdict).toEqual({ kind, text: expect.stringMatching(text) as string });
    expect(verdict.text).not.toContain('queue');
  });

  it('says what the second half of a split waits for', async () => {
    const { verdict } = await onlyLife([...upToFailure, call.bisected(['b-2', 1], ['b-3', 2])], '2');
    expect(verdict.text).toBe('Not handled after 1 try; it waits for the half before it, b-2.');
  });
});

describe('finding a record of a stream', () => {
  const sequence = '49590338271490256608559692538361571095921575989136588898';
  const elsewhere = streamCallOf({ records: [sequence, '7'], partition: 'shardId-000000000001' });
  const here = { ...streamCallOf({ records: [sequence, '8'] }).received, eventIds: ['c4ca4238a0b9', 'c81e728d9d4c'] };

  it.each([
    ['shard and number', `${shard}:${sequence}`],
    ['the beginning of its number in a shard', `${shard}:4959`],
    ['the number of its shard, as the console shows it', `#0:${sequence}`],
    ['its number, as the console shows it', '#0:49590338…36588898'],
    ['eventID', 'c4ca4238a0b9'],
    ['the beginning of its eventID', 'c4ca'],
  ])('takes %s', async (_, text) => {
    for (const source of [entriesOf(here, elsewhere.received), await written(entriesOf(here, elsewhere.received))]) {
      const answer = await lifeOf(source, text, noon);
      expect(answer).toMatchObject({ kind: 'life', life: { record: sequence, partition: shard }, others: [] });
    }
  });

  it('lists the shards when a number occurs in several', async () => {
    const answer = await lifeOf(entriesOf(here, elsewhere.received), sequence, noon);
    expect(answer).toEqual({
      kind: 'ambiguous',
      text: sequence,
      exact: true,
      records: [`${shard}:${sequence}`, `shardId-000000000001:${sequence}`],
      more: 0,
    });
    expect(renderAnswer(answer, colours(false))).toMatch(
      /^Several records are called "4959\d+":\n[^]*\nGive the shard as well, as it stands here\.$/,
    );
  });

  it('keeps the lives of a number in two shards apart', async () => {
    const answer = await lifeOf(
      entriesOf(here, elsewhere.received, elsewhere.invoked, elsewhere.succeeded),
      `${shard}:${sequence}`,
      noon,
    );
    expect(answer.kind === 'life' && answer.life.steps).toHaveLength(1);
  });

  it.each([`shardId-000000000009:${sequence}`, `${shard}:`, ':', 'c4ca4238a0b9d'])('knows no %s', async (text) => {
    expect(await lifeOf(entriesOf(here, elsewhere.received), text, noon)).toEqual({ kind: 'unknown', text });
  });

  it('tells one life for each mapping that reads the stream', async () => {
    const second = streamCallOf({ records: ['1'], mapping: orders, batch: 'b-40' });
    const entries = entriesOf(
      call.received,
      second.received,
      call.invoked,
      second.invoked,
      second.failed,
      second.retry,
    );
    const done = [...entries, ...entriesOf(call.succeeded, call.checkpointed)];
    for (const source of [done, await written(done)]) {
      const answer = await lifeOf(source, '1', noon);
      expect(answer.kind === 'life' && [answer.life, ...answer.others]).toMatchObject([
        { mappings: ['clicks'], verdict: { kind: 'handled' } },
        { mappings: ['clicks-to-orders'], verdict: { kind: 'waiting' } },
      ]);
    }
    const text = renderAnswer(await lifeOf(done, '1', noon), colours(false));
    expect(text).toMatch(/^record 1 \(mapping clicks, [^]*\n\nrecord 1 \(mapping clicks-to-orders, /);
  });

  it('puts the journals of several processes together', async () => {
    const events = [call.received, call.invoked, partitionIs('given-up', 'another process works on it now')];
    const one = await written(events.map((event, index) => at(index, event)));
    const taken = streamCallOf({ records: ['1', '2', '3'], batch: 'b-77' });
    const two = await written([
      at(5_000, taken.received),
      at(5_001, taken.invoked),
      at(5_002, taken.succeeded),
      at(5_003, taken.checkpointed),
    ]);
    for (const folders of [
      [one, two],
      [two, one],
    ]) {
      const life = await onlyLife(folders, '1');
      expect(life.steps.map(({ type }) => type)).toEqual([
        'received',
        'invoked',
        'received',
        'invoked',
        'succeeded',
        'checkpointed',
      ]);
      expect(life.verdict.text).toBe('Handled after 2 tries; the checkpoint has moved past it.');
    }
    expect((await lifeOf([], '1', noon)).kind).toBe('unknown');
  });
});

function entriesOf(...events: readonly JournalEvent[]): readonly JournalEntry[] {
  return events.map((event) => at(0, event));
}

async function written(entries: readonly JournalEntry[]): Promise<string> {
  const folder = await temporaryFolder();
  const writer = new JournalFileWriter({
    folder,
    clock: new VirtualClock(),
    fileBytes: 1_000_000,
    files: 3,
    trouble: (because) => expect.fail(because),
  });
  for (const entry of entries) writer.read(entry);
  await writer.close();
  return folder;
}

async function why(given: readonly JournalEntry[] | readonly JournalEvent[], record: string): Promise<string> {
  return renderAnswer(await answerOf(given, record, noon + 60_000), colours(false));
}

async function onlyLife(
  given: LifeSource | readonly JournalEvent[],
  record: string,
  now = noon + 60_000,
): Promise<RecordLife> {
  const answer = await answerOf(given, record, now);
  if (answer.kind !== 'life') throw new Error(`no life of ${record}, but: ${answer.kind}`);
  return answer.life;
}

/** Events are entries of noon. */
function answerOf(given: LifeSource | readonly JournalEvent[], record: string, now: number): Promise<LifeAnswer> {
  if (typeof given === 'string') return lifeOf(given, record, now);
  const items = [...given].map((item) => (typeof item === 'string' || 'at' in item ? item : at(0, item)));
  return lifeOf(items as LifeSource, record, now);
}
