import type { _Record, DynamoDBStreamsClient, GetRecordsOutput } from '@aws-sdk/client-dynamodb-streams';
import { loadStreamsSdk } from './client.js';
import { isNamed } from './errors.js';

/** Most records that GetRecords returns. */
export const perRead = 1_000;

/** Why records that were not read in time are gone. */
export const retention = 'DynamoDB Streams keeps records for 24 hours';

/** A shard of a stream. */
export interface ShardPlace {
  readonly streamArn: string;
  readonly shard: string;
}

/** What one GetRecords returned. */
export interface ShardPage {
  readonly records: readonly _Record[];
  /** The shard is closed, and this was all of it. */
  readonly ended: boolean;
  /** Records behind the position are gone, and why that is known. */
  readonly trimmed?: string;
}

interface CursorRequest {
  readonly client: DynamoDBStreamsClient;
  readonly max: number;
  readonly signal?: AbortSignal;
}

/** How often one read may have to find its place again: an iterator that is new cannot be old. */
const mostRenewals = 3;

/**
 * A place in a shard that moves forward. Knows the last record that was read, so that an iterator that expired after its
 * 15 minutes, or that a restarted server does not know, is got again at the same place.
 *
 * A page that is empty says nothing about what comes: the service searches a stretch of the shard at a time, and on AWS
 * several empty ones may precede records. Only the absence of a next iterator means the end.
 */
export class ShardCursor {
  readonly #place: ShardPlace;
  #iterator: string | undefined;
  /** Sequence number of the last record that was read; undefined: the oldest that is left comes next. */
  #after: string | undefined;
  #ended = false;
  #trimmed: string | undefined;

  constructor(place: ShardPlace, after: string | undefined) {
    this.#place = place;
    this.#after = after;
  }

  /** Sequence number of the last record that was read, or of where it began. */
  get after(): string | undefined {
    return this.#after;
  }

  /** The next records. Rejects as the SDK does; after that, the next call goes on at the same place. */
  async next(request: CursorRequest): Promise<ShardPage> {
    if (this.#ended) return { records: [], ended: true };
    for (let renewals = 0; ; renewals++) {
      try {
        return this.#accept(await this.#read(request));
      } catch (error) {
        if (renewals === mostRenewals || !this.#recovers(error)) throw error;
      }
    }
  }

  async #read({ client, max, signal }: CursorRequest): Promise<GetRecordsOutput> {
    const { GetRecordsCommand } = await loadStreamsSdk();
    const options = signal === undefined ? {} : { abortSignal: signal };
    this.#iterator ??= await this.#newIterator(client, options);
    const command = new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: Math.min(max, perRead) });
    return client.send(command, options);
  }

  async #newIterator(client: DynamoDBStreamsClient, options: { readonly abortSignal?: AbortSignal }): Promise<string> {
    const { GetShardIteratorCommand } = await loadStreamsSdk();
    const { streamArn, shard } = this.#place;
    const start =
      this.#after === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: this.#after } as const);
    const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard, ...start });
    const { ShardIterator } = await client.send(command, options);
    if (ShardIterator === undefined) throw new Error(`no iterator for shard ${shard}`);
    return ShardIterator;
  }

  #accept({ Records = [], NextShardIterator }: GetRecordsOutput): ShardPage {
    this.#iterator = NextShardIterator;
    this.#ended = NextShardIterator === undefined;
    this.#after = Records.at(-1)?.dynamodb?.SequenceNumber ?? this.#after;
    const trimmed = this.#trimmed;
    this.#trimmed = undefined;
    return { records: Records, ended: this.#ended, ...(trimmed !== undefined && { trimmed }) };
  }

  /** Whether reading can go on with a new iterator. */
  #recovers(error: unknown): boolean {
    const hadIterator = this.#iterator !== undefined;
    this.#iterator = isFinal(error) ? undefined : this.#iterator;
    if (isNamed(error, 'ExpiredIteratorException')) return hadIterator;
    if (isNamed(error, 'TrimmedDataAccessException')) return this.#restart(retention);
    if (!isNamed(error, 'ValidationException')) return false;
    // What DynamoDB Local calls an iterator it does not know, and a sequence number that the shard never had.
    return hadIterator || (this.#after !== undefined && this.#restart('the shard does not know the position'));
  }

  #restart(because: string): true {
    // Who reads from the oldest record that is left has lost nothing when an older one is gone. DynamoDB Local says so of
    // an iterator of an empty shard when the first record comes.
    if (this.#after === undefined) return true;
    this.#trimmed = `records behind sequence number ${this.#after} may be gone (${because}); reading goes on at the oldest record that is left`;
    this.#after = undefined;
    return true;
  }
}

/** Whether the same iterator would be refused again. */
function isFinal(error: unknown): boolean {
  const names = ['ExpiredIteratorException', 'TrimmedDataAccessException', 'ValidationException'];
  return names.some((name) => isNamed(error, name));
}
