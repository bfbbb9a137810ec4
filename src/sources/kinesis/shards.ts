import type { Shard } from '@aws-sdk/client-kinesis';
import type { Partition } from '../../contracts/stream-source.js';
import type { Clock } from '../../platform/clock.js';
import type { KinesisApi } from './api.js';

/** The hash keys whose records belong to a shard, both ends included. */
export interface HashKeyRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** A list that several readers ask for is not read again before it is so old. */
const sharedMs = 1_000;

/** The shards of a stream. Rejects as the SDK does. */
export class ShardList {
  readonly #api: KinesisApi;
  readonly #clock: Clock;
  #read: { readonly at: number; readonly shards: Promise<readonly Shard[]> } | undefined;

  constructor(api: KinesisApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  async partitions(): Promise<readonly Partition[]> {
    return (await this.#load()).map((shard) => ({
      id: shard.ShardId ?? '',
      parents: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
      closed: isClosed(shard),
    }));
  }

  /** Undefined when the shard is not there any more. */
  async range(id: string): Promise<HashKeyRange | undefined> {
    const range = (await this.#find(id))?.HashKeyRange;
    if (range?.StartingHashKey === undefined || range.EndingHashKey === undefined) return undefined;
    return { from: BigInt(range.StartingHashKey), to: BigInt(range.EndingHashKey) };
  }

  /** Whether nothing is written to a shard any more. */
  async isClosed(id: string): Promise<boolean> {
    const shard = await this.#find(id);
    return shard === undefined || isClosed(shard);
  }

  async #find(id: string): Promise<Shard | undefined> {
    const read = this.#read;
    const shards = await (read !== undefined && this.#clock.now() - read.at < sharedMs ? read.shards : this.#load());
    return shards.find(({ ShardId }) => ShardId === id);
  }

  #load(): Promise<readonly Shard[]> {
    const shards = this.#api.shards();
    const read = { at: this.#clock.now(), shards };
    this.#read = read;
    shards.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return shards;
  }
}

function isClosed({ SequenceNumberRange }: Shard): boolean {
  const end = SequenceNumberRange?.EndingSequenceNumber;
  return end !== undefined && end !== '';
}
