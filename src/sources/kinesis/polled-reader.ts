import type { Page, PartitionReader, ReadRequest, StreamRecord } from '../../contracts/stream-source.js';
import { kinesisError } from './errors.js';
import { wholeRecord, type RecordContent } from './event.js';
import type { ShardPoller } from './shard-poller.js';

/** Reads a shard with shared throughput: records are delivered as they are, aggregates included. */
export class PolledReader implements PartitionReader {
  readonly #poller: ShardPoller;
  readonly #make: (content: RecordContent) => StreamRecord;
  readonly #address: string;

  constructor(poller: ShardPoller, make: (content: RecordContent) => StreamRecord, address: string) {
    this.#poller = poller;
    this.#make = make;
    this.#address = address;
  }

  async read({ max, signal }: ReadRequest): Promise<Page> {
    try {
      const { records, ended, atTip, behindMs, trimmed } = await this.#poller.read(max, signal);
      return {
        records: records.map((record) => this.#make(wholeRecord(record))),
        ended,
        atTip,
        ...(behindMs === undefined ? {} : { behindMs }),
        ...(trimmed === undefined ? {} : { trimmed }),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw kinesisError(error, this.#address);
    }
  }

  async close(): Promise<void> {}
}
