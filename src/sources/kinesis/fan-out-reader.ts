import type { SubscribeToShardEvent } from '@aws-sdk/client-kinesis';
import { serviceErrorKind } from '../../aws/service-error.js';
import { SourceError } from '../../contracts/source-error.js';
import type { Page, PartitionReader, ReadRequest, StreamRecord } from '../../contracts/stream-source.js';
import { sleep, type Clock } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import type { KinesisApi } from './api.js';
import { consumerMissing, isMissing, isPositionRefused, kinesisError, readPermissions } from './errors.js';
import type { RecordContent } from './event.js';
import { whatExpired } from './expiry.js';
import type { ShardPosition } from './position.js';
import type { ReadRecord } from './raw-records.js';
import type { ShardPoller } from './shard-poller.js';
import type { HashKeyRange } from './shards.js';
import { Subscription } from './subscription.js';
import { userRecords } from './user-records.js';

interface FanOutReaderOptions {
  readonly api: KinesisApi;
  readonly clock: Clock;
  readonly consumerArn: string;
  readonly shard: string;
  readonly poller: ShardPoller;
  readonly range: () => Promise<HashKeyRange | undefined>;
  readonly isClosed: () => Promise<boolean>;
  readonly retentionMs: () => number | undefined;
  readonly make: (content: RecordContent) => StreamRecord;
}

/** How long to poll before the next attempt to subscribe: AWS refuses a second one within 5 seconds. */
const subscribeAgainMs = 5_000;
/** The first refusal may be but the end of the last subscription, which a service needs a moment to notice. */
const tellAtRefusal = 2;
/** While it polls: on AWS as often as pollers may, elsewhere as often as one looks at an idle shard. */
const pollMs = { aws: { idle: 1_000, busy: 200 }, elsewhere: { idle: 100, busy: 0 } };
/** AWS announces the end of a shard. Elsewhere it is looked up when nothing has come for so long. */
const quietMs = { aws: 60_000, elsewhere: 2_000 };

/** What came, and was not handed over yet. */
interface Arrival {
  readonly records: readonly StreamRecord[];
  readonly ended: boolean;
  readonly atTip: boolean;
  readonly behindMs: number | undefined;
}

const nothing: Arrival = { records: [], ended: false, atTip: false, behindMs: undefined };

/** Reads a shard with enhanced fan-out: pushed while it is subscribed, polled while that is refused. */
export class FanOutReader implements PartitionReader {
  readonly #parts: FanOutReaderOptions;
  readonly #place: 'aws' | 'elsewhere';
  #subscription: Subscription | undefined;
  /** Behind the last event, where that is further than the last record. */
  #continuation: string | undefined;
  #range: HashKeyRange | undefined;
  #arrived = nothing;
  #trimmed: string | undefined;
  #begun = false;
  /** The shard is closed: what is left of it is polled, because that tells where it ends. */
  #draining = false;
  #quietSince: number;
  #subscribeAt = 0;
  #pollAt = 0;
  #refusalsInARow = 0;

  constructor(parts: FanOutReaderOptions) {
    this.#parts = parts;
    this.#place = parts.api.onAws ? 'aws' : 'elsewhere';
    this.#quietSince = parts.clock.now();
  }

  async read({ max, signal }: ReadRequest): Promise<Page> {
    try {
      if (this.#arrived.records.length === 0 && !this.#arrived.ended) this.#arrived = await this.#more(max, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw kinesisError(error, this.#parts.api.address, readPermissions.fanOut);
    }
    return this.#page(max);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
  }

  #page(max: number): Page {
    const { records, ended, atTip, behindMs } = this.#arrived;
    const left = records.slice(max);
    this.#arrived = { ...this.#arrived, records: left };
    const trimmed = this.#trimmed;
    this.#trimmed = undefined;
    return {
      records: records.slice(0, max),
      ended: ended && left.length === 0,
      atTip: atTip && left.length === 0,
      ...(behindMs === undefined ? {} : { behindMs }),
      ...(trimmed === undefined ? {} : { trimmed }),
    };
  }

  async #more(max: number, signal: AbortSignal): Promise<Arrival> {
    await this.#begin(signal);
    if (this.#subscription?.isOld === true) this.#unsubscribe();
    if (!this.#draining && (await this.#isSubscribed(signal))) {
      const event = await this.#nextEvent(signal);
      return event === undefined ? nothing : this.#arrivalOf(event);
    }
    return this.#poll(max, signal);
  }

  /** What has to be known before the first record is delivered. */
  async #begin(signal: AbortSignal): Promise<void> {
    if (this.#begun) return;
    const { api, shard, clock, poller, range, retentionMs } = this.#parts;
    this.#range = await range();
    this.#trimmed = await whatExpired({
      api,
      shard,
      position: poller.position,
      now: clock.now(),
      retentionMs: retentionMs(),
      signal,
    });
    this.#begun = true;
  }

  async #isSubscribed(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    if (this.#subscription !== undefined) return true;
    if (clock.now() < this.#subscribeAt) return false;
    this.#subscribeAt = clock.now() + subscribeAgainMs;
    try {
      this.#subscription = await Subscription.start({ ...this.#parts, position: this.#resumeAt(), signal });
      this.#refusalsInARow = 0;
      return true;
    } catch (error) {
      signal.throwIfAborted();
      await this.#refused(error);
      return false;
    }
  }

  /** Says once why nothing is pushed; then it is polled. Rejects each time with what a person has to mend. */
  async #refused(error: unknown): Promise<void> {
    const { api, consumerArn } = this.#parts;
    const kind = serviceErrorKind(error);
    const isConsumerMissing = kind === 'missing' && (await this.#isConsumerMissing());
    if (isConsumerMissing || kind === 'denied' || kind === 'unreachable') {
      this.#subscribeAt = 0;
      throw isConsumerMissing ? consumerMissing(consumerArn, api.address) : error;
    }
    if (isPositionRefused(error)) {
      this.#continuation = undefined;
      return;
    }
    if (++this.#refusalsInARow !== tellAtRefusal) return;
    const what = `${api.address} refuses to push records to ${consumerArn} (${messageOf(error)})`;
    throw new SourceError(kind, `${what}; until it does, the shard is polled with GetRecords`, { cause: error });
  }

  async #isConsumerMissing(): Promise<boolean> {
    const { api, consumerArn } = this.#parts;
    try {
      await api.consumer(consumerArn);
      return false;
    } catch (error) {
      return isMissing(error);
    }
  }

  /** Undefined when the subscription has ended or broken: the next read makes another one. */
  async #nextEvent(signal: AbortSignal): Promise<SubscribeToShardEvent | undefined> {
    try {
      const event = await this.#subscription?.next(signal);
      // One that worked may be renewed at once; one that ended without a word may not, or it would end so again and again.
      if (event !== undefined) this.#subscribeAt = 0;
      else this.#unsubscribe();
      return event;
    } catch {
      signal.throwIfAborted();
      this.#unsubscribe();
      return undefined;
    }
  }

  async #arrivalOf({
    Records = [],
    ContinuationSequenceNumber,
    MillisBehindLatest,
    ChildShards = [],
  }: SubscribeToShardEvent): Promise<Arrival> {
    const records = this.#take(Records);
    this.#continuation = ContinuationSequenceNumber;
    const ended = ChildShards.length > 0;
    if (ended) this.#unsubscribe();
    else if (Records.length === 0) await this.#lookWhetherClosed();
    else this.#quietSince = this.#parts.clock.now();
    return { records, ended, atTip: ended || MillisBehindLatest === 0, behindMs: MillisBehindLatest };
  }

  async #lookWhetherClosed(): Promise<void> {
    const { clock, isClosed } = this.#parts;
    if (clock.now() - this.#quietSince < quietMs[this.#place]) return;
    this.#quietSince = clock.now();
    // What was pushed is handed over whether or not the list can be read.
    if (!(await isClosed().catch(() => false))) return;
    this.#draining = true;
    this.#unsubscribe();
  }

  async #poll(max: number, signal: AbortSignal): Promise<Arrival> {
    const { poller, clock } = this.#parts;
    if (this.#pollAt > clock.now()) await sleep(clock, this.#pollAt - clock.now(), signal);
    const from = poller.position;
    const { records, ended, atTip, behindMs, trimmed } = await poller.read(max, signal);
    this.#trimmed ??= trimmed;
    if (records.length > 0) this.#continuation = undefined;
    const pause = pollMs[this.#place];
    this.#pollAt = clock.now() + (atTip ? pause.idle : pause.busy);
    return { records: this.#unpacked(records, from), ended, atTip, behindMs };
  }

  #take(records: readonly ReadRecord[]): readonly StreamRecord[] {
    const { poller } = this.#parts;
    const from = poller.position;
    const last = records.at(-1)?.SequenceNumber;
    if (last !== undefined) poller.moveTo({ kind: 'after', sequence: last });
    return this.#unpacked(records, from);
  }

  #unpacked(records: readonly ReadRecord[], from: ShardPosition): readonly StreamRecord[] {
    const { make } = this.#parts;
    return records.flatMap((record) => userRecords(record, this.#range, from).map(make));
  }

  #resumeAt(): ShardPosition {
    const { position } = this.#parts.poller;
    return this.#continuation === undefined ? position : { kind: 'after', sequence: this.#continuation };
  }

  #unsubscribe(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
  }
}
