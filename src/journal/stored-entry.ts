import type { JournalEntry, JournalEvent } from './events.js';

type WithoutPayload<E> = E extends unknown ? Omit<E, 'payload'> : never;

/** An entry as it is in the journal files: without payloads. Every `JournalEntry` is one as well. */
export type StoredEntry = WithoutPayload<JournalEntry>;
export type EntryType = JournalEvent['type'];
export type EntryOf<T extends EntryType> = Extract<StoredEntry, { readonly type: T }>;

type Fields = Readonly<Record<string, unknown>>;
/** Looks at the value of a field; some need to know what else the entry has. */
type Check = (value: unknown, entry: Fields) => boolean;
const isText = (value: unknown): boolean => typeof value === 'string';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const text: Check = isText;
const number: Check = (value) => typeof value === 'number';
const boolean: Check = (value) => typeof value === 'boolean';
const texts: Check = areTexts;
const mapping: Check = (value) => isObject(value) && isText(value['uuid']) && isText(value['name']);
const part = (value: unknown): boolean =>
  isObject(value) && isText(value['batch']) && typeof value['records'] === 'number';
const parts: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(part);
const windowCall: Check = (value) => isObject(value) && isText(value['start']) && isText(value['end']);
const share = (value: unknown): boolean => isObject(value) && isText(value['partition']) && areTexts(value['records']);
const shares: Check = (value) => Array.isArray(value) && value.every(share);
/** A batch of several partitions has `partitions` in their place. */
const recordsOfBatch: Check = (value, { partitions }) => partitions !== undefined || areTexts(value);

const batchStep = { mapping, batch: text, records: recordsOfBatch };
const invocationStep = { ...batchStep, function: text, invocation: text };

/** The fields readers rely on. An entry that lacks one was damaged, or written by another version. */
const required: Readonly<Record<EntryType, Readonly<Record<string, Check>>>> = {
  received: { mapping, records: texts },
  filtered: { mapping, record: text, because: text },
  batched: { ...batchStep, because: text },
  invoked: { ...invocationStep, attempt: number },
  'function-log': { function: text, level: text, message: text },
  succeeded: { ...invocationStep, durationMs: number },
  failed: { ...invocationStep, durationMs: number, because: text },
  'partially-failed': { ...invocationStep, durationMs: number, failedRecords: texts, because: text },
  throttled: { ...invocationStep, because: text },
  'retry-scheduled': { ...batchStep, retryAt: text, because: text },
  bisected: { ...batchStep, into: parts, because: text },
  expired: { mapping, partition: text, batch: text, record: text, because: text },
  'destination-delivered': { ...batchStep, destination: text, because: text },
  'destination-failed': { ...batchStep, destination: text, dropped: boolean, because: text },
  discarded: { mapping, record: text, because: text },
  checkpointed: { mapping, partition: text, records: texts, position: text },
  partition: { mapping, partition: text, state: text, because: text },
  settled: { mapping, records: texts, because: text },
  'settle-failed': { mapping, records: texts, because: text },
  released: { mapping, records: texts, because: text },
  'state-changed': { mapping, state: text, because: text },
  'mapping-changed': { mapping, state: text, because: text },
  'direct-invocation': { function: text, invocation: text, invocationType: text, outcome: text },
  'function-state': { function: text, state: text, because: text },
  notice: { level: text, because: text },
};

/** Fields that readers rely on where they are there. */
const optional: Readonly<Record<string, Check>> = {
  partition: text,
  partitions: (value, entry) => shares(value, entry) && isInPlaceOf(entry),
  group: text,
  lane: number,
  leaves: text,
  eventIds: texts,
  window: windowCall,
  differs: texts,
};

/** Reads one line of a journal file. Undefined for what is no entry of this version: a torn line, a type of the future. */
export function parseEntry(line: string): StoredEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // the writer was killed in the middle of this line
  }
  const current = isObject(value) && value['v'] === 1 ? upgraded(value) : value;
  return isStoredEntry(current) ? current : undefined;
}

/** Version 1 called the partition of a stream a lane. */
function upgraded({ lane, ...entry }: Readonly<Record<string, unknown>>): unknown {
  return { ...entry, v: 2, ...(lane !== undefined && { partition: lane }) };
}

function isStoredEntry(value: unknown): value is StoredEntry {
  if (!isObject(value) || value['v'] !== 2 || !isText(value['at'])) return false;
  const type = value['type'];
  if (typeof type !== 'string' || !Object.hasOwn(required, type)) return false;
  return (
    Object.entries(required[type as EntryType]).every(([field, check]) => check(value[field], value)) &&
    Object.entries(optional).every(([field, check]) => value[field] === undefined || check(value[field], value))
  );
}

/** What would say a second time which records the entry is about is not there. */
function isInPlaceOf({ partition, records, record }: Fields): boolean {
  return partition === undefined && records === undefined && record === undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** An entry about records. */
export type RecordEntry = Extract<
  StoredEntry,
  { readonly records: unknown } | { readonly record: unknown } | { readonly partitions: unknown }
>;

export function isRecordEntry(entry: StoredEntry): entry is RecordEntry {
  return 'records' in entry || 'record' in entry || 'partitions' in entry;
}

/** Records that an entry is about: those of one partition, or of a queue. */
export interface RecordShare {
  /** Undefined: of a queue. */
  readonly partition: string | undefined;
  readonly records: readonly string[];
}

/** The records an entry names, by partition. */
export function sharesOf(entry: RecordEntry): readonly RecordShare[] {
  if ('partitions' in entry) return entry.partitions;
  return [{ partition: 'partition' in entry ? entry.partition : undefined, records: recordsOf(entry) }];
}

/** The records an entry names, in the order of the batch. */
export function recordsOf(entry: RecordEntry): readonly string[] {
  if ('partitions' in entry) return entry.partitions.flatMap(({ records }) => records);
  return 'records' in entry ? entry.records : [entry.record];
}

/** The partitions an entry is about; none for queues. */
export function partitionsOf(entry: RecordEntry): readonly string[] {
  if ('partitions' in entry) return entry.partitions.map(({ partition }) => partition);
  return 'partition' in entry && entry.partition !== undefined ? [entry.partition] : [];
}

/** What a partial batch response of a stream has made of a batch. */
interface DividedBatch {
  readonly done: readonly string[];
  /** What is called again. */
  readonly left: readonly string[];
}

/** Divides a batch of a stream as its partial batch response did. */
export function dividedBatch(entry: EntryOf<'partially-failed'>): DividedBatch {
  const records = recordsOf(entry);
  const reported = new Set(entry.failedRecords);
  if (leavesReported(entry)) {
    return {
      done: records.filter((record) => !reported.has(record)),
      left: records.filter((record) => reported.has(record)),
    };
  }
  const first = records.findIndex((record) => reported.has(record));
  const index = first === -1 ? records.length : first;
  return { done: records.slice(0, index), left: records.slice(index) };
}

/** Whether a partial batch response has left the reported records alone, and not what stands behind them. */
export function leavesReported(entry: EntryOf<'partially-failed'>): boolean {
  return (entry.leaves ?? ('partitions' in entry ? 'reported' : 'suffix')) === 'reported';
}
