import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Payload, type JournalEntry } from '../../src/journal/events.js';
import { JournalFileWriter, type JournalFileOptions } from '../../src/journal/file-writer.js';
import { readJournal } from '../../src/journal/read-files.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { at, callOf, collected, readAll } from '../readers/sample-entries.js';
import { temporaryFolder } from './temporary-folder.js';

const KiB = 1_024;

describe('the journal in files', () => {
  it('has one JSON object a line, without payloads', async () => {
    const { writer, folder } = await world();
    const { invoked, settled } = callOf({ records: ['r-1'], event: { secret: 'body' } });
    readAll(writer.read, [at(0, invoked), at(5, settled)]);
    await writer.close();
    const lines = (await readFile(path.join(folder, 'journal.jsonl'), 'utf8')).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('');
    const { payload: _, ...stored } = at(0, invoked) as JournalEntry & { payload: Payload };
    expect(JSON.parse(lines[0] ?? '')).toEqual(stored);
    expect(JSON.parse(lines[1] ?? '')).toEqual(at(5, settled));
  });

  it('gets many entries in one write, 20 ms after the first of them', async () => {
    const { writer, folder, clock } = await world();
    await writer.flush();
    readAll(writer.read, notices(50));
    await clock.advance(19);
    expect(await linesIn(folder)).toBe(0);
    await clock.advance(1);
    await writer.flush();
    expect(await linesIn(folder)).toBe(50);
    expect(clock.pending).toBe(0);
    await writer.close();
  });

  it('loses nothing and keeps the order across rotations, for entries of any size and text', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { minLength: 1, maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 0, max: 60 }), async (messages, flushEvery) => {
        const { writer, folder } = await world({ fileBytes: 8 * KiB, files: 40 });
        for (const [index, message] of messages.entries()) {
          writer.read(notice(message));
          if (flushEvery > 0 && index % flushEvery === 0) await writer.flush();
        }
        await writer.close();
        expect((await stored(folder)).map((entry) => ('because' in entry ? entry.because : ''))).toEqual(messages);
        await rm(folder, { recursive: true });
      }),
      { numRuns: 15 },
    );
  });

  it('never takes more than fileBytes * files, and drops the oldest entries first', async () => {
    const { writer, folder } = await world({ fileBytes: 8 * KiB, files: 3 });
    for (let round = 0; round < 40; round++) {
      readAll(writer.read, notices(20, round * 20));
      await writer.flush();
    }
    await writer.close();
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['journal.1.jsonl', 'journal.2.jsonl', 'journal.jsonl']);
    const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name))).size));
    for (const size of sizes) expect(size).toBeLessThanOrEqual(8 * KiB);
    const numbers = (await stored(folder)).map(numberOf);
    expect(numbers.at(-1)).toBe(799);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 800 - numbers.length + index));
    expect(numbers.length).toBeGreaterThan(100);
  });

  it('takes away what a larger limit had left', async () => {
    const folder = await temporaryFolder();
    for (const name of ['journal.1.jsonl', 'journal.3.jsonl', 'journal.17.jsonl', 'mine.txt']) {
      await writeFile(path.join(folder, name), '');
    }
    await (await world({ folder, files: 3 })).writer.close();
    expect((await readdir(folder)).toSorted()).toEqual(['journal.1.jsonl', 'journal.jsonl', 'mine.txt']);
  });

  it('goes on behind what is there, also behind a line that a kill tore', async () => {
    const { writer: first, folder, clock } = await world();
    readAll(first.read, notices(3));
    await first.close();
    await appendFile(path.join(folder, 'journal.jsonl'), '{"v":1,"at":"2026-01-31T12:00:00.000Z","type":"noti');
    const second = new JournalFileWriter(options(folder, clock));
    readAll(second.read, notices(2, 3));
    await second.close();
    expect((await stored(folder)).map(numberOf)).toEqual([0, 1, 2, 3, 4]);
  });

  it('cuts what would fill the files with one entry', async () => {
    const { writer, folder } = await world();
    writer.read(at(0, callOf({ records: ['r'] }).log('x'.repeat(5_000_000))));
    await writer.close();
    const [entry] = await stored(folder);
    expect(entry).toMatchObject({ message: expect.stringMatching(/x… \(cut: 5,000,000 characters\)$/) as string });
    expect((await stat(path.join(folder, 'journal.jsonl'))).size).toBeLessThan(40 * KiB);
  });

  it('ignores entries after it was closed, and can be closed twice', async () => {
    const { writer, folder } = await world();
    await writer.close();
    writer.read(notice('late'));
    await writer.flush();
    await writer.close();
    expect(await stored(folder)).toEqual([]);
  });
});

describe('when the journal cannot be written', () => {
  it('says so once, keeps nothing in memory, and goes on writing as soon as it can', async () => {
    const folder = path.join(await temporaryFolder(), 'journal');
    await mkdir(path.join(folder, 'journal.jsonl'), { recursive: true }); // a folder where the file should be
    const { writer, clock, troubles } = await world({ folder });
    for (let second = 0; second < 60; second++) {
      readAll(writer.read, notices(10));
      await clock.advance(1_000);
      await realIo();
    }
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/^the journal in .* cannot be written: .*\. Delivery goes on/);

    await rm(path.join(folder, 'journal.jsonl'), { recursive: true });
    await clock.advance(300_000);
    writer.read(notice('back again'));
    await writer.flush();
    expect(troubles.slice(1)).toEqual(['the journal is written again; 600 entries are missing from it']);
    await writer.close();
    expect(await stored(folder)).toEqual([notice('back again')]);
  });

  it('survives a folder that can never be made', async () => {
    const file = path.join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const { writer, clock, troubles } = await world({ folder: path.join(file, 'journal') });
    readAll(writer.read, notices(10));
    await clock.advance(100);
    await writer.flush();
    await vi.waitFor(() => expect(troubles).toHaveLength(1)); // the operating system tells when it does
    await writer.close();
    expect(troubles).toHaveLength(1);
  });

  it('begins a new file when the folder is removed under it', async () => {
    const { writer, folder, clock, troubles } = await world();
    writer.read(notice('before'));
    await writer.flush();
    await rm(folder, { recursive: true });
    for (let second = 0; troubles.length === 0; second++) {
      await clock.advance(1_000);
      writer.read(notice(`after ${second}`));
      await writer.flush();
      await realIo();
    }
    writer.read(notice('in the new file'));
    await writer.close();
    expect(troubles).toEqual([expect.stringMatching(/was removed; a new one was begun/)]);
    expect(await stored(folder)).toContainEqual(notice('in the new file'));
  });
});

async function world(given: Partial<JournalFileOptions> = {}) {
  const clock = new VirtualClock();
  const troubles: string[] = [];
  const folder = given.folder ?? path.join(await temporaryFolder(), 'journal');
  const writer = new JournalFileWriter({
    ...options(folder, clock),
    ...given,
    folder,
    trouble: (because) => troubles.push(because),
  });
  return { writer, folder, clock, troubles };
}

function options(folder: string, clock: VirtualClock): JournalFileOptions {
  return { folder, clock, fileBytes: 1_024 * KiB, files: 4, trouble: (because) => expect.fail(because) };
}

const notice = (because: string): JournalEntry => at(0, { type: 'notice', level: 'info', because });
const notices = (count: number, from = 0): readonly JournalEntry[] =>
  Array.from({ length: count }, (_, index) => notice(`number ${from + index}`));
const numberOf = (entry: object): number => Number(/number (\d+)/.exec(JSON.stringify(entry))?.[1]);
const stored = (folder: string) => collected(readJournal(folder));

async function linesIn(folder: string): Promise<number> {
  return (await readFile(path.join(folder, 'journal.jsonl'), 'utf8')).split('\n').length - 1;
}

/** Lets what the file system has to answer arrive: its threads know nothing of the virtual clock. */
async function realIo(): Promise<void> {
  for (let round = 0; round < 5; round++) await stat('/').then(() => new Promise((resolve) => setImmediate(resolve)));
}
