import { unreachable } from '../platform/unreachable.js';
import type {
  FunctionErrorInfo,
  FunctionLogEvent,
  InvokedEvent,
  JournalEntry,
  LogLine,
  MappingRef,
  PartitionShare,
  Payload,
} from '../journal/events.js';
import type { JournalReader } from '../journal/journal.js';
import { Newest } from './newest.js';
import { isRecordEntry, recordsOf, type EntryType } from '../journal/stored-entry.js';
import type { TumblingWindowCall } from '../journal/stream-events.js';

/** One finished call of a handler, as tests assert on it. */
export interface Invocation {
  readonly id: string;
  readonly function: string;
  /** Name of the mapping. */
  readonly mapping: string;
  readonly outcome: 'succeeded' | 'failed' | 'partially-failed';
  /** What the handler got; read from its JSON text when it is first asked for. */
  readonly event: unknown;
  /** What the handler returned; undefined when it threw. */
  readonly result: unknown;
  /** What the handler threw; undefined when it returned, even when what it returned failed the batch. */
  readonly error: FunctionErrorInfo | undefined;
  /** ISO time. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly batch: string;
  /** Streams: the partition that the records are of. */
  readonly partition?: string;
  /** Streams whose events span partitions: the records of each, when they are of several. */
  readonly partitions?: readonly PartitionShare[];
  /** FIFO queues: the message group, when all records are of one. */
  readonly group?: string;
  /** Streams, with ParallelizationFactor alone: which of the lanes has made the call, from 0. */
  readonly lane?: number;
  /** The call is one of a tumbling window. */
  readonly window?: TumblingWindowCall;
  readonly attempt: number;
  readonly records: readonly string[];
  /** Records that were not handled: all when it failed, those the handler reported when it failed in part. */
  readonly failedRecords: readonly string[];
  /** Why records count as failed. */
  readonly because: string | undefined;
  readonly logs: readonly LogLine[];
}

interface MemoryLimits {
  readonly invocations: number;
  readonly entries: number;
  /** Characters of events, results and logs: of invocations, and again of entries, which share most of them. */
  readonly characters: number;
}

/** Enough for any test, and a bound for a runtime that is left alone for days. The oldest go first. */
const memoryLimits: MemoryLimits = { invocations: 10_000, entries: 100_000, characters: 64 * 1024 * 1024 };

export interface EntryFilter<T extends EntryType = EntryType> {
  readonly type?: T;
  /** Name or UUID. */
  readonly mapping?: string;
  readonly record?: string;
}

/** Entries of a type, payloads included. */
type KeptEntry<T extends EntryType> = Extract<JournalEntry, { readonly type: T }>;

type EndedEntry = Extract<JournalEntry, { readonly type: 'succeeded' | 'failed' | 'partially-failed' }>;

interface OpenInvocation {
  readonly mapping: MappingRef;
  readonly invoked: InvokedEvent & { readonly at: string };
  readonly logs: LogLine[];
  finished?: Invocation;
}

interface RunningInvocation {
  readonly open: OpenInvocation;
  /** Its number among those kept. */
  readonly number: number;
}

const mostLogLines = 10_000;
/** What an entry costs beside its texts. */
const entryCharacters = 200;
const recordCharacters = 40;

/** A reader of the journal that keeps what happened in memory, for assertions. */
export class JournalMemory {
  readonly #invocations: Newest<OpenInvocation>;
  readonly #entries: Newest<JournalEntry>;
  readonly #running = new Map<string, RunningInvocation>();

  constructor({ invocations, entries, characters }: MemoryLimits = memoryLimits) {
    this.#invocations = new Newest({ count: invocations, weight: characters });
    this.#entries = new Newest({ count: entries, weight: characters });
  }

  readonly read: JournalReader = (entry) => {
    this.#entries.add(entry, weightOf(entry));
    if (entry.type === 'invoked') this.#start(entry);
    else if (entry.type === 'function-log') this.#log(entry);
    else if (isEnd(entry)) this.#end(entry);
  };

  /** Finished invocations in the order they started: all, or those of a function or mapping (its name or UUID). */
  invocations(of?: string): readonly Invocation[] {
    const found: Invocation[] = [];
    for (const { finished, mapping } of this.#invocations) {
      if (finished === undefined) continue;
      if (of === undefined || isCalled(finished, mapping, of)) found.push(finished);
    }
    return found;
  }

  /** What the journal says, in order. */
  entries<T extends EntryType = EntryType>(filter: EntryFilter<T> = {}): readonly KeptEntry<T>[] {
    return [...this.#entries].filter((entry): entry is KeptEntry<T> => matches(entry, filter));
  }

  #start(entry: InvokedEvent & { readonly at: string }): void {
    const open: OpenInvocation = { mapping: entry.mapping, invoked: entry, logs: [] };
    const number = this.#invocations.add(open, entry.payload.text.length);
    this.#running.set(entry.invocation, { open, number });
  }

  #log({ invocation, level, message }: FunctionLogEvent): void {
    const running = invocation === undefined ? undefined : this.#running.get(invocation);
    if (running === undefined || running.open.logs.length >= mostLogLines) return;
    running.open.logs.push({ level, message });
    this.#invocations.grow(running.number, message.length);
  }

  #end(entry: EndedEntry): void {
    const running = this.#running.get(entry.invocation);
    if (running === undefined) return;
    this.#running.delete(entry.invocation);
    running.open.finished = finish(running.open, entry);
    this.#invocations.grow(running.number, entry.payload?.text.length ?? 0);
  }
}

function isEnd(entry: JournalEntry): entry is EndedEntry {
  return entry.type === 'succeeded' || entry.type === 'failed' || entry.type === 'partially-failed';
}

function finish({ invoked, logs }: OpenInvocation, entry: EndedEntry): Invocation {
  const event = parsedOnce(invoked.payload);
  const result = parsedOnce(entry.payload);
  return {
    id: entry.invocation,
    function: entry.function,
    mapping: entry.mapping.name,
    outcome: entry.type,
    get event() {
      return event();
    },
    get result() {
      return result();
    },
    error: entry.type === 'failed' ? entry.error : undefined,
    startedAt: invoked.at,
    durationMs: entry.durationMs,
    batch: entry.batch,
    ...placeOf(invoked),
    ...(invoked.window !== undefined && { window: invoked.window }),
    attempt: invoked.attempt,
    records: recordsOf(entry),
    failedRecords: failedRecordsOf(entry),
    because: entry.type === 'succeeded' ? undefined : entry.because,
    logs,
  };
}

function placeOf(invoked: InvokedEvent): Pick<Invocation, 'partition' | 'partitions' | 'group' | 'lane'> {
  const { group, lane } = invoked;
  return {
    ...('partitions' in invoked && { partitions: invoked.partitions }),
    ...('partition' in invoked && invoked.partition !== undefined && { partition: invoked.partition }),
    ...(group !== undefined && { group }),
    ...(lane !== undefined && { lane }),
  };
}

function failedRecordsOf(entry: EndedEntry): readonly string[] {
  switch (entry.type) {
    case 'succeeded':
      return [];
    case 'failed':
      return recordsOf(entry);
    case 'partially-failed':
      return entry.failedRecords;
    default:
      return unreachable(entry);
  }
}

/** Parsing every event would cost a busy runtime more than the events themselves, and most are never looked at. */
function parsedOnce(payload: Payload | undefined): () => unknown {
  let parsed: { readonly value: unknown } | undefined;
  return () => {
    if (payload === undefined) return undefined;
    parsed ??= { value: JSON.parse(payload.text) as unknown };
    return parsed.value;
  };
}

function isCalled(invocation: Invocation, mapping: MappingRef, name: string): boolean {
  const [unqualified] = invocation.function.split(':', 1);
  return [invocation.function, unqualified, mapping.name, mapping.uuid].includes(name);
}

function matches(entry: JournalEntry, { type, mapping, record }: EntryFilter): boolean {
  if (type !== undefined && entry.type !== type) return false;
  if (mapping !== undefined) {
    if (!('mapping' in entry) || (entry.mapping.name !== mapping && entry.mapping.uuid !== mapping)) return false;
  }
  return record === undefined || (isRecordEntry(entry) && recordsOf(entry).includes(record));
}

function weightOf(entry: JournalEntry): number {
  if (entry.type === 'function-log') return entryCharacters + entry.message.length;
  const records = isRecordEntry(entry) ? recordsOf(entry).length : 0;
  const payload = 'payload' in entry ? (entry.payload?.text.length ?? 0) : 0;
  return entryCharacters + records * recordCharacters + payload;
}
