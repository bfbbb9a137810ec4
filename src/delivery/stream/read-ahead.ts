/** What a partition holds that is not done yet. */
interface Holding {
  readonly records: number;
  readonly bytes: number;
}

/** Of one partition: enough that handlers do not wait for reads. */
const partitionRecords = 20_000;
const partitionBytes = 16 * 1024 * 1024;
/** Of all partitions of a mapping together. */
const mappingBytes = 64 * 1024 * 1024;
/** What one read should bring at most. */
const pageBytes = 4 * 1024 * 1024;
/** Before the size of records is known. */
const firstPage = 1_000;

/**
 * Bounds what a mapping has read and not handled: a partition reads on only while there is room, whatever its backlog.
 * A partition that holds nothing may always read, so that none starves.
 */
export class ReadAhead {
  #bytes = 0;

  /** Bytes of all partitions together. */
  get bytes(): number {
    return this.#bytes;
  }

  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  shrink(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Whether a partition may read on. */
  hasRoom({ records, bytes }: Holding, batchRecords: number): boolean {
    if (records === 0) return true;
    const most = Math.max(partitionRecords, batchRecords);
    return records < most && bytes < partitionBytes && this.#bytes < mappingBytes;
  }
}

/** How many records to ask for: whole batches, and not more than a page of records of this size should have. */
export function recordsToRead(batchRecords: number, averageBytes: number | undefined, maxRead: number): number {
  const fitting = averageBytes === undefined ? firstPage : Math.floor(pageBytes / averageBytes);
  const batches = Math.max(1, Math.floor(Math.min(maxRead, fitting) / batchRecords));
  return Math.min(maxRead, batches * batchRecords);
}
