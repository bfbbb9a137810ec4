import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import type { JournalEntry, JournalEvent } from '../../../src/journal/events.js';
import { JournalFileWriter } from '../../../src/journal/file-writer.js';
import { lifeOf, type LifeAnswer } from '../../../src/readers/why/why.js';
import { renderAnswer } from '../../../src/readers/why/why-text.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { at, callOf, discarded, filtered, noon, orders, readAll } from '../sample-entries.js';
import { temporaryFolder } from '../../journal/temporary-folder.js';

const record = '5fea7756-0ea4-451a-a703-a558b933e274';
const first = callOf({ records: [record, 'other'], batch: 'b-17', invocation: 'c9b1f2d4-1111-4222-8333-444455556666' });
const second = callOf({
  records: [record],
  batch: 'b-18',
  invocation: 'd00dfeed-1111-4222-8333-444455556666',
  attempt: 2,
});
const received = (event: JournalEvent, times: number): JournalEvent =>
  ({ ...event, redelivered: { [record]: times } }) as JournalEvent;

const twoTries: readonly JournalEntry[] = [
  at(0, first.received),
  at(1, callOf({ records: ['stranger'], invocation: 'stranger' }).invoked),
  at(1, first.batched),
  at(2, first.invoked),
  at(8, first.log('order 42\nhas no customer')),
  at(9, callOf({ records: ['stranger'], invocation: 'stranger' }).log('somebody else')),
  at(14, first.failed),
  at(14, first.retry),
  at(31_020, received(second.received, 2)),
  at(31_021, second.batched),
  at(31_021, second.invoked),
  at(31_033, second.succeeded),
  at(31_040, second.settled),
];

describe('the life of a record', () => {
  it('is told step by step, each with its reason, with what the handler printed, and with a verdict', async () => {
    const answer = await lifeOf(twoTries, record, noon + 60_000);
    expect(renderAnswer(answer, colours(false))).toBe(
      `
record 5fea7756-0ea4-451a-a703-a558b933e274 (mapping orders)

12:00:00.000Z          received (1st time) from orders
12:00:00.001Z   +1 ms  batched in b-17 with 1 other because its batching window ended
12:00:00.002Z   +1 ms  invoked process-orders, attempt 1 (invocation c9b1f2d4)
                       │ order 42
                       │ has no customer
12:00:00.014Z  +12 ms  failed after 12 ms: TypeError: boom (handlers/orders.ts:12)
12:00:00.014Z   +0 ms  kept for another try at 12:00:31.000Z: nothing is deleted after a function error
12:00:31.020Z   +31 s  received (2nd time) from orders
12:00:31.021Z   +1 ms  batched in b-18 alone because its batching window ended
12:00:31.021Z   +0 ms  invoked process-orders, attempt 2 (invocation d00dfeed)
12:00:31.033Z  +12 ms  succeeded after 12 ms
12:00:31.040Z   +7 ms  settled: deleted from the queue because it was handled

→ Handled after 2 tries and deleted from the queue.`.trimStart(),
    );
  });

  it('is the same from files as from memory', async () => {
    const folder = await temporaryFolder();
    const writer = new JournalFileWriter({
      folder,
      clock: new VirtualClock(),
      fileBytes: 2_000, // several files
      files: 20,
      trouble: (because) => expect.fail(because),
    });
    for (const entry of twoTries) {
      writer.read(entry);
      await writer.flush();
    }
    await writer.close();
    expect(await lifeOf(folder, record, noon)).toEqual(await lifeOf(twoTries, record, noon));
  });

  it('is plain data for programs', async () => {
    const answer = await lifeOf(twoTries, record, noon);
    const { life } = JSON.parse(JSON.stringify(answer)) as { life: Record<string, unknown> };
    expect(life).toMatchObject({ record, mappings: ['orders'], beginningMissing: false, verdict: { kind: 'handled' } });
    expect(life['steps']).toHaveLength(10);
  });

  it('follows a record into the mapping of its dead-letter queue', async () => {
    const deadLetters = { uuid: 'dlq', name: 'orders-dlq' };
    const later = callOf({ records: [record], mapping: deadLetters, batch: 'b-40', invocation: 'dlq-call' });
    const entries = [...twoTries.slice(0, 7), at(15, discarded(record, 'orders-dlq')), at(9_000, later.received)];
    const text = await why(entries);
    expect(text).toContain('(mappings orders, orders-dlq)');
    expect(text).toContain('discarded: received 2 of at most 2 times → dead-letter queue orders-dlq');
    expect(text).toContain('received (1st time) from orders-dlq');
  });

  it('says that the beginning is no longer in the journal', async () => {
    expect(await why(twoTries.slice(3))).toContain('(what happened before is no longer in the journal)');
  });

  it('misses no beginning of a message that its source has dropped before it was received', async () => {
    const text = await why([
      at(0, { type: 'discarded', mapping: orders, record, because: 'its time to live is over' }),
    ]);
    expect(text).not.toContain('no longer in the journal');
    expect(text).toContain('discarded: its time to live is over');
    expect(text).toContain('→ Discarded before any try; it is kept nowhere.');
  });

  it('names the message group of a batch', async () => {
    const batched = { ...first.batched, group: 'truck-7' };
    expect(await why([at(0, batched)])).toContain('batched in b-17 of group truck-7 with 1 other because');
    const answer = await lifeOf([at(0, batched)], record, noon);
    expect(answer).toMatchObject({ life: { steps: [{ type: 'batched', group: 'truck-7' }] } });
  });

  it('keeps only so many of the lines that a talkative handler printed', async () => {
    const logs = Array.from({ length: 5_000 }, (_, index) => at(3, first.log(`line ${index}`)));
    const text = await why([at(0, first.received), at(2, first.invoked), ...logs]);
    expect(text).toContain('│ … 4800 more');
    expect(text.split('\n').length).toBeLessThan(250);
  });

  it('does not pass on what could take over the terminal', async () => {
    const text = await why([
      at(0, first.received),
      at(2, first.invoked),
      at(3, first.log('\u001B[2J\u001B]0;gotcha\u0007ok')),
    ]);
    expect(text).not.toContain('\u001B');
    expect(text).toContain('│ ok');
  });
});

describe('the verdict', () => {
  const upToFailure = twoTries.slice(0, 8);
  const rows: readonly { when: string; entries: readonly JournalEntry[]; now?: number; kind: string; text: RegExp }[] =
    [
      {
        when: 'it was received only',
        entries: twoTries.slice(0, 1),
        kind: 'in-progress',
        text: /^Waiting for its batch/,
      },
      {
        when: 'it is with the handler',
        entries: twoTries.slice(0, 4),
        kind: 'in-progress',
        text: /^With the handler since 12:00:00.002Z \(try 1\)/,
      },
      {
        when: 'its redelivery is to come',
        entries: upToFailure,
        now: noon + 20_000,
        kind: 'waiting',
        text: /^Not handled after 1 try; waiting for another try at 12:00:31.000Z\.$/,
      },
      {
        when: 'its redelivery did not come',
        entries: upToFailure,
        now: noon + 90_000,
        kind: 'overdue',
        text: /has not come back: is millrace running/,
      },
      {
        when: 'it was handled but not deleted yet',
        entries: twoTries.slice(0, 12),
        kind: 'in-progress',
        text: /^Handled after 2 tries; its deletion/,
      },
      { when: 'it was handled', entries: twoTries, kind: 'handled', text: /^Handled after 2 tries and deleted/ },
      {
        when: 'it was moved to a dead-letter queue',
        entries: [...upToFailure, at(20, discarded(record, 'arn:aws:sqs:us-east-1:000000000000:orders-dlq'))],
        kind: 'discarded',
        text: /^Given up after 1 try: it goes to dead-letter queue orders-dlq\.$/,
      },
      {
        when: 'it was discarded for good',
        entries: [...upToFailure, at(20, discarded(record))],
        kind: 'discarded',
        text: /kept nowhere/,
      },
      {
        when: 'the filter dropped it',
        entries: [at(0, first.received), at(0, filtered(record)), at(1, { ...first.settled, because: 'filtered' })],
        kind: 'filtered',
        text: /^Filtered out/,
      },
      {
        when: 'it was given back',
        entries: [at(0, first.received), at(1, first.released)],
        kind: 'waiting',
        text: /^Back in the queue before any try/,
      },
      {
        when: 'the function was at its limit',
        entries: [at(0, first.received), at(1, first.throttled)],
        kind: 'waiting',
        text: /concurrency limit/,
      },
      {
        when: 'the handler reported it',
        entries: [at(0, first.received), at(1, first.invoked), at(2, first.partiallyFailed(record))],
        kind: 'waiting',
        text: /^Failed after 1 try/,
      },
      {
        when: 'the handler reported another',
        entries: [at(0, first.received), at(1, first.invoked), at(2, first.partiallyFailed('other'))],
        kind: 'in-progress',
        text: /^Handled after 1 try/,
      },
      {
        when: 'it could not be deleted',
        entries: [
          ...twoTries.slice(0, 12),
          at(31_040, { type: 'settle-failed', mapping: orders, records: [record], because: 'gone' }),
        ],
        kind: 'waiting',
        text: /may be delivered once more/,
      },
    ];

  it.each(rows)('is "$kind" when $when', async ({ entries, now = noon + 60_000, kind, text }) => {
    const answer = await lifeOf(entries, record, now);
    expect(answer.kind === 'life' && answer.life.verdict).toEqual({
      kind,
      text: expect.stringMatching(text) as string,
    });
  });
});

describe('finding the record', () => {
  it('takes the beginning of an id when only one begins like this', async () => {
    const answer = await found(named('abc-1', 'abd-2'), 'abc');
    expect(answer.kind === 'life' && answer.life.record).toBe('abc-1');
  });

  it('prefers the exact id to longer ones', async () => {
    const answer = await found(named('10', '1', '100'), '1');
    expect(answer.kind === 'life' && answer.life.record).toBe('1');
  });

  it('lists the ids that begin like this when there are several', async () => {
    const answer = await found(named(...Array.from({ length: 25 }, (_, index) => `ab-${index}`)), 'ab');
    expect(answer).toMatchObject({ kind: 'ambiguous', records: { length: 10 }, more: 15 });
    expect(renderAnswer(answer, colours(false))).toMatch(
      /^Several records begin with "ab":\n {2}ab-0\n[^]*and 15 more\nGive more of the id\.$/,
    );
  });

  it('says what to check when there is none', async () => {
    for (const text of ['nobody', '']) {
      const answer = await found(named('ab'), text);
      expect(answer).toEqual({ kind: 'unknown', text });
      expect(renderAnswer(answer, colours(false))).toMatch(/Check that[^]*message id[^]*--state[^]*another consumer/);
    }
  });

  it('finds ids with quotes and signs of any language in files', async () => {
    const folder = await temporaryFolder();
    const odd = 'say "grüße"\\n';
    const writer = new JournalFileWriter({
      folder,
      clock: new VirtualClock(),
      fileBytes: 100_000,
      files: 2,
      trouble: () => {},
    });
    readAll(writer.read, named(odd));
    await writer.close();
    expect((await lifeOf(folder, odd, noon)).kind).toBe('life');
  });
});

async function why(entries: readonly JournalEntry[]): Promise<string> {
  return renderAnswer(await lifeOf(entries, record, noon + 60_000), colours(false));
}

const named = (...records: string[]): readonly JournalEntry[] => [at(0, callOf({ records }).received)];
const found = async (entries: readonly JournalEntry[], text: string): Promise<LifeAnswer> =>
  lifeOf(entries, text, noon);
