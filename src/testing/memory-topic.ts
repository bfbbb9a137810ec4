import { SourceError } from '../contracts/source-error.js';
import type {
  Page,
  Pacing,
  Partition,
  PartitionReader,
  StartPoint,
  StreamFacts,
  StreamRecord,
  StreamSource,
} from '../contracts/stream-source.js';
import type { Clock } from '../platform/clock.js';
import { unreachable } from '../platform/unreachable.js';
import { MemoryGroup, type GroupMember } from './memory-group.js';
import type { MemoryRecord } from './memory-stream.js';
import { PlannedFailures } from './planned-failures.js';

export interface MemoryTopicOptions {
  readonly clock: Clock;
  /** Default: `orders`. */
  readonly name?: string;
  /** Partitions at the beginning. Default 1. */
  readonly partitions?: number;
  /** Most records one read returns. Default 10,000. */
  readonly maxRead?: number;
  /** How long a consumer may take to give a partition back that is to be another's, in milliseconds. Default 10,000. */
  readonly rebalanceMs?: number;
}

interface StoredPartition {
  readonly id: string;
  readonly records: StreamRecord[];
  /** Records before this offset are gone. */
  horizon: number;
}

type Failing = 'describe' | 'partitions' | 'tip' | 'open' | 'read';

/**
 * A topic in memory that behaves as one of Kafka: partitions with offsets, which the consumers of one group share and commit.
 * For tests: of millrace, of functions, and of people who write a source.
 */
export class MemoryTopic {
  readonly name: string;
  readonly group: MemoryGroup;
  readonly maxRead: number;
  readonly #clock: Clock;
  readonly #partitions = new Map<string, StoredPartition>();
  readonly #failures = new PlannedFailures<Failing>();

  constructor({ clock, name = 'orders', partitions = 1, maxRead = 10_000, rebalanceMs = 10_000 }: MemoryTopicOptions) {
    this.#clock = clock;
    this.name = name;
    this.maxRead = maxRead;
    this.group = new MemoryGroup({ clock, rebalanceMs, partitions: () => this.partitions });
    for (let count = 0; count < partitions; count++) this.addPartition();
  }

  get partitions(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  /** Returns the id of the new one. */
  addPartition(): string {
    const id = `${this.name}-${this.#partitions.size}`;
    this.#partitions.set(id, { id, records: [], horizon: 0 });
    return id;
  }

  /** Writes records and returns them, oldest first. Without a partition: into the first one. */
  write(
    records: readonly (string | MemoryRecord)[],
    partition: string = this.partitions[0] ?? '',
  ): readonly StreamRecord[] {
    const stored = this.#stored(partition);
    return records.map((record) => {
      const written = this.#record(stored, typeof record === 'string' ? { body: record } : record);
      stored.records.push(written);
      return written;
    });
  }

  /** Lets the oldest records of a partition expire, so that `left` remain. */
  trim(partition: string, left: number): void {
    const stored = this.#stored(partition);
    stored.horizon = Math.max(stored.horizon, stored.records.length - left);
  }

  /** Lets the next call of a method of a consumer fail; with a partition, the next one that is about it. */
  failNext(of: Failing, error: Error, partition?: string): void {
    this.#failures.plan(of, error, partition);
  }

  /** A source that takes part in the group. */
  consumer(): MemoryTopicConsumer {
    const { name, maxRead } = this;
    const stored = (id: string): StoredPartition => this.#stored(id);
    const failures = this.#failures;
    return new MemoryTopicConsumer(
      { name, maxRead, partitions: () => this.partitions, stored, failures },
      this.group.member(),
    );
  }

  #stored(id: string): StoredPartition {
    const stored = this.#partitions.get(id);
    if (stored === undefined) throw new SourceError('missing', `there is no partition ${id}`);
    return stored;
  }

  #record({ id, records }: StoredPartition, { body, key = body, arrivedAt }: MemoryRecord): StreamRecord {
    const offset = records.length;
    const timestamp = arrivedAt ?? this.#clock.now();
    const record = JSON.stringify({ topic: this.name, partition: id, offset, timestamp, key, body });
    return {
      id: recordId(id, offset),
      partition: id,
      position: String(offset + 1),
      key,
      arrivedAt: timestamp,
      record,
      bytes: Buffer.byteLength(record),
      view: () => JSON.parse(record) as Record<string, unknown>,
    };
  }
}

/** What a consumer knows of its topic. */
interface TopicContent {
  readonly name: string;
  readonly maxRead: number;
  readonly partitions: () => readonly string[];
  readonly stored: (partition: string) => StoredPartition;
  readonly failures: PlannedFailures<Failing>;
}

/** One consumer of a `MemoryTopic`: its events carry several partitions, and its checkpoints are those of the group. */
export class MemoryTopicConsumer implements StreamSource {
  readonly pacing: Pacing = { kind: 'adaptive' };
  readonly spansPartitions = true;
  readonly partialResponses = 'reported';
  readonly oversized = 'discard';
  readonly envelopeBytes = '{"records":{}}'.length;
  readonly maxRead: number;
  readonly ledger: GroupMember;
  readonly #topic: TopicContent;

  constructor(topic: TopicContent, ledger: GroupMember) {
    this.#topic = topic;
    this.maxRead = topic.maxRead;
    this.ledger = ledger;
  }

  partitionBytes(partition: string): number {
    return Buffer.byteLength(`${JSON.stringify(partition)}:[]`);
  }

  async describe(): Promise<StreamFacts> {
    this.#topic.failures.happen('describe');
    return { identity: this.#topic.name, identityText: `topic ${this.#topic.name}` };
  }

  async partitions(): Promise<readonly Partition[]> {
    this.#topic.failures.happen('partitions');
    return this.#topic.partitions().map((id) => ({ id, parents: [], closed: false }));
  }

  async tip(partition: string): Promise<string> {
    this.#topic.failures.happen('tip', partition);
    return String(this.#topic.stored(partition).records.length);
  }

  async open(partition: string, from: StartPoint): Promise<PartitionReader> {
    this.#topic.failures.happen('open', partition);
    let next = offsetOf(from, this.#topic.stored(partition).records);
    return {
      read: async ({ max }) => {
        this.#topic.failures.happen('read', partition);
        const page = pageOf(this.#topic.stored(partition), next, Math.min(max, this.maxRead));
        next = page.next;
        return page;
      },
      close: async () => {},
    };
  }

  event(records: readonly StreamRecord[]): string {
    const byPartition = new Map<string, string[]>();
    for (const { partition = '', record } of records) {
      const own = byPartition.get(partition);
      if (own === undefined) byPartition.set(partition, [record]);
      else own.push(record);
    }
    const lists = [...byPartition].map(([partition, own]) => `${JSON.stringify(partition)}:[${own.join(',')}]`);
    return `{"records":{${lists.join(',')}}}`;
  }

  /** As a handler names a record: `{ "partition": "orders-0", "offset": 7 }`. */
  identifierOf(itemIdentifier: unknown): string | undefined {
    const { partition, offset } = (itemIdentifier ?? {}) as { readonly partition?: unknown; readonly offset?: unknown };
    if (typeof partition !== 'string' || typeof offset !== 'number') return undefined;
    return recordId(partition, offset);
  }

  failureInfo(_: string, records: readonly [StreamRecord, ...StreamRecord[]]): Record<string, unknown> {
    return { MemoryTopicBatchInfo: { batchSize: records.length, records: records.map(({ id }) => id) } };
  }

  async close(): Promise<void> {}
}

function recordId(partition: string, offset: number): string {
  return `${partition}@${offset}`;
}

function pageOf({ records, horizon }: StoredPartition, next: number, max: number): Page & { readonly next: number } {
  const from = Math.max(next, horizon);
  const page = records.slice(from, from + max);
  const end = from + page.length;
  const lost = from - next;
  return {
    records: page,
    next: end,
    ended: false,
    atTip: end === records.length,
    ...(lost > 0 && { trimmed: `${lost} records expired before they were read` }),
  };
}

function offsetOf(from: StartPoint, records: readonly StreamRecord[]): number {
  switch (from.kind) {
    case 'horizon':
      return 0;
    case 'timestamp': {
      const first = records.findIndex(({ arrivedAt }) => arrivedAt >= from.at);
      return first === -1 ? records.length : first;
    }
    case 'after':
      return Number(from.position);
    default:
      return unreachable(from);
  }
}
