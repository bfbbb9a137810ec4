import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../src/journal/events.js';
import { colours } from '../../../src/readers/console/colours.js';
import { renderProgress } from '../../../src/readers/console/progress-table.js';
import { isProgress, progressOf, type MappingProgress } from '../../../src/readers/status/progress.js';
import { StatusBoard } from '../../../src/readers/status/status.js';
import { at, orders } from '../sample-entries.js';
import { clicks, partitionIs, shard, streamCallOf } from '../stream-entries.js';

const a = streamCallOf({ records: ['1', '2', '3'] });
const later = streamCallOf({ records: ['4', '5'], batch: 'b-2' });
const started = partitionIs('started', 'from its oldest record');
const nothing = { committed: null, handled: null };
const elsewhere = partitionIs('given-up', 'another process works on it now');

describe('the progress of a partition', () => {
  it.each<[string, readonly JournalEvent[], object]>([
    ['is not known at first', [], { committed: null, handled: null }],
    ['is not changed by a call', [a.invoked], { handled: null }],
    ['is not changed by a failure', [a.invoked, a.failed], { handled: null }],
    ['is the newest record of the batch that was handled', [a.invoked, a.succeeded], { handled: '3', committed: null }],
    ['is the last record before one that was reported', [a.partiallyFailed('3')], { handled: '2' }],
    ['is nothing when the first was reported', [a.partiallyFailed('1')], { handled: null }],
    [
      'is the position that was stored',
      [a.succeeded, a.checkpointed, later.succeeded],
      { handled: '5', committed: '3' },
    ],
    [
      'stays while the partition waits',
      [a.succeeded, a.checkpointed, partitionIs('waiting', 'no answer'), started],
      { handled: '3', committed: '3' },
    ],
    ['stays when it is finished', [a.checkpointed, partitionIs('finished', 'it was closed')], { committed: '3' }],
    ['is not known of what others do', [a.succeeded, a.checkpointed, elsewhere], { committed: null, handled: null }],
    ['begins anew when it is started again, as after a rewind', [a.succeeded, a.checkpointed, started], nothing],
    [
      'begins anew also when it was finished',
      [a.checkpointed, partitionIs('finished', 'it was closed'), started],
      nothing,
    ],
    [
      'begins anew when it comes back',
      [a.succeeded, a.checkpointed, elsewhere, started],
      { committed: null, handled: null },
    ],
  ])('%s', (_, events, is) => {
    expect(progressAfter(started, ...events).partitions).toEqual([
      expect.objectContaining({ partition: shard, end: null, lag: null, ...is }),
    ]);
  });

  it.each<[string, readonly JournalEvent[], string | null, string | null]>([
    ['is read', [], 'this', null],
    ['waits', [partitionIs('waiting', 'no answer')], 'this', 'waiting: no answer'],
    ['is held up', [a.invoked, a.failed, a.retry], 'this', 'waits until 12:00:31.000Z: TypeError: boom'],
    ['is finished', [partitionIs('finished', 'it was closed')], null, 'finished: it was closed'],
    ['is worked on by another process', [elsewhere], null, 'given-up: another process works on it now'],
    ['is gone', [elsewhere, partitionIs('trimmed', 'it is gone')], null, 'trimmed: it is gone'],
  ])('has owner and reason when it %s', (_, events, owner, reason) => {
    expect(progressAfter(started, ...events).partitions).toMatchObject([{ owner, reason }]);
  });
});

describe('the table of millrace status', () => {
  const queue: MappingProgress = { ...orders, state: 'waiting', reason: 'no such queue', partitions: [] };

  it('has a line for each mapping, and for each shard of this process; the others are summed up', () => {
    const others = [1, 2].map((index) => partitionIs('finished', 'it was closed', `shardId-00000000000${index}`));
    const stream = progressAfter(started, ...others, a.succeeded, a.checkpointed, later.succeeded, later.retry);
    expect(table([queue, stream], 120)).toBe(
      `
mapping  state     shard   handled  committed  why
orders   waiting                               no such queue
clicks   starting                              not polled yet
                   #0      5        3          waits until 12:00:31.000Z: TypeError: boom
                   2 more                      not worked on here (finished: it was closed)`.trimStart(),
    );
  });

  it('has no columns of shards where there are only queues', () => {
    expect(table([queue], 120)).toBe(`mapping  state    why\norders   waiting  no such queue`);
  });

  it('breaks long reasons into lines', () => {
    const reason = 'the endpoint does not answer and nobody knows when it will';
    const lines = table([{ ...queue, reason }], 60).split('\n');
    expect(lines).toEqual([
      'mapping  state    why',
      'orders   waiting  the endpoint does not answer and nobody',
      '                  knows when it will',
    ]);
  });

  it('prints nothing that takes over the terminal', () => {
    expect(table([{ ...queue, reason: 'gone \u001B[2Jfor good' }], 120)).toContain('gone for good');
  });
});

function progressAfter(...events: readonly JournalEvent[]): MappingProgress {
  const board = new StatusBoard([{ ...clicks, kind: 'stream', source: 'arn', function: 'count-clicks' }]);
  for (const event of events) board.read(at(0, event));
  const [progress] = progressOf(board.mappings(), 'this');
  if (progress === undefined) throw new Error('the board has lost its mapping');
  return progress;
}

function table(mappings: readonly MappingProgress[], width: number): string {
  return renderProgress(mappings, { width, colours: colours(false) });
}

describe('an answer to millrace status', () => {
  const mapping = { name: 'orders', uuid: 'u', state: 'polling', reason: '', partitions: [{ partition: 'p' }] };
  it.each([
    ['of a millrace', [mapping], true],
    ['of one without mappings', [], true],
    ['that is no list', mapping, false],
    ['with a null', [null], false],
    ['with a name that is no text', [{ ...mapping, name: 5 }], false],
    ['with partitions that are no list', [{ ...mapping, partitions: 'x' }], false],
    ['with a partition without a name', [{ ...mapping, partitions: [{}] }], false],
  ])('%s is taken for one: that is so, or not', (_, answer, expected) => {
    expect(isProgress(answer)).toBe(expected);
  });
});
