import { readdir, readlink, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/events.js';
import { readJournal, readJournals } from '../../src/journal/read-files.js';
import { parseEntry } from '../../src/journal/stored-entry.js';
import { isoTime } from '../../src/platform/clock.js';
import { at, callOf, collected, discarded, filtered, noon, orders } from '../readers/sample-entries.js';
import { failures, halfMinute, partitionIs, streamCallOf } from '../readers/stream-entries.js';
import { whole } from '../readers/spanning-batches.js';
import { temporaryFolder } from './temporary-folder.js';

const line = (entry: object): string => `${JSON.stringify(entry)}\n`;
const stream = streamCallOf({ records: ['1', '2'] });
const windowed = streamCallOf({ records: ['1', '2'], window: halfMinute });
const notice = (because: string): JournalEntry => at(0, { type: 'notice', level: 'info', because });

describe('reading a journal folder', () => {
  it('goes from the oldest file to the newest, beyond nine of them', async () => {
    const folder = await temporaryFolder();
    for (const age of [11, 10, 9, 2, 1]) {
      await writeFile(path.join(folder, `journal.${age}.jsonl`), line(notice(String(age))));
    }
    await writeFile(path.join(folder, 'journal.jsonl'), line(notice('0')));
    await writeFile(path.join(folder, 'other.jsonl'), line(notice('none of ours')));
    expect(await reasons(folder)).toEqual(['11', '10', '9', '2', '1', '0']);
  });

  it('finds nothing where there is no journal', async () => {
    expect(await reasons(path.join(await temporaryFolder(), 'nowhere'))).toEqual([]);
  });

  it('passes over a torn last line, wherever a kill tore it', async () => {
    const whole = line(notice('whole'));
    const torn = line(notice('torn ✂ off'));
    const folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: Buffer.byteLength(torn) - 2 }), async (length) => {
        const bytes = Buffer.concat([Buffer.from(whole), Buffer.from(torn).subarray(0, length)]);
        await writeFile(path.join(folder, 'journal.jsonl'), bytes);
        expect(await reasons(folder)).toEqual(['whole']);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['a type of the future', { ...notice('x'), type: 'teleported' }],
    ['a version of the future', { ...notice('x'), v: 3 }],
    ['no type', { v: 2, at: 'now' }],
    ['a property every object has as its type', { ...notice('x'), type: 'toString' }],
    ['no records where its type has some', { v: 2, at: 'now', type: 'received', mapping: orders }],
    ['records that are no texts', { v: 2, at: 'now', type: 'received', mapping: orders, records: [1] }],
    ['a shard that is no text', { v: 2, at: 'now', type: 'received', mapping: orders, partition: 7, records: [] }],
    ['a split without its parts', { ...at(0, stream.bisected(['b-2', 1], ['b-3', 1])), into: [{ batch: 'b-2' }] }],
    ['a checkpoint without its shard', { ...at(0, stream.checkpointed), partition: undefined }],
    ['a window without its end', { ...at(0, windowed.invoked), window: { start: 'now' } }],
    ['a batch of neither one partition nor several', { ...at(0, stream.succeeded), records: undefined }],
    ['a batch of one partition and of several', { ...at(0, whole.succeeded), partition: 'orders-0', records: [] }],
    ['a share without its partition', { ...at(0, whole.succeeded), partitions: [{ records: ['1'] }] }],
    ['a share without records', { ...at(0, whole.succeeded), partitions: [{ partition: 'orders-0' }] }],
    ['shares that are no list', { ...at(0, whole.succeeded), partitions: {} }],
    ['shares where its type has none', { ...at(0, stream.received), partitions: whole.batched.partitions }],
    ['a lane that is no number', { ...at(0, stream.succeeded), lane: 'shardId-000000000000' }],
    ['a group that is no text', { ...at(0, stream.succeeded), group: 7 }],
    ['a mapping without a name', { v: 2, at: 'now', type: 'received', mapping: { uuid: 'x' }, records: [] }],
  ])('passes over a line with %s', async (_, odd) => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'journal.jsonl'), `${line(odd)}null\n7\n\n${line(notice('fine'))}`);
    expect(await reasons(folder)).toEqual(['fine']);
  });

  it('parses only lines that are wanted', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'journal.jsonl'), ['a', 'b', 'ab'].map((text) => line(notice(text))).join(''));
    expect((await collected(readJournal(folder, { wanted: (text) => text.includes('"b"') }))).map(reasonOf)).toEqual([
      'b',
    ]);
  });

  it('reads lines that are longer than the blocks it reads', async () => {
    const folder = await temporaryFolder();
    const long = '✔'.repeat(1_500_000);
    await writeFile(path.join(folder, 'journal.jsonl'), line(notice('a')) + line(notice(long)) + line(notice('z')));
    expect(await reasons(folder)).toEqual(['a', long, 'z']);
  });

  it('shows entries once when the files are rotated while it begins', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'journal.jsonl'), line(notice('first')));
    const entries = readJournal(folder);
    expect((await entries.next()).value).toEqual(notice('first'));
    await rename(path.join(folder, 'journal.jsonl'), path.join(folder, 'journal.1.jsonl'));
    await writeFile(path.join(folder, 'journal.jsonl'), line(notice('second')));
    expect((await entries.next()).done).toBe(true);
    expect(await reasons(folder)).toEqual(['first', 'second']);
  });
});

describe('reading several journal folders', () => {
  it('goes by the times of the entries, and keeps each journal in its order', async () => {
    const folders = [
      await folderOf(said(0, 'a'), said(5, 'd'), said(4, 'e')),
      await folderOf(said(1, 'b'), said(2, 'c'), said(9, 'f')),
      await temporaryFolder(),
    ];
    expect((await collected(readJournals(folders))).map(reasonOf).join('')).toBe('abcdef');
  });

  it('asks what is wanted when the entries before have been seen', async () => {
    const folders = [await folderOf(said(0, 'a'), said(3, 'c')), await folderOf(said(1, 'b'))];
    const seen: string[] = [];
    const seenWhenAsked: string[] = [];
    const wanted = (text: string): boolean => {
      if (text.includes('"c"')) seenWhenAsked.push(...seen);
      return true;
    };
    for await (const entry of readJournals(folders, { wanted })) seen.push(reasonOf(entry));
    expect(seenWhenAsked).toEqual(['a']);
  });

  it.runIf(process.platform === 'linux')('closes its files when nobody reads on', async () => {
    const folders = [await folderOf(said(0, 'a'), said(3, 'c')), await folderOf(said(1, 'b'))];
    const entries = readJournals(folders);
    expect((await entries.next()).value).toMatchObject({ because: 'a' });
    expect(await openIn(folders)).toBe(2);
    await entries.return(undefined);
    expect(await openIn(folders)).toBe(0);
  });
});

function said(afterMs: number, because: string): string {
  return line({ ...notice(because), at: isoTime(noon + afterMs) });
}

async function folderOf(...lines: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, 'journal.jsonl'), lines.join(''));
  return folder;
}

/** How many files of these folders this process has open. */
async function openIn(folders: readonly string[]): Promise<number> {
  const own = '/proc/self/fd';
  const files = await Promise.all((await readdir(own)).map((fd) => readlink(path.join(own, fd)).catch(() => '')));
  return files.filter((file) => folders.some((folder) => file.startsWith(folder))).length;
}

describe('every type of entry', () => {
  const { log, partiallyFailed, ...steps } = callOf({ records: ['r-1', 'r-2'] });
  const { partiallyFailed: spanningInPart, bisected: spanningBisected, ...spanning } = whole;
  const events = [
    ...Object.values(steps),
    log('hello'),
    partiallyFailed('r-2'),
    discarded('r-1', 'orders-dlq'),
    filtered('r-1'),
    stream.bisected(['b-2', 1], ['b-3', 1]),
    ...Object.values(spanning),
    spanningInPart('orders-0@41'),
    spanningBisected(['b-2', 3], ['b-3', 3]),
    { ...stream.succeeded, lane: 3 },
    { ...steps.batched, group: 'truck-7' },
    discarded('r-1'),
    stream.expired('1'),
    stream.delivered,
    stream.undelivered,
    stream.discarded('1', failures),
    stream.checkpointed,
    windowed.invoked,
    { ...stream.received, eventIds: ['c4ca4238', 'c81e728d'] },
    partitionIs('trimmed', 'records before 7 are gone'),
    { type: 'settle-failed', mapping: orders, records: ['r-1'], because: 'the receipt handle is too old' },
    { type: 'state-changed', mapping: orders, state: 'polling', because: 'the queue is there' },
    { type: 'function-state', function: 'process-orders', state: 'ready', because: 'loaded in 80 ms' },
    { type: 'notice', level: 'warn', because: 'KMSKeyArn has no local meaning' },
  ] as const;

  it.each(events.map((event) => [event.type, at(7, event)] as const))(
    'survives its way through a file: %s',
    (_, entry) => {
      const text = JSON.stringify(entry);
      expect(text).not.toContain('payload');
      expect(parseEntry(text)).toEqual(JSON.parse(text));
    },
  );
});

const reasonOf = (entry: object): string => ('because' in entry ? String(entry.because) : '');
const reasons = async (folder: string): Promise<readonly string[]> =>
  (await collected(readJournal(folder))).map(reasonOf);
