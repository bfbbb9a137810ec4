import { labelOf, type RecordName } from './record-name.js';
import { isRecordEntry, sharesOf, type RecordShare, type StoredEntry } from '../../journal/stored-entry.js';
import { shortId } from '../../journal/short-text.js';
import { shortPartition } from '../wording.js';

type Fit = 'exact' | 'beginning' | undefined;

export interface FoundRecords {
  /** Whether the text is the whole name of each of them; otherwise all begin with it. */
  readonly exact: boolean;
  readonly records: readonly RecordName[];
}

/**
 * Looks for the records that a text may mean: an id, `partition:id`, an `eventID`, or the beginning of one. Ids and
 * partitions may be shortened as the console does it.
 */
export class RecordSearch {
  readonly #text: string;
  readonly #place: { readonly partition: string; readonly record: string } | undefined;
  readonly #needles: readonly string[];
  readonly #exact = new Map<string, RecordName>();
  readonly #beginnings = new Map<string, RecordName>();

  constructor(text: string) {
    this.#text = text;
    const colon = text.lastIndexOf(':');
    const isPlace = colon > 0 && colon < text.length - 1;
    this.#place = isPlace ? { partition: text.slice(0, colon), record: text.slice(colon + 1) } : undefined;
    this.#needles = [text, ...(this.#place === undefined ? [] : [this.#place.record])].map(
      (one) => asInJson(one).split('…', 1)[0] ?? '',
    );
  }

  /** Whether a line of a journal file may name one of them. */
  wants(line: string): boolean {
    return this.#needles.some((needle) => line.includes(needle));
  }

  add(entry: StoredEntry): void {
    if (!isRecordEntry(entry)) return;
    const eventIds = entry.type === 'received' ? (entry.eventIds ?? []) : [];
    for (const share of sharesOf(entry)) this.#addShare(share, eventIds);
  }

  /** An exact name wins over longer ones. */
  found(): FoundRecords {
    const exact = this.#exact.size > 0;
    return { exact, records: [...(exact ? this.#exact : this.#beginnings).values()] };
  }

  #addShare({ partition, records }: RecordShare, eventIds: readonly string[]): void {
    const place = partition === undefined || !this.#isIn(partition) ? undefined : this.#place;
    for (const [index, record] of records.entries()) {
      const fits = [
        fit(record, this.#text),
        place === undefined ? undefined : fit(record, place.record),
        fit(eventIds[index] ?? '', this.#text),
      ];
      if (fits.includes('exact')) this.#keep(this.#exact, { record, partition });
      else if (fits.includes('beginning')) this.#keep(this.#beginnings, { record, partition });
    }
  }

  #isIn(partition: string): boolean {
    return this.#place !== undefined && [partition, shortPartition(partition)].includes(this.#place.partition);
  }

  #keep(names: Map<string, RecordName>, name: RecordName): void {
    names.set(labelOf(name), name);
  }
}

function fit(id: string, wanted: string): Fit {
  if (id === wanted || (wanted.includes('…') && shortId(id) === wanted)) return 'exact';
  return id.startsWith(wanted) ? 'beginning' : undefined;
}

/** As it stands in a line of a journal file. */
export function asInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
