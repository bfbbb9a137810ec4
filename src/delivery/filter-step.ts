import type { RecordFilter } from '../filters/record-filter.js';

/** What a filter looks at. */
interface Filtered {
  readonly id: string;
  readonly view: () => Readonly<Record<string, unknown>>;
}

/** Divides records into those that pass the filter and those that do not, of each of which `drop` is told why. */
export function passing<R extends Filtered>(
  records: readonly R[],
  filter: RecordFilter | undefined,
  drop: (record: string, because: string) => void,
): { readonly kept: readonly R[]; readonly dropped: readonly R[] } {
  if (filter === undefined) return { kept: records, dropped: [] };
  const kept: R[] = [];
  const dropped: R[] = [];
  for (const record of records) {
    const verdict = filter(record.view());
    if (verdict.kept) kept.push(record);
    else {
      dropped.push(record);
      drop(record.id, verdict.because());
    }
  }
  return { kept, dropped };
}
