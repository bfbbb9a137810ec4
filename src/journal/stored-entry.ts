import type { JournalEntry, JournalEvent } from './events.js';

type WithoutPayload<E> = E extends unknown ? Omit<E, 'payload'> : never;

/** An entry as it is in the journal files: without payloads. Every `JournalEntry` is one as well. */
export type StoredEntry = WithoutPayload<JournalEntry>;
export type EntryType = JournalEvent['type'];
export type EntryOf<T extends EntryType> = Extract<StoredEntry, { readonly type: T }>;

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const boolean: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const mapping: Check = (value) => isObject(value) && text(value['uuid']) && text(value['name']);
const part: Check = (value) => isObject(value) && text(value['batch']) && number(value['records']);
const parts: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(part);
const windowCall: Check = (value) => isObject(value) && text(value['start']) && text(value['end']);

const batchStep = { mapping, batch: text, records: texts };
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
  group: text,
  lane: number,
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
  if (!isObject(value) || value['v'] !== 2 || !text(value['at'])) return false;
  const type = value['type'];
  if (typeof type !== 'string' || !Object.hasOwn(required, type)) return false;
  return (
    Object.entries(required[type as EntryType]).every(([field, check]) => check(value[field])) &&
    Object.entries(optional).every(([field, check]) => value[field] === undefined || check(value[field]))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** An entry about records. */
export type RecordEntry = Extract<StoredEntry, { readonly records: unknown } | { readonly record: unknown }>;

export function isRecordEntry(entry: StoredEntry): entry is RecordEntry {
  return 'records' in entry || 'record' in entry;
}

/** The records an entry names. */
export function recordsOf(entry: RecordEntry): readonly string[] {
  return 'records' in entry ? entry.records : [entry.record];
}

/** The partition an entry is about; undefined for queues. */
export function partitionOf(entry: RecordEntry): string | undefined {
  return 'partition' in entry ? entry.partition : undefined;
}

/** How many records at the front of a batch of a stream a partial batch response leaves behind: those before the first that it reports. */
export function doneInPart({ records, failedRecords }: EntryOf<'partially-failed'>): number {
  const reported = new Set(failedRecords);
  const first = records.findIndex((record) => reported.has(record));
  return first === -1 ? records.length : first;
}
