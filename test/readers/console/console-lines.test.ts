import { describe, expect, it } from 'vitest';
import { colours, wantsColour } from '../../../src/readers/console/colours.js';
import { ConsoleLines } from '../../../src/readers/console/console-lines.js';
import type { LogLevel } from '../../../src/readers/console/console-levels.js';
import type { JournalEntry, JournalEvent } from '../../../src/journal/events.js';
import { at, boom, callOf, discarded, filtered, orders } from '../sample-entries.js';

const call = callOf({ records: ['r-1', 'r-2'], invocation: 'c9b1f2d4-1111-4222-8333-444455556666', attempt: 2 });
const begun = [call.batched, call.invoked];
const direct = {
  type: 'direct-invocation',
  function: 'orders:live',
  invocation: 'c9b1f2d4-1111-4222-8333-444455556666',
  invocationType: 'Event',
} as const;

describe('an invocation is one line', () => {
  it.each([
    ['when all went well', call.succeeded, '✔ orders → process-orders  2 records · window · attempt 2 · 12 ms'],
    [
      'when the handler threw',
      call.failed,
      '✖ orders → process-orders  2 records · window · attempt 2 · 12 ms · TypeError: boom (handlers/orders.ts:12)',
    ],
    [
      'when its response was malformed',
      call.malformed,
      '✖ orders → process-orders  2 records · window · attempt 2 · 12 ms · the response is malformed',
    ],
    [
      'when it failed in part',
      call.partiallyFailed('r-2'),
      '◐ orders → process-orders  2 records · window · attempt 2 · 12 ms · 1 of 2 failed: r-2',
    ],
  ] as const)('%s', (_, end, line) => {
    expect(linesOf('info', ...begun, end)).toEqual([`12:00:00.000Z ${line}`]);
  });

  it('that does not mention the attempt when it is the first', () => {
    const once = callOf({ records: ['r-1'] });
    expect(linesOf('info', once.batched, once.invoked, once.succeeded)).toEqual([
      '12:00:00.000Z ✔ orders → process-orders  1 record · window · 12 ms',
    ]);
  });

  it('also when a batch was throttled before', () => {
    expect(linesOf('info', call.batched, call.throttled, call.retry, call.invoked, call.succeeded)).toEqual([
      '12:00:00.000Z ↻ orders  2 records kept for another try at 12:00:31.000Z: nothing is deleted after a function error',
      '12:00:00.000Z ✔ orders → process-orders  2 records · window · attempt 2 · 12 ms',
    ]);
  });
});

describe('everything else a person should see', () => {
  it.each<[string, readonly JournalEvent[], readonly string[]]>([
    [
      'what handlers print, tied to their invocation',
      [call.log('one\ntwo\n')],
      ['              process-orders c9b1f2d4 │ one', '              process-orders c9b1f2d4 │ two'],
    ],
    [
      'what is printed between invocations',
      [{ type: 'function-log', function: 'f', level: 'warn', message: 'loading' }],
      ['              f │ loading'],
    ],
    [
      'records that are given up',
      [discarded('r-1', 'orders-dlq')],
      ['12:00:00.000Z ✖ orders  r-1 discarded: received 2 of at most 2 times'],
    ],
    [
      'filtered records, once for each batch',
      [filtered('r-1'), filtered('r-2'), { ...call.settled, because: 'filtered' }],
      ['12:00:00.000Z ⊘ orders  2 records filtered out and deleted: body.kind is "b", and the pattern wants "a"'],
    ],
    [
      'records that are given back',
      [call.released],
      ['12:00:00.000Z ↩ orders  2 records given back: the mapping stops and no handler has seen them'],
    ],
    [
      'a poller that waits',
      [
        {
          type: 'state-changed',
          mapping: orders,
          state: 'waiting',
          because: 'queue orders does not exist',
          nextTryAt: '2026-01-31T12:00:02.000Z',
        },
      ],
      ['12:00:00.000Z ● orders  waiting: queue orders does not exist (next try at 12:00:02.000Z)'],
    ],
    [
      'a state whose reason begins with its name, which is not said twice',
      [{ type: 'state-changed', mapping: orders, state: 'waiting', because: 'waiting for queue orders' }],
      ['12:00:00.000Z ● orders  waiting for queue orders'],
    ],
    [
      'a function that does not load, with its trace',
      [{ type: 'function-state', function: 'orders', state: 'failed', because: 'import failed', error: boom }],
      [
        '12:00:00.000Z ƒ orders  failed: TypeError: boom (handlers/orders.ts:12)',
        '                TypeError: boom',
        '                    at handler (/home/dev/shop/handlers/orders.ts:12:9)',
      ],
    ],
    [
      'a reload',
      [
        {
          type: 'function-state',
          function: 'orders',
          state: 'reloaded',
          because: 'handlers/orders.ts changed; loaded in 83 ms',
        },
      ],
      ['12:00:00.000Z ƒ orders  reloaded: handlers/orders.ts changed; loaded in 83 ms'],
    ],
    [
      'calls over the Lambda API',
      [
        { ...direct, invocationType: 'RequestResponse', outcome: 'succeeded', durationMs: 12 },
        { ...direct, outcome: 'failed', attempt: 2, durationMs: 12, error: boom, retryAt: '2026-01-31T12:02:00.000Z' },
        { ...direct, outcome: 'throttled', because: 'orders is full', retryAt: '2026-01-31T12:00:01.000Z' },
        { ...direct, outcome: 'discarded', because: 'it has failed 3 times' },
      ],
      [
        '12:00:00.000Z ✔ Invoke → orders:live  RequestResponse · 12 ms',
        '12:00:00.000Z ✖ Invoke → orders:live  Event · attempt 2 · 12 ms · TypeError: boom (handlers/orders.ts:12) · next try at 12:02:00.000Z',
        '12:00:00.000Z ⏸ Invoke → orders:live  Event · throttled: orders is full · next try at 12:00:01.000Z',
        '12:00:00.000Z ✖ Invoke → orders:live  Event · discarded: it has failed 3 times',
      ],
    ],
    [
      'notices',
      [{ type: 'notice', level: 'warn', because: 'KMSKeyArn has no local meaning' }],
      ['12:00:00.000Z ! KMSKeyArn has no local meaning'],
    ],
  ])('%s', (_, events, lines) => {
    expect(linesOf('info', ...events)).toEqual(lines);
  });
});

describe('the log level', () => {
  const events: readonly JournalEvent[] = [
    call.received,
    ...begun,
    call.log('hi'),
    call.partiallyFailed('r-2'),
    call.failed,
    call.succeeded,
    call.settled,
  ];
  it.each<[LogLevel, string]>([
    ['error', '✖'],
    ['warn', '◐✖'],
    ['info', '│◐✖✔'],
    ['debug', '···│◐✖✔·'],
  ])('%s shows %s', (level, marks) => {
    const seen = linesOf(level, ...events).map((line) => /[✖◐✔│·]/u.exec(line.slice(13))?.[0]);
    expect(seen.join('')).toBe(marks);
  });

  it.each<[LogLevel, string]>([
    ['error', '✖✖'],
    ['warn', '✖⏸✖'],
    ['info', '✔✖⏸✖'],
  ])('%s shows of calls over the Lambda API %s', (level, marks) => {
    const outcomes = ['succeeded', 'failed', 'throttled', 'discarded'] as const;
    const seen = linesOf(level, ...outcomes.map((outcome) => ({ ...direct, outcome }))).map((line) => line[14]);
    expect(seen.join('')).toBe(marks);
  });

  it('debug names the rule of every decision', () => {
    const [received, batched, invoked] = linesOf('debug', { ...call.received, redelivered: { 'r-2': 2 } }, ...begun);
    expect(received).toBe('12:00:00.000Z · orders  received r-1, r-2 (1 not for the first time)');
    expect(batched).toBe('12:00:00.000Z · orders  batched in b-1: r-1, r-2, because its batching window ended');
    expect(invoked).toBe('12:00:00.000Z · orders  invoked process-orders, attempt 2, with b-1 (invocation c9b1f2d4)');
  });
});

describe('lines stay readable', () => {
  it('with batches of ten thousand long ids', () => {
    const records = Array.from(
      { length: 10_000 },
      (_, index) => `495900000000000000000000000000000000000000000${index}`,
    );
    const big = callOf({ records });
    for (const line of linesOf('debug', big.received, big.batched, big.invoked, big.partiallyFailed(...records))) {
      expect(line.length).toBeLessThan(250);
    }
  });

  it('with a huge log message, which is cut with a note', () => {
    const [line = ''] = linesOf('info', call.log('x'.repeat(1_000_000)));
    expect(line.length).toBeLessThan(2_200);
    expect(line).toMatch(/… \(cut: [\d,]+ characters\)$/);
    const many = linesOf('info', call.log('line\n'.repeat(50_000)));
    expect(many).toHaveLength(101);
    expect(many.at(-1)).toMatch(/… [\d,]+ more lines$/);
  });

  it('with reasons of many lines and control characters', () => {
    const because = 'the service said:\n  no\u001B[2J\u0007\r\nnever';
    expect(linesOf('info', { type: 'notice', level: 'info', because })).toEqual([
      '12:00:00.000Z i the service said: no never',
    ]);
  });

  it('without state that grows when batches never end', () => {
    const lines = new ConsoleLines({ level: 'info', colours: colours(false) });
    for (let index = 0; index < 30_000; index++) {
      lines.lines(at(0, { ...call.batched, batch: `b-${index}` }));
      lines.lines(at(0, { ...call.invoked, batch: `b-${index}`, invocation: `i-${index}` }));
    }
    expect(lines.lines(endOf(29_999))[0]).toContain('window · attempt 2');
    expect(lines.lines(endOf(0))[0]).not.toContain('window');
  });
});

describe('colour', () => {
  it.each([
    { on: true, when: 'on a terminal', isTTY: true, env: {} },
    { on: false, when: 'elsewhere', isTTY: false, env: {} },
    { on: false, when: 'on a terminal that can do nothing', isTTY: true, env: { TERM: 'dumb' } },
    { on: false, when: 'with NO_COLOR', isTTY: true, env: { NO_COLOR: '1' } },
    { on: true, when: 'with an empty NO_COLOR', isTTY: true, env: { NO_COLOR: '' } },
    { on: true, when: 'with FORCE_COLOR', isTTY: false, env: { FORCE_COLOR: '1' } },
    { on: false, when: 'with FORCE_COLOR=0', isTTY: true, env: { FORCE_COLOR: '0' } },
    { on: false, when: 'with both', isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } },
  ])('is $on $when', ({ on, isTTY, env }) => {
    expect(wantsColour({ isTTY }, env)).toBe(on);
  });

  it('of a handler is kept only where colours are wanted', () => {
    const red = call.log('\u001B[31mred\u001B[39m\u001B[1A');
    expect(new ConsoleLines({ level: 'info', colours: colours(true) }).lines(at(0, red))[0]).toContain(
      '\u001B[31mred\u001B[39m',
    );
    expect(linesOf('info', red)[0]).toBe('              process-orders c9b1f2d4 │ red');
  });
});

function linesOf(level: LogLevel, ...events: readonly JournalEvent[]): readonly string[] {
  const lines = new ConsoleLines({ level, colours: colours(false) });
  return events.flatMap((event) => lines.lines(at(0, event)));
}

function endOf(index: number): JournalEntry {
  return at(0, { ...call.succeeded, batch: `b-${index}`, invocation: `i-${index}` });
}
