import { LifeCollector, type RecordLife } from './life.js';
import { readJournals } from '../../journal/read-files.js';
import { concerns, labelOf, type RecordName } from './record-name.js';
import { asInJson, RecordSearch, type FoundRecords } from './record-search.js';
import { isRecordEntry, type StoredEntry } from '../../journal/stored-entry.js';

/** The answer to "what happened to this record?". */
export type LifeAnswer =
  | {
      readonly kind: 'life';
      readonly life: RecordLife;
      /** Streams: its lives in other mappings that read the same stream, or one with the same ids. */
      readonly others: readonly RecordLife[];
    }
  /** The text is the name of several records (`exact`), or the beginning of their ids. */
  | {
      readonly kind: 'ambiguous';
      readonly text: string;
      readonly exact: boolean;
      readonly records: readonly string[];
      readonly more: number;
    }
  | { readonly kind: 'unknown'; readonly text: string };

/** A journal folder, those of several processes, or entries that are already in memory. */
export type LifeSource = string | readonly string[] | Iterable<StoredEntry>;

const mostCandidates = 10;

/**
 * Finds the life of the record with this id, `partition:id` or `eventID`, or the only one whose id begins like this. An
 * exact id wins over longer ones. `now` is the present in milliseconds.
 */
export async function lifeOf(source: LifeSource, text: string, now: number): Promise<LifeAnswer> {
  const { records, exact } = await recordsLike(source, text);
  const [only] = records;
  if (only === undefined) return { kind: 'unknown', text };
  if (records.length > 1) {
    const more = Math.max(0, records.length - mostCandidates);
    return { kind: 'ambiguous', text, exact, records: records.slice(0, mostCandidates).map(labelOf), more };
  }
  const [life, ...others] = await collect(source, only, now);
  return life === undefined ? { kind: 'unknown', text } : { kind: 'life', life, others };
}

async function recordsLike(source: LifeSource, text: string): Promise<FoundRecords> {
  if (text === '') return { records: [], exact: false };
  const search = new RecordSearch(text);
  for await (const entry of entriesOf(source, (line) => search.wants(line))) search.add(entry);
  return search.found();
}

const typeKey = '"type":"';
const invocationInLog = /"invocation":"([^"]+)"/;

/**
 * Its lives, in the order in which they began. A message of a queue has one, which goes on in the mapping of a dead-letter
 * queue; a record of a stream has one in each mapping.
 */
async function collect(source: LifeSource, name: RecordName, now: number): Promise<readonly RecordLife[]> {
  const needle = asInJson(name.record);
  const collectors = new Map<string, LifeCollector>();
  const wanted = (line: string): boolean => {
    if (line.includes(needle)) return true;
    const lives = [...collectors.values()];
    // Near the beginning of every line: much quicker than looking for the type anywhere.
    if (!line.startsWith('function-log', line.indexOf(typeKey) + typeKey.length)) {
      return lives.some((life) => life.followsBatchIn(line));
    }
    const invocation = invocationInLog.exec(line)?.[1];
    return invocation !== undefined && lives.some((life) => life.follows(invocation));
  };
  for await (const entry of entriesOf(source, wanted)) {
    if (entry.type === 'function-log') for (const life of collectors.values()) life.add(entry);
    else if (isRecordEntry(entry)) {
      const whose = name.partition === undefined ? '' : entry.mapping.uuid;
      const life = collectors.get(whose) ?? (concerns(entry, name) ? new LifeCollector(name) : undefined);
      if (life === undefined) continue;
      life.add(entry);
      collectors.set(whose, life);
    }
  }
  return [...collectors.values()].flatMap((collector) => collector.life(now) ?? []);
}

function entriesOf(
  source: LifeSource,
  wanted: (line: string) => boolean,
): AsyncIterable<StoredEntry> | Iterable<StoredEntry> {
  if (typeof source === 'string') return readJournals([source], { wanted });
  return areFolders(source) ? readJournals(source, { wanted }) : source;
}

function areFolders(source: readonly string[] | Iterable<StoredEntry>): source is readonly string[] {
  return Array.isArray(source) && source.every((one) => typeof one === 'string');
}
