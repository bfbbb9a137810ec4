import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import { ConsoleLines } from '../../../src/readers/console/console-lines.js';
import { logLevels, type LogLevel } from '../../../src/readers/console/console-levels.js';
import type { JournalEvent } from '../../../src/journal/events.js';
import { at } from '../sample-entries.js';
import { failures, halfMinute, partitionIs, streamCallOf } from '../stream-entries.js';

const call = streamCallOf({ records: ['1', '2'] });
const again = streamCallOf({ records: ['1', '2'], attempt: 2 });
const final = { ...halfMinute, final: true };
const closing = streamCallOf({ records: [], batch: 'b-9', window: final });
const closingEarly = streamCallOf({ records: [], batch: 'b-9', window: { ...final, terminatedEarly: true } });

describe('an invocation for a stream is one line', () => {
  it.each<[string, readonly JournalEvent[], string]>([
    [
      'with its shard',
      [call.batched, call.invoked, call.succeeded],
      '✔ clicks #0 → count-clicks  2 records · size · 12 ms',
    ],
    [
      'that still says why the batch was closed when it is tried again',
      [call.batched, call.invoked, call.failed, again.invoked, again.succeeded],
      '✔ clicks #0 → count-clicks  2 records · size · attempt 2 · 12 ms',
    ],
    [
      'when it failed in part',
      [call.batched, call.invoked, call.partiallyFailed('2')],
      '◐ clicks #0 → count-clicks  2 records · size · 12 ms · 1 of 2 failed: 2',
    ],
    [
      'also when it is the last of a tumbling window, which has no records',
      [closing.batched, closing.invoked, closing.succeeded],
      '✔ clicks #0 → count-clicks  last call of window 12:00:00Z to 12:00:30Z · 12 ms',
    ],
    [
      'also when the window was ended early',
      [closingEarly.batched, closingEarly.invoked, closingEarly.failed],
      '✖ clicks #0 → count-clicks  last call of window 12:00:00Z to 12:00:30Z, ended early · 12 ms · TypeError: boom (handlers/orders.ts:12)',
    ],
  ])('%s', (_, events, line) => {
    expect(linesOf('info', ...events).at(-1)).toBe(`12:00:00.000Z ${line}`);
  });

  it.each([
    ['shardId-000000000012', '#12'],
    ['shardId-00000001554987328237-0d0ebd4f', '#0d0ebd4f'],
    ['access.log', 'access.log'],
  ])('that calls partition %s %s', (partition, short) => {
    const there = streamCallOf({ records: ['1'], partition });
    expect(linesOf('info', there.succeeded)[0]).toContain(`✔ clicks ${short} → count-clicks`);
  });
});

describe('what else happens in a stream', () => {
  const rows: readonly [string, LogLevel, JournalEvent, string][] = [
    [
      'a retry, which holds up the shard',
      'info',
      call.retry,
      '↻ clicks #0  waits until 12:00:31.000Z, then tries 2 records again: TypeError: boom',
    ],
    [
      'a retry of the last call of a window',
      'info',
      closing.retry,
      '↻ clicks #0  waits until 12:00:31.000Z, then tries the last call of a window again: TypeError: boom',
    ],
    [
      'a split',
      'info',
      call.bisected(['b-2', 1], ['b-3', 1]),
      '÷ clicks #0  b-1 is split into b-2 (1 record) and b-3 (1 record): TypeError: boom',
    ],
    ['a report', 'info', call.delivered, '→ clicks #0  2 records reported to failures: RetryAttemptsExhausted'],
    [
      'a report that was not taken',
      'warn',
      call.undelivered,
      '! clicks #0  the report of 2 records is tried again: queue failures did not take the report: no answer',
    ],
    [
      'a report that is lost',
      'error',
      call.dropped,
      '! clicks #0  the report of 2 records is dropped: queue failures did not take the report: no answer',
    ],
    [
      'a record that is given up',
      'error',
      call.discarded('1', failures),
      '✖ clicks #0  1 discarded: TypeError: boom; 2 retries did not help (RetryAttemptsExhausted)',
    ],
    ['a shard that waits', 'warn', partitionIs('waiting', 'no answer'), '● clicks #0  waiting: no answer'],
    ['a shard that is done', 'info', partitionIs('finished', 'it was closed'), '● clicks #0  finished: it was closed'],
    [
      'a shard that another process has',
      'info',
      partitionIs('given-up', 'another process works on it now'),
      '● clicks #0  given-up: another process works on it now',
    ],
    [
      'records that were trimmed',
      'error',
      partitionIs('trimmed', '3 records were gone'),
      '● clicks #0  records are lost: 3 records were gone',
    ],
    [
      'a shard that is begun',
      'debug',
      partitionIs('started', 'from its oldest record'),
      '● clicks #0  started: from its oldest record',
    ],
    ['a checkpoint', 'debug', call.checkpointed, '· clicks #0  checkpoint moved past 1, 2'],
    [
      'a record that is too old',
      'debug',
      call.expired('1'),
      '· clicks #0  expired 1: older than MaximumRecordAgeInSeconds allows (60 s)',
    ],
    [
      'a part of a batch',
      'debug',
      call.rest,
      '· clicks #0  batched in b-1: 1, 2, because the batch before it was divided',
    ],
    [
      'the end of a window',
      'debug',
      { ...closing.batched, because: 'window-end' },
      '· clicks #0  batched in b-9: no records, because its tumbling window ended',
    ],
  ];
  it.each(rows)('%s is told at level %s, and at no quieter one', (_, level, event, line) => {
    const levels = logLevels.map((each) => linesOf(each, event));
    const quieter = logLevels.indexOf(level);
    expect(levels).toEqual(logLevels.map((__, index) => (index < quieter ? [] : [`12:00:00.000Z ${line}`])));
  });

  it('does not fill the screen with the records of a batch that is given up as a whole', () => {
    const records = Array.from({ length: 10_000 }, (_, index) => String(index));
    const big = streamCallOf({ records, batch: 'b-5' });
    const lines = linesOf('info', ...records.map((record) => big.discarded(record)), call.discarded('1'));
    expect(lines).toHaveLength(5);
    expect(lines[3]).toBe('12:00:00.000Z ✖ clicks #0  … and more of b-5: the journal has them all');
    expect(lines[4]).toContain('1 discarded');
  });
});

function linesOf(level: LogLevel, ...events: readonly JournalEvent[]): readonly string[] {
  const lines = new ConsoleLines({ level, colours: colours(false) });
  return events.flatMap((event) => lines.lines(at(0, event)));
}
