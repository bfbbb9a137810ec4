import { SourceError } from '../contracts/source-error.js';
import type {
  Page,
  Pacing,
  Partition,
  PartitionReader,
  ReadRequest,
  StartPoint,
  StreamFacts,
  StreamRecord,
  StreamSource,
} from '../contracts/stream-source.js';
import { isoTime, type Clock } from '../platform/clock.js';
import { unreachable } from '../platform/unreachable.js';
import { PlannedFailures } from './planned-failures.js';

export interface MemoryStreamOptions {
  readonly clock: Clock;
  /** Partitions at the beginning. Default 1. */
  readonly partitions?: number;
  /** Most records one read returns. Default 10,000. */
  readonly maxRead?: number;
  /** Default `adaptive`. */
  readonly pacing?: Pacing;
  /** Default `suffix`. */
  readonly partialResponses?: 'suffix' | 'reported';
  /** Default `alone`. */
  readonly oversized?: 'alone' | 'discard';
}

/** A record to be written. */
export interface MemoryRecord {
  readonly body: string;
  /** Default: the body. */
  readonly key?: string;
  /** In milliseconds since the epoch. Default: now. */
  readonly arrivedAt?: number;
}

interface StoredPartition {
  readonly id: string;
  readonly parents: readonly string[];
  readonly records: StreamRecord[];
  /** Records before this index are gone. */
  horizon: number;
  closed: boolean;
}

/** A position that `tip` gave is a number of records: it exists in an empty partition, too. */
const tipPrefix = 'behind-';

type Failing = 'describe' | 'partitions' | 'tip' | 'open' | 'read';

/**
 * A stream in memory that behaves like a real one: partitions, positions, splits, retention. For tests: of millrace, of
 * functions, and of people who write a source.
 */
export class MemoryStream implements StreamSource {
  readonly pacing: Pacing;
  readonly partialResponses: 'suffix' | 'reported';
  readonly oversized: 'alone' | 'discard';
  readonly maxRead: number;
  readonly envelopeBytes = '{"Records":[]}'.length;
  /** How often each partition was read. */
  readonly reads = new Map<string, number>();
  readonly #clock: Clock;
  readonly #partitions = new Map<string, StoredPartition>();
  readonly #trimmedNext = new Set<string>();
  readonly #failures = new PlannedFailures<Failing>();
  #sequence = 0;
  #created = 0;
  #incarnation = 1;

  constructor(options: MemoryStreamOptions) {
    const { clock, partitions = 1, maxRead = 10_000, pacing = { kind: 'adaptive' } } = options;
    this.#clock = clock;
    this.maxRead = maxRead;
    this.pacing = pacing;
    this.partialResponses = options.partialResponses ?? 'suffix';
    this.oversized = options.oversized ?? 'alone';
    for (let index = 0; index < partitions; index++) this.#create([]);
  }

  /** Partitions that can be written to. */
  get openPartitions(): readonly string[] {
    return [...this.#partitions.values()].filter(({ closed }) => !closed).map(({ id }) => id);
  }

  /** Writes records and returns them, oldest first. Without a partition: into the first open one. */
  write(records: readonly (string | MemoryRecord)[], partition?: string): readonly StreamRecord[] {
    const stored = this.#partition(partition ?? this.openPartitions[0] ?? '');
    if (stored.closed) throw new Error(`partition ${stored.id} is closed`);
    const written = records.map((record) => this.#record(typeof record === 'string' ? { body: record } : record));
    stored.records.push(...written);
    return written;
  }

  /** Closes a partition; `into` new ones continue it. Returns their ids. */
  split(partition: string, into = 2): readonly string[] {
    this.#partition(partition).closed = true;
    return Array.from({ length: into }, () => this.#create([partition]));
  }

  /** Closes two partitions; a new one continues both. */
  merge(one: string, other: string): string {
    for (const id of [one, other]) this.#partition(id).closed = true;
    return this.#create([one, other]);
  }

  /** Lets the oldest records of a partition expire, so that `left` remain. */
  trim(partition: string, left: number): void {
    const stored = this.#partition(partition);
    stored.horizon = Math.max(stored.horizon, stored.records.length - left);
  }

  /** Lets the next page of a partition say that records were lost. */
  trimNext(partition: string): void {
    this.#trimmedNext.add(partition);
  }

  /** Lets a closed partition expire altogether. */
  forget(partition: string): void {
    this.#partitions.delete(partition);
  }

  /** Deletes the stream and creates an empty one of the same name. */
  recreate(): void {
    this.#incarnation++;
    this.#partitions.clear();
    this.#create([]);
  }

  /** Gives the stream another identity, as if it had been deleted and created again with the same records and partitions. */
  rename(): void {
    this.#incarnation++;
  }

  /** Lets the next call of a method fail; with a partition, the next one that is about it. */
  failNext(of: Failing, error: Error, partition?: string): void {
    this.#failures.plan(of, error, partition);
  }

  async describe(): Promise<StreamFacts> {
    this.#failures.happen('describe');
    return { identity: `memory-${this.#incarnation}`, identityText: `number ${this.#incarnation} of its name` };
  }

  async partitions(): Promise<readonly Partition[]> {
    this.#failures.happen('partitions');
    return [...this.#partitions.values()].map(({ id, parents, closed }) => ({ id, parents, closed }));
  }

  async tip(partition: string): Promise<string> {
    this.#failures.happen('tip', partition);
    return `${tipPrefix}${this.#partition(partition).records.length}`;
  }

  async open(partition: string, from: StartPoint): Promise<PartitionReader> {
    this.#failures.happen('open', partition);
    const stored = this.#partition(partition);
    let next = indexOf(from, stored.records);
    return {
      read: async (request) => {
        this.#failures.happen('read', partition);
        this.reads.set(partition, (this.reads.get(partition) ?? 0) + 1);
        const page = this.#page(stored, next, request);
        next = Math.max(next, stored.horizon) + page.records.length;
        return page;
      },
      close: async () => {},
    };
  }

  event(records: readonly StreamRecord[]): string {
    return `{"Records":[${records.map(({ record }) => record).join(',')}]}`;
  }

  failureInfo(partition: string, records: readonly [StreamRecord, ...StreamRecord[]]): Record<string, unknown> {
    const [first] = records;
    const last = records.at(-1) ?? first;
    return {
      MemoryBatchInfo: {
        partition,
        startSequenceNumber: first.id,
        endSequenceNumber: last.id,
        approximateArrivalOfFirstRecord: isoTime(first.arrivedAt),
        approximateArrivalOfLastRecord: isoTime(last.arrivedAt),
        batchSize: records.length,
      },
    };
  }

  async close(): Promise<void> {}

  #page(stored: StoredPartition, next: number, { max }: ReadRequest): Page {
    const from = Math.max(next, stored.horizon);
    const records = stored.records.slice(from, from + Math.min(max, this.maxRead));
    const atEnd = from + records.length === stored.records.length;
    const lost = from - next;
    const saysLost = this.#trimmedNext.delete(stored.id);
    return {
      records,
      ended: stored.closed && atEnd,
      atTip: atEnd,
      ...((lost > 0 || saysLost) && { trimmed: `${lost} records expired before they were read` }),
    };
  }

  #record({ body, key = body, arrivedAt = this.#clock.now() }: MemoryRecord): StreamRecord {
    const id = String(++this.#sequence);
    const record = JSON.stringify({ sequenceNumber: id, key, arrivedAt, body });
    return {
      id,
      position: id,
      key,
      arrivedAt,
      record,
      bytes: Buffer.byteLength(record),
      view: () => JSON.parse(record) as Record<string, unknown>,
    };
  }

  #create(parents: readonly string[]): string {
    const id = `partition-${this.#created++}`;
    this.#partitions.set(id, { id, parents, records: [], horizon: 0, closed: false });
    return id;
  }

  #partition(id: string): StoredPartition {
    const stored = this.#partitions.get(id);
    if (stored === undefined) throw new SourceError('missing', `there is no partition ${id}`);
    return stored;
  }
}

function indexOf(from: StartPoint, records: readonly StreamRecord[]): number {
  switch (from.kind) {
    case 'horizon':
      return 0;
    case 'timestamp': {
      const first = records.findIndex(({ arrivedAt }) => arrivedAt >= from.at);
      return first === -1 ? records.length : first;
    }
    case 'after': {
      if (from.position.startsWith(tipPrefix)) return Number(from.position.slice(tipPrefix.length));
      const found = records.findIndex(({ position }) => position === from.position);
      return found === -1 ? 0 : found + 1;
    }
    default:
      return unreachable(from);
  }
}
