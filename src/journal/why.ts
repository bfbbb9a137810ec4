import { LifeCollector, type RecordLife } from './life.js';
import { readJournal } from './read-files.js';
import { isRecordEntry, recordsOf, type StoredEntry } from './stored-entry.js';

/** The answer to "what happened to this record?". */
export type LifeAnswer =
  | { readonly kind: 'life'; readonly life: RecordLife }
  /** The text is the beginning of several record ids. */
  | { readonly kind: 'ambiguous'; readonly text: string; readonly records: readonly string[]; readonly more: number }
  | { readonly kind: 'unknown'; readonly text: string };

/** A journal folder, or entries that are already in memory. */
export type LifeSource = string | Iterable<StoredEntry>;

const mostCandidates = 10;

/**
 * Finds the life of the record with this id, or the only one whose id begins like this. An exact id wins over longer
 * ones. `now` is the present in milliseconds.
 */
export async function lifeOf(source: LifeSource, text: string, now: number): Promise<LifeAnswer> {
  const candidates = text === '' ? [] : await recordsLike(source, text);
  const [only] = candidates;
  if (only === undefined) return { kind: 'unknown', text };
  if (candidates.length > 1) {
    const more = Math.max(0, candidates.length - mostCandidates);
    return { kind: 'ambiguous', text, records: candidates.slice(0, mostCandidates), more };
  }
  const life = await collect(source, only, now);
  return life === undefined ? { kind: 'unknown', text } : { kind: 'life', life };
}

async function recordsLike(source: LifeSource, text: string): Promise<readonly string[]> {
  const needle = asInJson(text);
  const found = new Set<string>();
  for await (const entry of entriesOf(source, (line) => line.includes(needle))) {
    if (!isRecordEntry(entry)) continue;
    for (const record of recordsOf(entry)) if (record.startsWith(text)) found.add(record);
  }
  return found.has(text) ? [text] : [...found];
}

const typeKey = '"type":"';
const invocationInLog = /"invocation":"([^"]+)"/;

async function collect(source: LifeSource, record: string, now: number): Promise<RecordLife | undefined> {
  const needle = asInJson(record);
  const collector = new LifeCollector(record);
  const wanted = (line: string): boolean => {
    if (line.includes(needle)) return true;
    // Near the beginning of every line: much quicker than looking for the type anywhere.
    if (!line.startsWith('function-log', line.indexOf(typeKey) + typeKey.length)) return false;
    const invocation = invocationInLog.exec(line)?.[1];
    return invocation !== undefined && collector.follows(invocation);
  };
  for await (const entry of entriesOf(source, wanted)) collector.add(entry);
  return collector.life(now);
}

function entriesOf(
  source: LifeSource,
  wanted: (line: string) => boolean,
): AsyncIterable<StoredEntry> | Iterable<StoredEntry> {
  return typeof source === 'string' ? readJournal(source, { wanted }) : source;
}

function asInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
