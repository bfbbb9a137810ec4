import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  iteratorText,
  region,
  startIndex,
  trimmed,
  wireRecord,
  wireShard,
  type Input,
  type Iterator,
  type StubChange,
  type StubShard,
  type StubStream,
  type WireAttributes,
  type WireWrite,
} from './dynamodb-streams-wire.js';
import { StubError } from './sqs-stub.js';

interface StubTable {
  stream: StubStream | undefined;
  readonly items: WireAttributes[];
}

const created = Date.UTC(2026, 0, 31, 12) / 1_000;

/**
 * A server of DynamoDB Streams for what DynamoDB Local cannot do: several shards with parents, records that are trimmed,
 * times to the second, `userIdentity`, iterators that expire, empty pages before records, throttling. Speaks the SDK's
 * JSON protocol; of DynamoDB itself only DescribeTable and BatchWriteItem. Tables have the key `id`.
 */
export class DynamoDbStreamsStub {
  readonly requests: { readonly action: string; readonly input: Input }[] = [];
  /** How many shards a page of DescribeStream has at most. */
  shardsPerPage = 100;
  /** So many empty pages come before the records behind a new iterator. */
  emptyPages = 0;
  /** How many writes of a batch are done; the others come back unprocessed. */
  writesPerBatch = Number.POSITIVE_INFINITY;
  /** What answers carry as their time; undefined: the real one. */
  date: string | undefined;
  readonly #errors = new Map<string, StubError[]>();
  readonly #tables = new Map<string, StubTable>();
  readonly #streams = new Map<string, StubStream>();
  readonly #server: Server;
  #sequence = 100_000_000_000_000_000_000n;
  #generation = 0;
  #labels = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<DynamoDbStreamsStub> {
    const server = createServer((request, response) => void stub.#answer(request, response));
    const stub = new DynamoDbStreamsStub(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A table with a stream that has one shard. Returns the ARN of the stream. */
  createTable(name: string): string {
    this.#tables.set(name, { stream: undefined, items: [] });
    return this.enableStream(name);
  }

  createTableWithoutStream(name: string): void {
    this.#tables.set(name, { stream: undefined, items: [] });
  }

  /** Gives the table a new stream; the old one stays readable. */
  enableStream(name: string): string {
    const label = `2026-01-31T12:00:00.${String(this.#labels++).padStart(3, '0')}`;
    const arn = `arn:aws:dynamodb:${region}:000000000000:table/${name}/stream/${label}`;
    const stream: StubStream = { arn, label, shards: [], status: 'ENABLED' };
    this.#table(name).stream = stream;
    this.#streams.set(arn, stream);
    this.addShard(name, undefined);
    return arn;
  }

  /** Closes all shards. */
  disableStream(name: string): void {
    const stream = this.#streamOf(name);
    stream.status = 'DISABLED';
    for (const shard of stream.shards) shard.closed = true;
  }

  /** Forgets the stream altogether, as the service does a day after it was disabled. */
  deleteStream(name: string): void {
    this.#streams.delete(this.#streamOf(name).arn);
  }

  /** Returns the id of the shard. */
  addShard(table: string, parent: string | undefined): string {
    const { shards } = this.#streamOf(table);
    const id = `shardId-${String(shards.length).padStart(20, '0')}-abcdef01`;
    shards.push({ id, parent, first: this.#nextSequence(), records: [], horizon: 0, closed: false });
    return id;
  }

  /** Closes a shard; a new one continues it. */
  roll(table: string, shard = this.openShards(table)[0] ?? ''): string {
    this.#shard(table, shard).closed = true;
    return this.addShard(table, shard);
  }

  openShards(table: string): readonly string[] {
    return this.#streamOf(table)
      .shards.filter(({ closed }) => !closed)
      .map(({ id }) => id);
  }

  /** Writes changes into a shard (default: the first that is open), and returns their sequence numbers. */
  write(table: string, changes: readonly StubChange[], shard = this.openShards(table)[0] ?? ''): readonly string[] {
    const { records } = this.#shard(table, shard);
    return changes.map((change) => {
      const sequence = this.#nextSequence();
      records.push({ sequence, wire: wireRecord(change, sequence) });
      return sequence;
    });
  }

  /** Lets the oldest records of a shard go, so that `left` remain. */
  trim(table: string, shard: string, left: number): void {
    const stored = this.#shard(table, shard);
    stored.horizon = Math.max(stored.horizon, stored.records.length - left);
  }

  /** Lets a shard go altogether. */
  forget(table: string, shard: string): void {
    const { shards } = this.#streamOf(table);
    shards.splice(shards.indexOf(this.#shard(table, shard)), 1);
  }

  /** What was written to the table, oldest first. */
  items(table: string): readonly WireAttributes[] {
    return this.#table(table).items;
  }

  /** No iterator that was given out works any more. */
  expireIterators(): void {
    this.#generation++;
  }

  /** The next `times` calls of an action fail. */
  fail(action: string, error: StubError, times = 1): void {
    this.#errors.set(action, [...(this.#errors.get(action) ?? []), ...Array.from({ length: times }, () => error)]);
  }

  /** What an action was called with, so far. */
  callsOf(action: string): readonly Input[] {
    return this.requests.filter((request) => request.action === action).map(({ input }) => input);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Input;
    this.requests.push({ action, input });
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      ...(this.date !== undefined && { date: this.date }),
    };
    try {
      const error = this.#errors.get(action)?.shift();
      if (error !== undefined) throw error;
      const output = JSON.stringify(this.#act(action, input));
      response.writeHead(200, headers).end(output);
    } catch (thrown) {
      const { status, type, message } =
        thrown instanceof StubError ? thrown : new StubError(500, 'InternalServerError', String(thrown));
      const body = { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message };
      response.writeHead(status, headers).end(JSON.stringify(body));
    }
  }

  #act(action: string, input: Input): unknown {
    switch (action) {
      case 'DescribeTable': {
        const { stream } = this.#table(String(input['TableName']));
        const latest = stream === undefined ? {} : { LatestStreamArn: stream.arn, LatestStreamLabel: stream.label };
        return { Table: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], ...latest } };
      }
      case 'BatchWriteItem':
        return this.#batchWrite(input['RequestItems'] as Readonly<Record<string, readonly WireWrite[]>>);
      case 'DescribeStream':
        return this.#describeStream(input);
      case 'GetShardIterator':
        return { ShardIterator: this.#newIterator(input) };
      case 'GetRecords':
        return this.#getRecords(input);
      default:
        throw new StubError(400, 'UnknownOperationException', action);
    }
  }

  #batchWrite(requests: Readonly<Record<string, readonly WireWrite[]>>): unknown {
    const left = Object.entries(requests).map(([name, writes]) => {
      const keys = writes.map(({ PutRequest }) => JSON.stringify(PutRequest.Item['id']));
      if (new Set(keys).size < keys.length) {
        throw new StubError(400, 'ValidationException', 'Provided list of item keys contains duplicates');
      }
      const done = writes.slice(0, this.writesPerBatch);
      this.#table(name).items.push(...done.map(({ PutRequest }) => PutRequest.Item));
      return [name, writes.slice(done.length)] as const;
    });
    return { UnprocessedItems: Object.fromEntries(left.filter(([, writes]) => writes.length > 0)) };
  }

  #describeStream(input: Input): unknown {
    const stream = this.#stream(String(input['StreamArn']));
    const after = input['ExclusiveStartShardId'];
    const from = after === undefined ? 0 : stream.shards.findIndex(({ id }) => id === after) + 1;
    const page = stream.shards.slice(from, from + this.shardsPerPage);
    const more = from + page.length < stream.shards.length;
    return {
      StreamDescription: {
        StreamArn: stream.arn,
        StreamLabel: stream.label,
        StreamStatus: stream.status,
        CreationRequestDateTime: created,
        Shards: page.map(wireShard),
        ...(more && { LastEvaluatedShardId: page.at(-1)?.id }),
      },
    };
  }

  #newIterator(input: Input): string {
    const { arn, shards } = this.#stream(String(input['StreamArn']));
    const shard = shards.find(({ id }) => id === input['ShardId']);
    if (shard === undefined)
      throw new StubError(400, 'ResourceNotFoundException', 'Requested resource not found: Shard');
    const index = startIndex(shard, String(input['ShardIteratorType']), String(input['SequenceNumber']));
    if (index < shard.horizon) throw trimmed();
    const { id } = shard;
    return iteratorText({ stream: arn, shard: id, index, generation: this.#generation, empty: this.emptyPages });
  }

  #getRecords(input: Input): unknown {
    const iterator = JSON.parse(String(input['ShardIterator'])) as Iterator;
    if (iterator.generation !== this.#generation) {
      throw new StubError(400, 'ExpiredIteratorException', 'The shard iterator has expired');
    }
    const shard = this.#stream(iterator.stream).shards.find(({ id }) => id === iterator.shard);
    if (shard === undefined)
      throw new StubError(400, 'ResourceNotFoundException', 'Requested resource not found: Shard');
    if (iterator.index < shard.horizon) throw trimmed();
    if (iterator.empty > 0) {
      return { Records: [], NextShardIterator: iteratorText({ ...iterator, empty: iterator.empty - 1 }) };
    }
    const end = iterator.index + Number(input['Limit'] ?? 1_000);
    const records = shard.records.slice(iterator.index, end);
    const index = iterator.index + records.length;
    const ended = shard.closed && index === shard.records.length;
    return {
      Records: records.map(({ wire }) => wire),
      ...(!ended && { NextShardIterator: iteratorText({ ...iterator, index }) }),
    };
  }

  #nextSequence(): string {
    return String(++this.#sequence);
  }

  #table(name: string): StubTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new StubError(400, 'ResourceNotFoundException', `Table: ${name} not found`);
    return table;
  }

  #streamOf(table: string): StubStream {
    const { stream } = this.#table(table);
    if (stream === undefined) throw new Error(`table ${table} has no stream`);
    return stream;
  }

  #stream(arn: string): StubStream {
    const stream = this.#streams.get(arn);
    if (stream === undefined) throw new StubError(400, 'ResourceNotFoundException', `Stream: ${arn} not found`);
    return stream;
  }

  #shard(table: string, id: string): StubShard {
    const shard = this.#streamOf(table).shards.find((each) => each.id === id);
    if (shard === undefined) throw new Error(`table ${table} has no shard ${id}`);
    return shard;
  }
}
