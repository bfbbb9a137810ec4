import type { Clock } from '../../platform/clock.js';
import type { KinesisApi, RecordsAnswer } from './api.js';
import { isIteratorRefused, isTimeout } from './errors.js';
import { whatExpired, whyRefused } from './expiry.js';
import type { ShardPosition } from './position.js';
import type { ReadRecord } from './raw-records.js';

/** What one read brought, as the service has it. */
interface ShardPage {
  readonly records: readonly ReadRecord[];
  readonly ended: boolean;
  readonly atTip: boolean;
  readonly behindMs: number | undefined;
  readonly trimmed: string | undefined;
}

interface ShardPollerOptions {
  readonly api: KinesisApi;
  readonly shard: string;
  readonly position: ShardPosition;
  readonly clock: Clock;
  readonly retentionMs: () => number | undefined;
}

/** kinesalite never answers the question for a moment behind which there is nothing yet. */
const timeSeekMs = 1_000;

/** Reads one shard with iterators, which are renewed from the last record when the service does not take them any more. */
export class ShardPoller {
  readonly #parts: ShardPollerOptions;
  #position: ShardPosition;
  #iterator: string | undefined;
  #ended = false;
  /** Records that arrived before are passed over: where the service cannot find the first one by itself. */
  #notBefore: number | undefined;
  #trimmed: string | undefined;

  constructor(parts: ShardPollerOptions) {
    this.#parts = parts;
    this.#position = parts.position;
  }

  /** Behind the last record that was read. */
  get position(): ShardPosition {
    return this.#position;
  }

  /** Reading goes on here: something else has read in between. */
  moveTo(position: ShardPosition): void {
    this.#position = position;
    this.#iterator = undefined;
    this.#notBefore = undefined;
  }

  /** Rejects as the SDK does. After a rejection the next read goes on at the same place. */
  async read(limit: number, signal: AbortSignal): Promise<ShardPage> {
    for (;;) {
      if (this.#ended) return { records: [], ended: true, atTip: true, behindMs: 0, trimmed: this.#takeTrimmed() };
      const answer = await this.#answer(limit, signal);
      const read = answer.Records ?? [];
      const records = this.#passOver(read);
      this.#advance(answer, records.at(-1));
      if (records.length > 0 || read.length === 0 || this.#ended) return this.#page(answer, records, limit);
    }
  }

  async #answer(limit: number, signal: AbortSignal): Promise<RecordsAnswer> {
    const { api } = this.#parts;
    const iterator = this.#iterator;
    try {
      if (iterator !== undefined) return await api.records(iterator, limit, { signal });
    } catch (error) {
      if (!isIteratorRefused(error)) throw error;
      this.#iterator = undefined;
    }
    return api.records(await this.#open(signal), limit, { signal });
  }

  #advance({ NextShardIterator }: RecordsAnswer, last: ReadRecord | undefined): void {
    if (last?.SequenceNumber !== undefined) this.#position = { kind: 'after', sequence: last.SequenceNumber };
    this.#iterator = NextShardIterator === '' ? undefined : NextShardIterator;
    this.#ended = this.#iterator === undefined;
  }

  #page({ MillisBehindLatest }: RecordsAnswer, records: readonly ReadRecord[], limit: number): ShardPage {
    // A full page tells nothing on kinesalite, which is never behind.
    const caughtUp = MillisBehindLatest === undefined ? records.length === 0 : MillisBehindLatest === 0;
    return {
      records,
      ended: this.#ended,
      atTip: this.#ended || (caughtUp && records.length < limit),
      behindMs: MillisBehindLatest,
      trimmed: this.#takeTrimmed(),
    };
  }

  #passOver(records: readonly ReadRecord[]): readonly ReadRecord[] {
    const from = this.#notBefore;
    if (from === undefined) return records;
    const first = records.findIndex(({ ApproximateArrivalTimestamp: time }) => (time?.getTime() ?? from) >= from);
    if (first === -1) return [];
    this.#notBefore = undefined;
    return records.slice(first);
  }

  #takeTrimmed(): string | undefined {
    const trimmed = this.#trimmed;
    this.#trimmed = undefined;
    return trimmed;
  }

  async #open(signal: AbortSignal): Promise<string> {
    const { api, shard, clock, retentionMs } = this.#parts;
    const position = this.#position;
    this.#notBefore = undefined;
    const expired = await whatExpired({
      api,
      shard,
      position,
      now: clock.now(),
      retentionMs: retentionMs(),
      signal,
    });
    const iterator = await this.#iteratorAt(position, signal);
    if (iterator === undefined) throw new Error(`there is no iterator for shard ${shard}`);
    this.#trimmed ??= expired;
    this.#iterator = iterator;
    return iterator;
  }

  async #iteratorAt(position: ShardPosition, signal: AbortSignal): Promise<string | undefined> {
    const { api, shard } = this.#parts;
    if (position.kind === 'timestamp' && !api.onAws) return this.#iteratorAtTime(position, signal);
    try {
      return await api.iterator(shard, position, { signal });
    } catch (error) {
      const refused = whyRefused(error, position);
      if (refused === undefined) throw error;
      const oldest = await api.iterator(shard, { kind: 'horizon' }, { signal });
      this.#position = { kind: 'horizon' };
      this.#trimmed = refused;
      return oldest;
    }
  }

  async #iteratorAtTime(
    position: Extract<ShardPosition, { readonly kind: 'timestamp' }>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { api, shard } = this.#parts;
    try {
      return await api.iterator(shard, position, { signal, answerMs: timeSeekMs });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      this.#notBefore = position.at;
      return api.iterator(shard, { kind: 'horizon' }, { signal });
    }
  }
}
