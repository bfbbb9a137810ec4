/** What is remembered of a record that is done: its content may be forgotten. */
export interface DoneRecord {
  readonly id: string;
  readonly position: string;
}

interface Entry extends DoneRecord {
  done: boolean;
}

/**
 * Finds out how far a partition is done when its records are worked on in several lanes: up to the last record before
 * which nothing is left to do. Records are added in the order of the stream, and done in any order.
 */
export class CheckpointTracker<R extends DoneRecord> {
  /** In the order of the stream; those in front of the first undone one are let go. */
  #entries: Entry[] = [];
  /** Those before it are let go; they are dropped now and then, not one by one. */
  #head = 0;
  readonly #open = new Map<R, Entry>();

  /** Records that were added and are not done. */
  get undone(): number {
    return this.#open.size;
  }

  add(record: R): void {
    if (this.#open.has(record)) throw new Error('the record is under way already');
    const { id, position } = record;
    const entry = { id, position, done: false };
    this.#entries.push(entry);
    this.#open.set(record, entry);
  }

  /** Returns what the checkpoint moves past by this, in order: nothing while an earlier record is undone. */
  done(records: Iterable<R>): readonly DoneRecord[] {
    for (const record of records) {
      const entry = this.#open.get(record);
      if (entry === undefined) continue; // told twice
      entry.done = true;
      this.#open.delete(record);
    }
    const from = this.#head;
    while (this.#entries[this.#head]?.done === true) this.#head++;
    const passed = this.#entries.slice(from, this.#head);
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return passed;
  }
}

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
