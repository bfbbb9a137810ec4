import type { DoneRecord } from './checkpoint-tracker.js';

/** The most ids that one entry of the journal names; a tumbling window may have any number of records. */
const mostIds = 10_000;

/** Records that a checkpoint may move past: where it moves to, and their ids as far as they are worth keeping. */
export class PassedRecords {
  #ids: string[] = [];
  #position: string | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Of the last of them; undefined: there are none. */
  get position(): string | undefined {
    return this.#position;
  }

  /** The newest ids, in order. */
  get ids(): readonly string[] {
    return this.#ids.slice(-mostIds);
  }

  /** How many ids are not among those. */
  get omitted(): number {
    return this.#count - Math.min(this.#ids.length, mostIds);
  }

  add(records: readonly DoneRecord[]): void {
    for (const { id } of records) this.#ids.push(id);
    this.#count += records.length;
    this.#position = records.at(-1)?.position ?? this.#position;
    if (this.#ids.length > 2 * mostIds) this.#ids = this.#ids.slice(-mostIds);
  }

  /** Takes over those that come after these. */
  append(later: PassedRecords): void {
    this.#ids.push(...later.ids);
    this.#count += later.#count;
    this.#position = later.#position ?? this.#position;
  }
}
