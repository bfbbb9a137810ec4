import { open, readdir, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { linesOf } from '../platform/lines.js';
import { journalFileAge, journalFileName } from './file-writer.js';
import { parseEntry, type StoredEntry } from './stored-entry.js';

interface ReadJournalOptions {
  /** A quick look at the text of a line, before it is parsed: false leaves the entry out. */
  readonly wanted?: (line: string) => boolean;
}

const blockBytes = 1024 * 1024;

/**
 * All entries in a journal folder, oldest first, across its files. Lines that are no entries (torn by a kill, written by
 * a newer version) are passed over; a folder that does not exist is an empty journal. A runtime may write meanwhile.
 */
export async function* readJournal(folder: string, options: ReadJournalOptions = {}): AsyncGenerator<StoredEntry> {
  const { wanted } = options;
  const handles = await openOldestFirst(folder);
  try {
    for (const handle of handles) {
      for await (const lines of linesOf(textOf(handle))) {
        for (const line of lines) {
          if (line === '' || wanted?.(line) === false) continue;
          const entry = parseEntry(line);
          if (entry !== undefined) yield entry;
        }
      }
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

/** The entries of several journal folders, as if they were one journal: in the order of their times. */
export async function* readJournals(
  folders: readonly string[],
  options: ReadJournalOptions = {},
): AsyncGenerator<StoredEntry> {
  const journals = folders.map((folder) => readJournal(folder, options));
  try {
    const heads = await Promise.all(journals.map(async (journal) => ({ journal, next: await journal.next() })));
    for (;;) {
      let earliest: { readonly head: (typeof heads)[number]; readonly entry: StoredEntry } | undefined;
      for (const head of heads) {
        if (head.next.done === true) continue;
        if (earliest === undefined || head.next.value.at < earliest.entry.at)
          earliest = { head, entry: head.next.value };
      }
      if (earliest === undefined) return;
      yield earliest.entry;
      // Only now: what is wanted of a journal may depend on the entries before.
      earliest.head.next = await earliest.head.journal.next();
    }
  } finally {
    await Promise.all(journals.map((journal) => journal.return(undefined)));
  }
}

/**
 * The newest file is opened first: a rotation in between then shows a file twice, which is noticed by its inode.
 * The other way round it would hide one.
 */
async function openOldestFirst(folder: string): Promise<readonly FileHandle[]> {
  const names = await readdir(folder).catch(() => []);
  const ages = names.map(journalFileAge).filter((age) => age !== undefined);
  const handles = new Map<string, FileHandle>();
  for (const age of ages.toSorted((a, b) => a - b)) {
    const handle = await open(path.join(folder, journalFileName(age)), 'r').catch(() => undefined);
    if (handle === undefined) continue; // rotated away meanwhile
    const { dev, ino } = await handle.stat();
    const key = `${dev}:${ino}`;
    if (handles.has(key)) await handle.close();
    else handles.set(key, handle);
  }
  return [...handles.values()].toReversed();
}

function textOf(handle: FileHandle): AsyncIterable<string> {
  const blocks = handle.createReadStream({ encoding: 'utf8', highWaterMark: blockBytes, autoClose: false });
  return blocks as AsyncIterable<string>;
}
