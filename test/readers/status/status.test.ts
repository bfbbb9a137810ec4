import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import type { JournalEvent } from '../../../src/journal/events.js';
import { StatusBoard, type MappingStatus } from '../../../src/readers/status/status.js';
import { renderStatus } from '../../../src/readers/console/status-table.js';
import { at, boom, callOf, discarded, filtered, orders } from '../sample-entries.js';

const a = callOf({ records: ['r-1', 'r-2', 'r-3'] });
const again = callOf({ records: ['r-2'], invocation: 'call-2', batch: 'b-2', attempt: 2 });

describe('the status of a mapping', () => {
  it.each<{ readonly after: string; readonly events: readonly JournalEvent[]; readonly is: Partial<MappingStatus> }>([
    {
      after: 'nothing',
      events: [],
      is: { state: 'starting', reason: 'not polled yet', received: 0, unhandled: 0, inFlight: 0 },
    },
    { after: 'a receive', events: [a.received], is: { received: 3, lastActivity: '2026-01-31T12:00:00.000Z' } },
    { after: 'an invocation began', events: [a.received, a.batched, a.invoked], is: { inFlight: 1, invocations: 1 } },
    { after: 'it succeeded', events: [a.invoked, a.succeeded], is: { inFlight: 0, handled: 0, failed: 0 } },
    {
      after: 'its records were deleted',
      events: [a.invoked, a.succeeded, a.settled],
      is: { handled: 3, unhandled: 0 },
    },
    {
      after: 'it failed',
      events: [a.invoked, a.failed],
      is: { failed: 3, unhandled: 3, lastError: 'TypeError: boom (handlers/orders.ts:12)' },
    },
    {
      after: 'it failed twice',
      events: [a.invoked, a.failed, a.invoked, a.failed],
      is: { failed: 6, unhandled: 3, invocations: 2 },
    },
    { after: 'it failed in part', events: [a.invoked, a.partiallyFailed('r-2')], is: { failed: 1, unhandled: 1 } },
    {
      after: 'what failed was handled later',
      events: [a.invoked, a.partiallyFailed('r-2'), again.invoked, again.succeeded, again.settled],
      is: { failed: 1, unhandled: 0, handled: 1 },
    },
    {
      after: 'what failed was given up',
      events: [a.invoked, a.partiallyFailed('r-2'), discarded('r-2')],
      is: { discarded: 1, unhandled: 0 },
    },
    { after: 'a throttled call', events: [a.throttled], is: { throttled: 1, invocations: 0, unhandled: 0 } },
    {
      after: 'filtering',
      events: [
        a.received,
        filtered('r-1'),
        filtered('r-2'),
        { ...a.settled, records: ['r-1', 'r-2'], because: 'filtered' },
      ],
      is: { filtered: 2, handled: 0 },
    },
    {
      after: 'a change of state',
      events: [
        {
          type: 'state-changed',
          mapping: orders,
          state: 'waiting',
          because: 'no such queue',
          nextTryAt: '2026-01-31T12:00:02.000Z',
        },
      ],
      is: { state: 'waiting', reason: 'no such queue', nextTryAt: '2026-01-31T12:00:02.000Z' },
    },
    {
      after: 'its function failed to load, before any message',
      events: [{ type: 'function-state', function: 'process-orders', state: 'failed', because: '', error: boom }],
      is: {
        functionProblem: 'function process-orders does not load: TypeError: boom (handlers/orders.ts:12)',
        received: 0,
      },
    },
  ])('after $after', ({ events, is }) => {
    expect(boardAfter(...events).mappings()).toEqual([expect.objectContaining(is)]);
  });

  it('is free of the problem of its function once that loads', () => {
    const board = boardAfter(
      { type: 'function-state', function: 'process-orders', state: 'failed', because: '', error: boom },
      { type: 'function-state', function: 'process-orders', state: 'reloaded', because: 'handlers/orders.ts changed' },
    );
    expect(board.mappings()[0]).not.toHaveProperty('functionProblem');
    expect(board.functions()).toEqual([
      { name: 'process-orders', state: 'reloaded', reason: 'handlers/orders.ts changed' },
    ]);
  });

  it('counts failed records beyond any bound without keeping their ids', () => {
    const records = Array.from({ length: 60_000 }, (_, index) => `r-${index}`);
    const [one, two] = [callOf({ records }), callOf({ records: records.map((record) => `${record}x`) })];
    const board = boardAfter(one.failed, two.failed, one.succeeded);
    expect(board.mappings()[0]).toMatchObject({ failed: 120_000, unhandled: 60_000 });
  });

  it('exists for mappings that come and go while it runs', () => {
    const board = boardAfter({ ...a.received, mapping: { uuid: 'late', name: 'late' } });
    expect(board.mappings().map(({ name }) => name)).toEqual(['orders', 'late']);
    const deleted = {
      mapping: { uuid: 'late', name: 'late' },
      state: 'Deleted',
      because: 'deleted over the API',
    } as const;
    board.read(at(0, { type: 'mapping-changed', ...deleted }));
    expect(board.mappings().map(({ name }) => name)).toEqual(['orders']);
  });

  it('keeps what was counted when a mapping calls another function', () => {
    const board = boardAfter(a.received);
    const [before] = board.mappings();
    board.add({ uuid: before?.uuid ?? '', name: 'orders', kind: 'queue', source: 'arn', function: 'other' });
    expect(board.mappings()).toMatchObject([{ function: 'other', received: before?.received }]);
  });

  it('says in what a mapping differs from the file, until it does not any more', () => {
    const changed = {
      type: 'mapping-changed',
      mapping: a.received.mapping,
      state: 'Updating',
      because: 'changed',
    } as const;
    const board = boardAfter({ ...changed, differs: ['BatchSize'] });
    expect(board.mappings()).toMatchObject([{ differs: ['BatchSize'] }]);
    board.read(at(0, changed));
    expect(board.mappings()[0]).not.toHaveProperty('differs');
  });

  it('has a version that moves only when something changed', () => {
    const board = boardAfter();
    const { version } = board;
    board.read(at(0, a.log('chatter')));
    expect(board.version).toBe(version);
    board.read(at(0, a.received));
    expect(board.version).toBeGreaterThan(version);
  });
});

describe('the status table', () => {
  const waiting: JournalEvent = {
    type: 'state-changed',
    mapping: orders,
    state: 'waiting',
    because: 'queue orders does not exist',
    nextTryAt: '2026-01-31T12:00:02.000Z',
  };

  it('puts the reasons under the counters where there is little room', () => {
    const rows = boardAfter(waiting, a.received, a.invoked, a.failed, a.throttled).mappings();
    expect(renderStatus(rows, { width: 80, colours: colours(false) })).toBe(
      `
mapping                  state     run  received  handled  failed
orders → process-orders  waiting     0         3        0       3
  queue orders does not exist (next try at 12:00:02.000Z) · 3 unhandled · 1
  throttled · last error: TypeError: boom (handlers/orders.ts:12)`.trimStart(),
    );
  });

  it('puts them beside where there is room', () => {
    const rows = boardAfter(waiting).mappings();
    expect(renderStatus(rows, { width: 120, colours: colours(false) })).toBe(
      `
mapping                  state     run  received  handled  failed  why, and what else
orders → process-orders  waiting     0         0        0       0  queue orders does not exist (next try at
                                                                   12:00:02.000Z)`.trimStart(),
    );
  });

  it.each([50, 60, 80, 100, 110, 120, 200])(
    'is never wider than %i columns, however long names and reasons are',
    (width) => {
      const long = { uuid: 'u', name: 'a-queue-with-a-very-long-name-indeed-and-then-some-more.fifo' };
      const board = new StatusBoard([
        { ...long, kind: 'queue', source: 'arn', function: 'a-function-with-a-long-name:live' },
      ]);
      const many = at(0, callOf({ mapping: long, records: Array.from({ length: 10_000 }, () => 'r') }).received);
      for (let round = 0; round < 999; round++) board.read(many);
      board.read(
        at(0, {
          type: 'state-changed',
          mapping: long,
          state: 'refused',
          because: `${'x'.repeat(300)} ${'word '.repeat(60)}`,
        }),
      );
      for (const line of renderStatus(board.mappings(), { width, colours: colours(false) }).split('\n')) {
        expect(line.length).toBeLessThanOrEqual(width);
      }
    },
  );

  it('keeps to the lines it is given: those in trouble first, the rest summed up', () => {
    const mappings = Array.from({ length: 20 }, (_, index) => ({
      uuid: `u-${index}`,
      name: `m-${index}`,
      kind: 'queue' as const,
      source: 's',
      function: 'f',
    }));
    const board = new StatusBoard(mappings);
    board.read(at(0, { ...waiting, mapping: { uuid: 'u-17', name: 'm-17' } }));
    const lines = renderStatus(board.mappings(), { width: 80, colours: colours(false), maxLines: 10 }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines[1]).toContain('m-17');
    expect(lines.at(-1)).toBe('… and 16 more; none of them in trouble');
  });
});

function boardAfter(...events: readonly JournalEvent[]): StatusBoard {
  const board = new StatusBoard([
    { ...orders, kind: 'queue', source: 'arn:aws:sqs:us-east-1:000000000000:orders', function: 'process-orders' },
  ]);
  for (const event of events) board.read(at(0, event));
  return board;
}
