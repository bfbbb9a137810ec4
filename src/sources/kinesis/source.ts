import type { StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import { serviceErrorKind } from '../../aws/service-error.js';
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
import type { Clock } from '../../platform/clock.js';
import { KinesisApi } from './api.js';
import type { KinesisClientOptions } from './client.js';
import { consumerMissing, isMissing, kinesisError, readPermissions } from './errors.js';
import { kinesisBatchInfo, recordMaker, type RecordContent } from './event.js';
import { FanOutReader } from './fan-out-reader.js';
import { PolledReader } from './polled-reader.js';
import { positionOfTime, shardPosition } from './position.js';
import { ShardPoller } from './shard-poller.js';
import { ShardList } from './shards.js';

interface KinesisSourceOptions extends KinesisClientOptions {
  readonly stream: string;
  readonly streamArn: string;
  /** Reads with enhanced fan-out, as this registered consumer. Default: with shared throughput. */
  readonly consumerArn?: string;
  /** Execution role of the function: part of each record. */
  readonly roleArn: string;
  readonly clock: Clock;
}

/** As Lambda's own pollers: once a second, five times while there is more, 2 MB/s, the limits of a shard. */
const awsPacing: Pacing = { kind: 'fixed', idleMs: 1_000, leastMs: 200, bytesPerSecond: 2 * 1024 * 1024 };
/** How far our clock and that of a local service may be apart before its own is asked. */
const sameClockMs = 500;
const hourMs = 3_600_000;

/** A Kinesis data stream, on AWS or on anything that speaks its protocol. */
export class KinesisSource implements StreamSource {
  readonly pacing: Pacing;
  /** Kinesis's limit for one read. */
  readonly maxRead = 10_000;
  readonly envelopeBytes = '{"Records":[]}'.length;
  readonly #options: KinesisSourceOptions;
  readonly #api: KinesisApi;
  readonly #shards: ShardList;
  #retentionMs: number | undefined;

  constructor(options: KinesisSourceOptions) {
    this.#options = options;
    this.#api = new KinesisApi({ ...options, consumerArn: options.consumerArn });
    this.#shards = new ShardList(this.#api, options.clock);
    if (options.consumerArn !== undefined) this.pacing = { kind: 'waits' };
    else this.pacing = options.onAws ? awsPacing : { kind: 'adaptive' };
  }

  describe(): Promise<StreamFacts> {
    return this.#call(async () => {
      const { StreamStatus, StreamCreationTimestamp, RetentionPeriodHours } = await this.#api.summary();
      this.#checkStatus(StreamStatus);
      await this.#checkConsumer();
      this.#retentionMs = RetentionPeriodHours === undefined ? undefined : RetentionPeriodHours * hourMs;
      const created = StreamCreationTimestamp?.toISOString() ?? 'an unknown time';
      return { identity: `${this.#options.streamArn} ${created}`, identityText: `created at ${created}` };
    });
  }

  partitions(): Promise<readonly Partition[]> {
    return this.#call(() => this.#shards.partitions());
  }

  tip(partition: string): Promise<string> {
    return this.#call(async () => {
      // Looked at first: what arrives while the service answers is not skipped.
      const ours = this.#options.clock.now();
      return positionOfTime(this.#tipTime(ours, await this.#api.serviceTime(partition)));
    });
  }

  async open(partition: string, from: StartPoint): Promise<PartitionReader> {
    const { clock, consumerArn } = this.#options;
    const retentionMs = (): number | undefined => this.#retentionMs;
    const parts = { api: this.#api, clock, shard: partition, retentionMs };
    const poller = new ShardPoller({ ...parts, position: shardPosition(from) });
    const make = this.#maker(partition);
    if (consumerArn === undefined) return new PolledReader(poller, make, this.#api.address);
    return new FanOutReader({
      ...parts,
      consumerArn,
      poller,
      make,
      range: () => this.#shards.range(partition),
      isClosed: () => this.#shards.isClosed(partition),
    });
  }

  event(records: readonly StreamRecord[]): string {
    // One join makes one text: adding to it afterwards would have it copied once more when it is sent.
    const texts = records.map(({ record }) => record);
    texts[0] = `{"Records":[${texts[0] ?? ''}`;
    texts.push(`${texts.pop() ?? ''}]}`);
    return texts.join(',');
  }

  failureInfo(
    partition: string,
    records: readonly [StreamRecord, ...StreamRecord[]],
  ): Readonly<Record<string, unknown>> {
    return kinesisBatchInfo(partition, records, this.#options.streamArn);
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  #maker(partition: string): (content: RecordContent) => StreamRecord {
    const { consumerArn, streamArn, region, roleArn } = this.#options;
    return recordMaker(partition, { eventSourceArn: consumerArn ?? streamArn, region, roleArn });
  }

  /** Records carry the service's time. On AWS it is taken from there, so that a wrong clock here skips nothing. */
  #tipTime(ours: number, service: number | undefined): number {
    if (service === undefined) return ours;
    const agree = ours > service - sameClockMs && ours < service + 1_000 + sameClockMs;
    return agree && !this.#options.onAws ? ours : service;
  }

  #checkStatus(status: StreamDescriptionSummary['StreamStatus']): void {
    const { address } = this.#api;
    if (status === 'CREATING') throw new SourceError('missing', `it is still being created at ${address}`);
    if (status === 'DELETING') {
      throw new SourceError('missing', `it is being deleted at ${address}; create it again, or remove the mapping`);
    }
  }

  async #checkConsumer(): Promise<void> {
    const { consumerArn } = this.#options;
    if (consumerArn === undefined) return;
    const { address } = this.#api;
    try {
      const { ConsumerStatus } = await this.#api.consumer(consumerArn);
      if (ConsumerStatus !== 'CREATING' && ConsumerStatus !== 'DELETING') return;
      const what = ConsumerStatus === 'CREATING' ? 'still being registered' : 'being deregistered';
      throw new SourceError('missing', `its consumer ${consumerArn} is ${what} at ${address}`);
    } catch (error) {
      if (isMissing(error)) throw consumerMissing(consumerArn, address);
      // Reading does not need the permission to ask this, and not every local server knows the question.
      if (error instanceof SourceError || serviceErrorKind(error) === 'unreachable') throw error;
    }
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw kinesisError(error, this.#api.address, this.#permissions);
    }
  }

  get #permissions(): readonly string[] {
    return this.#options.consumerArn === undefined ? readPermissions.shared : readPermissions.fanOut;
  }
}
