import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import type { JournalEvent } from '../../../src/journal/events.js';
import { ReportCollector } from '../../../src/readers/status/report.js';
import { StatusBoard, type MappingStatus } from '../../../src/readers/status/status.js';
import { renderStatus } from '../../../src/readers/console/status-table.js';
import { second, streamWorld, type StreamWorldOptions } from '../../delivery/stream/stream-world.js';
import { at, callOf, discarded, orders } from '../sample-entries.js';
import { clicks, clicksAfter, failures, partitionIs, shard, streamCallOf } from '../stream-entries.js';

const a = streamCallOf({ records: ['1', '2', '3', '4'] });
const rest = streamCallOf({ records: ['2', '3', '4'], batch: 'b-2' });

describe('the status of a stream mapping', () => {
  it.each<{ readonly after: string; readonly events: readonly JournalEvent[]; readonly is: Partial<MappingStatus> }>([
    {
      after: 'nothing',
      events: [],
      is: { lastProcessingResult: 'No records processed', partitions: [], unhandled: 0 },
    },
    {
      after: 'a batch succeeded',
      events: [a.received, a.invoked, a.succeeded],
      is: { handled: 4, unhandled: 0, lastProcessingResult: 'OK', iteratorAgeMs: 40 },
    },
    {
      after: 'its checkpoint moved as well',
      events: [a.invoked, a.succeeded, a.checkpointed],
      is: { handled: 4 },
    },
    {
      after: 'a batch failed',
      events: [a.invoked, a.failed],
      is: { handled: 0, failed: 4, unhandled: 4, lastProcessingResult: 'PROBLEM: Function call failed' },
    },
    {
      after: 'a batch failed and succeeded later',
      events: [a.invoked, a.failed, a.retry, a.invoked, a.succeeded],
      is: { handled: 4, failed: 4, unhandled: 0, lastProcessingResult: 'OK' },
    },
    {
      after: 'the handler reported records, in whatever order',
      events: [a.invoked, a.partiallyFailed('4', '2')],
      is: { handled: 1, failed: 2, unhandled: 2, lastProcessingResult: 'OK' },
    },
    {
      after: 'what the handler reported was handled later',
      events: [a.invoked, a.partiallyFailed('2', '4'), rest.invoked, rest.succeeded],
      is: { handled: 4, failed: 2, unhandled: 0 },
    },
    {
      after: 'what comes behind a reported record had failed before',
      events: [a.invoked, a.failed, a.invoked, a.partiallyFailed('2')],
      is: { handled: 1, unhandled: 3 },
    },
    {
      after: 'a batch was given up',
      events: [a.invoked, a.failed, ...['1', '2', '3', '4'].map((record) => a.discarded(record, failures))],
      is: { discarded: 4, unhandled: 0, handled: 0 },
    },
    {
      after: 'a record was too old, which is told twice',
      events: [a.expired('1'), a.discarded('1')],
      is: { discarded: 1, unhandled: 0 },
    },
    {
      after: 'another process took the shard',
      events: [a.invoked, a.failed, partitionIs('given-up', 'another process works on it now')],
      is: { failed: 4, unhandled: 0 },
    },
    {
      after: 'the same number failed in two shards, and succeeded in one',
      events: [
        a.failed,
        streamCallOf({ records: ['1', '2', '3', '4'], partition: 'shardId-000000000001', batch: 'b-7' }).failed,
        a.succeeded,
      ],
      is: { failed: 8, unhandled: 4 },
    },
    {
      after: 'the last call of a window failed',
      events: [streamCallOf({ records: [] }).failed],
      is: { failed: 0, unhandled: 0, lastProcessingResult: 'PROBLEM: Function call failed' },
    },
  ])('after $after', ({ events, is }) => {
    expect(clicksAfter(...events)).toMatchObject(is);
  });

  it('forgets no failed record, however many there are, and ends at none', () => {
    const records = Array.from({ length: 150_000 }, (_, index) => String(index));
    const big = streamCallOf({ records });
    expect(clicksAfter(big.failed).unhandled).toBe(150_000);
    expect(clicksAfter(big.failed, big.succeeded).unhandled).toBe(0);
  });

  it('has nothing of streams where it is a queue', () => {
    const board = new StatusBoard([{ ...orders, kind: 'queue', source: 'arn', function: 'process-orders' }]);
    const call = callOf({ records: ['r-1'] });
    for (const event of [call.received, call.invoked, call.succeeded, call.settled]) board.read(at(0, event));
    const [row] = board.mappings();
    expect(Object.keys(row ?? {})).not.toContain('lastProcessingResult');
    expect(Object.keys(row ?? {})).not.toContain('partitions');
  });
});

describe('the counters of AWS', () => {
  it('of a stream', () => {
    const { metrics } = clicksAfter(
      streamCallOf({ records: ['0', '1', '2', '3', '4', '5'] }).received,
      a.filtered('0'),
      a.invoked,
      a.partiallyFailed('2'),
      rest.invoked,
      rest.failed,
      { ...rest.delivered, records: ['2'] },
      rest.discarded('2', failures),
      rest.dropped,
      rest.discarded('3'),
      rest.discarded('4'),
    );
    expect(metrics).toEqual({
      PolledEventCount: 6,
      FilteredOutEventCount: 1,
      InvokedEventCount: 7,
      FailedInvokeEventCount: 4,
      DroppedEventCount: 2,
      OnFailureDestinationDeliveredEventCount: 1,
    });
  });

  it('of a queue', () => {
    const board = new StatusBoard([{ ...orders, kind: 'queue', source: 'arn', function: 'process-orders' }]);
    const call = callOf({ records: ['r-1', 'r-2'] });
    const once = callOf({ records: ['r-1'] });
    for (const event of [
      call.received,
      call.invoked,
      call.partiallyFailed('r-2'),
      once.settled,
      discarded('r-2', 'orders-dlq'),
      { ...once.settled, records: ['r-9'], because: 'filtered' as const },
    ])
      board.read(at(0, event));
    expect(board.mappings()[0]?.metrics).toEqual({
      PolledEventCount: 2,
      FilteredOutEventCount: 0,
      InvokedEventCount: 2,
      FailedInvokeEventCount: 1,
      DeletedEventCount: 1,
    });
  });
});

describe('the partitions of a mapping', () => {
  const started = partitionIs('started', 'from its oldest record');

  it('are in a state with a reason each', () => {
    const { partitions } = clicksAfter(started, partitionIs('waiting', 'no answer', 'shardId-000000000001'));
    expect(partitions).toEqual([
      { partition: shard, state: 'started', reason: 'from its oldest record' },
      { partition: 'shardId-000000000001', state: 'waiting', reason: 'no answer' },
    ]);
  });

  it.each<[string, readonly JournalEvent[], boolean]>([
    ['waits for a retry', [], true],
    ['is being tried again', [a.invoked], false],
    ['was given up', [a.discarded('1')], false],
    ['is another process’s now', [partitionIs('given-up', 'another process works on it now')], false],
    ['waits for a retry of another lane of the shard', [streamCallOf({ records: ['9'], batch: 'b-8' }).invoked], true],
  ])('are held up while a batch %s', (_, events, held) => {
    const [partition] = clicksAfter(started, a.invoked, a.failed, a.retry, ...events).partitions ?? [];
    const heldUp = { until: '2026-01-31T12:00:31.000Z', because: 'TypeError: boom' };
    expect(partition?.heldUp).toEqual(held ? heldUp : undefined);
  });

  it('go on with what is known of lost records', () => {
    const lost = partitionIs('trimmed', 'records before 7 are gone');
    expect(clicksAfter(started, lost, started).partitions).toEqual([
      { partition: shard, state: 'started', reason: 'from its oldest record', trimmed: 'records before 7 are gone' },
    ]);
    expect(clicksAfter(lost).partitions).toMatchObject([{ state: 'trimmed', trimmed: 'records before 7 are gone' }]);
  });

  it('are forgotten when they have been finished for long', () => {
    const names = Array.from({ length: 1_200 }, (_, index) => `shardId-${String(index).padStart(12, '0')}`);
    const { partitions = [] } = clicksAfter(
      started,
      ...names.slice(1).map((partition) => partitionIs('finished', 'it was closed', partition)),
    );
    expect(partitions).toHaveLength(1_001);
    expect(partitions[0]?.partition).toBe(shard);
    expect(partitions.at(-1)?.partition).toBe(names.at(-1));
  });

  it('give the status table its reasons, a few of them', () => {
    const others = [1, 2, 3].map((index) => partitionIs('waiting', 'no answer', `shardId-00000000000${index}`));
    const held = [started, a.invoked, a.failed, a.retry];
    expect(table(...held)).toContain('shard #0 waits until 12:00:31.000Z: TypeError: boom ·');
    expect(table(...held, ...others)).toMatch(/shard #0 waits .* · shard #1 waiting: no answer · 2 more about shards/);
    expect(table(started, partitionIs('trimmed', '3 are gone'))).toContain('shard #0 has lost records: 3 are gone');
    expect(table(a.discarded('1'))).toContain('1 dropped ·');
    expect(table(a.discarded('1', failures))).not.toContain('dropped');
  });
});

describe('what the engine for streams writes', () => {
  const settings: readonly [string, StreamWorldOptions][] = [
    ['a split', { bisects: true, maxRetries: 1, destination: 'told' }],
    ['partial responses', { reportsItemFailures: true, maxRetries: 1, destination: 'told' }],
    ['an age limit', { maxAgeMs: 60 * second, destination: 'fails', lanes: 2 }],
    ['nobody to tell', { maxRetries: 1, bisects: true, reportsItemFailures: true }],
  ];

  it.each(settings)('adds up with %s', async (_, options) => {
    const world = streamWorld(options);
    world.worker.reply = (bodies) => {
      if (!bodies.includes('m5')) return 'ok';
      return options.reportsItemFailures === true
        ? { response: { batchItemFailures: [{ itemIdentifier: '5' }] } }
        : 'throw';
    };
    const board = new StatusBoard([
      {
        uuid: '00000000-0000-4000-8000-000000000002',
        name: 'clicks',
        kind: 'stream',
        source: 'arn',
        function: 'worker',
      },
    ]);
    const report = new ReportCollector(board);
    world.stream.write(Array.from({ length: 8 }, (__, index) => `m${index + 1}`));
    await world.start();
    await world.clock.advance(120 * second);
    for (const entry of world.entries) {
      board.read(entry);
      report.read(entry);
    }
    const [row] = board.mappings();
    expect(row).toMatchObject({ received: 8, unhandled: 0, inFlight: 0, partitions: [{ state: 'started' }] });
    expect((row?.handled ?? 0) + (row?.discarded ?? 0)).toBe(8);
    expect(row?.discarded).toBeGreaterThan(0);
    expect(row?.partitions?.[0]).not.toHaveProperty('heldUp');
    const lost = options.destination === 'told' ? 0 : row?.discarded;
    expect(row?.metrics.DroppedEventCount).toBe(lost);
    expect(report.report().discarded).toHaveLength(row?.discarded ?? -1);
    const condition = options.maxAgeMs === undefined ? 'RetryAttemptsExhausted' : 'RecordAgeExceeded';
    expect(report.report().discarded.map((record) => record.condition)).toEqual(
      Array.from({ length: row?.discarded ?? 0 }, () => condition),
    );
  });
});

describe('the report of a stream', () => {
  it('has shard, condition and destination of every discarded record', () => {
    const board = new StatusBoard([{ ...clicks, kind: 'stream', source: 'arn', function: 'count-clicks' }]);
    const collector = new ReportCollector(board);
    const tooOld = { ...a.discarded('1', failures), condition: 'RecordAgeExceeded' } as const;
    for (const event of [tooOld, a.discarded('2')]) collector.read(at(5, event));
    const shared = {
      mapping: 'clicks',
      partition: shard,
      because: a.discarded('1').because,
      at: '2026-01-31T12:00:00.005Z',
    };
    expect(collector.report().discarded).toEqual([
      { ...shared, record: '1', condition: 'RecordAgeExceeded', destination: failures },
      { ...shared, record: '2', condition: 'RetryAttemptsExhausted' },
    ]);
  });
});

/** The status table in one line. */
function table(...events: readonly JournalEvent[]): string {
  return renderStatus([clicksAfter(...events)], { width: 80, colours: colours(false) }).replaceAll(/\s+/g, ' ');
}
