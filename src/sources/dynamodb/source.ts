import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient, Shard, StreamDescription } from '@aws-sdk/client-dynamodb-streams';
import type { ServiceReach } from '../../aws/client-settings.js';
import { SourceError } from '../../contracts/source-error.js';
import type {
  Pacing,
  Partition,
  PartitionReader,
  StartPoint,
  StreamFacts,
  StreamRecord,
  StreamSource,
} from '../../contracts/stream-source.js';
import { isoTime, type Clock } from '../../platform/clock.js';
import { addressOf, createStreamsClient, createTableClient, loadStreamsSdk, loadTableSdk } from './client.js';
import { dynamoDbStreamsError, isNamed } from './errors.js';
import { readingStart, startPosition, timePosition } from './position.js';
import { timeOfService } from './service-time.js';
import { perRead, ShardCursor } from './shard-cursor.js';
import { ShardReader } from './shard-reader.js';

export interface DynamoDbStreamSourceOptions extends ServiceReach {
  readonly table: string;
  /** Undefined: the latest stream of the table, which each `describe` looks up. */
  readonly streamArn: string | undefined;
  /** Whether the service is AWS itself: with its limits, and with a day of records. */
  readonly onAws: boolean;
  readonly clock: Clock;
}

/** As AWS reads: four times a second, within the limits of one shard. */
const awsPacing: Pacing = { kind: 'fixed', idleMs: 250, leastMs: 200, bytesPerSecond: 2_000_000 };
/** AWS tells the time of records in seconds. DynamoDB Local cuts it to the minute. */
const timeGrainMs = { aws: 1_000, other: 60_000 } as const;

/** The stream of a DynamoDB table, on AWS or on anything that speaks the protocol of DynamoDB Streams. */
export class DynamoDbStreamSource implements StreamSource {
  readonly pacing: Pacing;
  readonly maxRead = perRead;
  readonly envelopeBytes = '{"Records":[]}'.length;
  readonly #options: DynamoDbStreamSourceOptions;
  readonly #address: string;
  #streams: Promise<DynamoDBStreamsClient> | undefined;
  #tables: Promise<DynamoDBClient> | undefined;
  #streamArn: string | undefined;

  constructor(options: DynamoDbStreamSourceOptions) {
    this.#options = options;
    this.#address = addressOf(options);
    this.#streamArn = options.streamArn;
    this.pacing = options.onAws ? awsPacing : { kind: 'adaptive' };
  }

  async describe(): Promise<StreamFacts> {
    const streamArn = this.#options.streamArn ?? (await this.#latestStream());
    this.#streamArn = streamArn;
    const { stream, shards } = await this.#describeStream(streamArn);
    const ended = stream.StreamStatus === 'DISABLED' && shards.every(isClosed);
    if (ended && shards.length === 0) throw new SourceError('missing', this.#disabledText(streamArn));
    const created = stream.CreationRequestDateTime;
    const since = created === undefined ? `labelled ${stream.StreamLabel}` : `created at ${isoTime(created.getTime())}`;
    return {
      identity: `${streamArn} ${since}`,
      identityText: ended ? `${since}; it is disabled: what is left in it is read, and nothing new will come` : since,
    };
  }

  async partitions(): Promise<readonly Partition[]> {
    const { shards } = await this.#describeStream(await this.#currentStream());
    return shards.map((shard) => ({
      id: shard.ShardId ?? '',
      parents: shard.ParentShardId === undefined ? [] : [shard.ParentShardId],
      closed: isClosed(shard),
    }));
  }

  /**
   * The service tells no position for "now": a `LATEST` iterator expires after 15 minutes, and there is none for a time.
   * On AWS, where a shard may hold a day of records, the position is the time. Elsewhere times are too coarse for that
   * and shards are small: the shard is read through, and the position is its last record.
   */
  async tip(partition: string): Promise<string> {
    const place = { streamArn: await this.#currentStream(), shard: partition };
    const { onAws, clock } = this.#options;
    return this.#call(async (client) => {
      if (!onAws) return lastRecordOf(client, new ShardCursor(place, undefined));
      const before = clock.now();
      // A clock that is ahead of the service's would skip records; one that is behind only reads some again.
      return timePosition(Math.min(before, (await timeOfService(client, place)) ?? before));
    });
  }

  async open(partition: string, from: StartPoint): Promise<PartitionReader> {
    const { onAws, clock } = this.#options;
    const streamArn = await this.#currentStream();
    return new ShardReader({
      streamArn,
      shard: partition,
      start: readingStart(from),
      timeGrainMs: onAws ? timeGrainMs.aws : timeGrainMs.other,
      openedAt: clock.now(),
      call: (work) => this.#call(work),
      isGone: async () => {
        const { shards } = await this.#describeStream(streamArn);
        return shards.every(({ ShardId }) => ShardId !== partition);
      },
    });
  }

  event(records: readonly StreamRecord[]): string {
    return `{"Records":[${records.map(({ record }) => record).join(',')}]}`;
  }

  failureInfo(
    partition: string,
    records: readonly [StreamRecord, ...StreamRecord[]],
  ): Readonly<Record<string, unknown>> {
    const [first] = records;
    const last = records.at(-1) ?? first;
    return {
      DDBStreamBatchInfo: {
        shardId: partition,
        startSequenceNumber: first.id,
        endSequenceNumber: last.id,
        approximateArrivalOfFirstRecord: wholeSeconds(first.arrivedAt),
        approximateArrivalOfLastRecord: wholeSeconds(last.arrivedAt),
        batchSize: records.length,
        // Of the records: a table may have got another stream since they were read.
        streamArn: first.view()['eventSourceARN'],
      },
    };
  }

  async close(): Promise<void> {
    const clients = [this.#streams, this.#tables];
    this.#streams = undefined;
    this.#tables = undefined;
    for (const client of clients) (await client)?.destroy();
  }

  async #currentStream(): Promise<string> {
    return (this.#streamArn ??= await this.#latestStream());
  }

  async #latestStream(): Promise<string> {
    const { table } = this.#options;
    const latest = await this.#lookUpLatestStream();
    if (latest !== undefined) return latest;
    const remedy = 'enable one (StreamSpecification: StreamEnabled true, with a StreamViewType)';
    throw new SourceError('missing', `table ${table} at ${this.#address} has no stream; ${remedy}`);
  }

  async #lookUpLatestStream(): Promise<string | undefined> {
    try {
      const { DescribeTableCommand } = await loadTableSdk();
      this.#tables ??= createTableClient(this.#options);
      const client = await this.#tables;
      const { Table } = await client.send(new DescribeTableCommand({ TableName: this.#options.table }));
      return Table?.LatestStreamArn;
    } catch (error) {
      throw dynamoDbStreamsError(error, this.#address);
    }
  }

  /** All pages of it. */
  async #describeStream(
    streamArn: string,
  ): Promise<{ readonly stream: StreamDescription; readonly shards: readonly Shard[] }> {
    const { DescribeStreamCommand } = await loadStreamsSdk();
    const shards: Shard[] = [];
    let from: string | undefined;
    for (;;) {
      const command = new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: from });
      const { StreamDescription: stream = {} } = await this.#callForStream(streamArn, (client) => client.send(command));
      shards.push(...(stream.Shards ?? []));
      from = stream.LastEvaluatedShardId;
      if (from === undefined) return { stream, shards };
    }
  }

  /** A stream that is not there is often an old one of a table that has another now. */
  async #callForStream<T>(streamArn: string, work: (client: DynamoDBStreamsClient) => Promise<T>): Promise<T> {
    try {
      return await this.#call(work);
    } catch (error) {
      if (!(error instanceof SourceError) || !isNamed(error.cause, 'ResourceNotFoundException')) throw error;
      const latest = await this.#lookUpLatestStream().catch(() => undefined);
      if (latest === undefined || latest === streamArn) throw error;
      const { table } = this.#options;
      const remedy = `the latest stream of table ${table} is ${latest}: name that one, or the ARN of the table`;
      throw new SourceError('missing', `${streamArn} does not exist at ${this.#address}; ${remedy}`, { cause: error });
    }
  }

  #disabledText(streamArn: string): string {
    const { table } = this.#options;
    return `${streamArn} at ${this.#address} is disabled, and nothing is left in it; enable a stream on table ${table}`;
  }

  async #call<T>(work: (client: DynamoDBStreamsClient) => Promise<T>): Promise<T> {
    try {
      this.#streams ??= createStreamsClient(this.#options);
      return await work(await this.#streams);
    } catch (error) {
      throw dynamoDbStreamsError(error, this.#address);
    }
  }
}

async function lastRecordOf(client: DynamoDBStreamsClient, cursor: ShardCursor): Promise<string> {
  for (;;) {
    const { records, ended } = await cursor.next({ client, max: perRead });
    if (ended || records.length === 0) return cursor.after ?? startPosition;
  }
}

function isClosed({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber !== undefined;
}

/** As AWS writes the times of these records: without a fraction. */
function wholeSeconds(ms: number): string {
  return isoTime(ms).replace(/\.\d+Z$/, 'Z');
}
