import type { StreamRecord, StreamSource } from '../../contracts/stream-source.js';

/** The records of a batch that are of one partition, in order. */
interface Share {
  readonly partition: string;
  readonly records: readonly StreamRecord[];
}

/** The records of a batch by their partitions, for sources whose records say of which they are. Those of one stand together. */
export function sharesOf(records: readonly StreamRecord[]): readonly Share[] {
  const shares: { readonly partition: string; readonly records: StreamRecord[] }[] = [];
  for (const record of records) {
    const { partition = '' } = record;
    const last = shares.at(-1);
    if (last?.partition === partition) last.records.push(record);
    else shares.push({ partition, records: [record] });
  }
  return shares;
}

/** The size of an event with these records, in UTF-8 bytes. */
export function eventBytes(
  source: Pick<StreamSource, 'envelopeBytes' | 'partitionBytes'>,
  records: readonly StreamRecord[],
): number {
  const commas = records.length - 1;
  const bytes = records.reduce((sum, record) => sum + record.bytes, source.envelopeBytes + commas);
  if (source.partitionBytes === undefined) return bytes;
  return sharesOf(records).reduce((sum, { partition }) => sum + (source.partitionBytes?.(partition) ?? 0), bytes);
}
