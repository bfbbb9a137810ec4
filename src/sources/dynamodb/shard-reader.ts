import type { _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SourceError } from '../../contracts/source-error.js';
import type { Page, PartitionReader, ReadRequest } from '../../contracts/stream-source.js';
import { isoTime } from '../../platform/clock.js';
import { createdAt, streamRecord } from './event.js';
import type { ReadingStart } from './position.js';
import { retention, ShardCursor, type ShardPage, type ShardPlace } from './shard-cursor.js';

interface ShardReaderOptions extends ShardPlace {
  readonly start: ReadingStart;
  /** Times of records are cut to a multiple of this, in milliseconds. */
  readonly timeGrainMs: number;
  /** In milliseconds since the epoch. */
  readonly openedAt: number;
  /** Runs a call of the service; rejects with a `SourceError`. */
  readonly call: <T>(work: (client: DynamoDBStreamsClient) => Promise<T>) => Promise<T>;
  /** Whether the stream is there and does not have the shard any more. */
  readonly isGone: () => Promise<boolean>;
}

/** How long the service keeps a record. */
const keptMs = 24 * 60 * 60 * 1_000;

/** Reads one shard forward, leaving out what is older than the time it was told to begin at. */
export class ShardReader implements PartitionReader {
  readonly #options: ShardReaderOptions;
  readonly #cursor: ShardCursor;
  #notBefore: number | undefined;
  #trimmed: string | undefined;

  constructor(options: ShardReaderOptions) {
    const { start, timeGrainMs, openedAt } = options;
    this.#options = options;
    this.#cursor = new ShardCursor(options, start.after);
    if (start.notBefore === undefined) return;
    // A record of 12:00:00.900 says 12:00:00: it belongs to what comes after 12:00:00.500.
    this.#notBefore = Math.floor(start.notBefore / timeGrainMs) * timeGrainMs;
    if (start.notBefore < openedAt - keptMs) {
      this.#trimmed = `records since ${isoTime(start.notBefore)} may be gone (${retention})`;
    }
  }

  async read({ max, signal }: ReadRequest): Promise<Page> {
    signal.throwIfAborted();
    const { streamArn } = this.#options;
    try {
      const page = await this.#next({ max, signal });
      const trimmed = page.trimmed ?? this.#trimmed;
      this.#trimmed = undefined;
      return {
        records: this.#wanted(page.records).map((record) => streamRecord(record, streamArn)),
        ended: page.ended,
        // Before those that were left out: a page full of old records is not the tip.
        atTip: page.ended || page.records.length === 0,
        ...(trimmed !== undefined && { trimmed }),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  async close(): Promise<void> {}

  async #next({ max, signal }: ReadRequest): Promise<ShardPage> {
    const { call, isGone } = this.#options;
    try {
      return await call((client) => this.#cursor.next({ client, max, signal }));
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'missing' || !(await isGone())) throw error;
      return { records: [], ended: true, trimmed: `the shard is gone with what was left in it (${retention})` };
    }
  }

  #wanted(records: readonly _Record[]): readonly _Record[] {
    const notBefore = this.#notBefore;
    if (notBefore === undefined) return records;
    const first = records.findIndex(({ dynamodb }) => createdAt(dynamodb) >= notBefore);
    if (first === -1) return [];
    // Times are approximate and may go back a little; the order of the shard decides what is later.
    this.#notBefore = undefined;
    return records.slice(first);
  }
}
