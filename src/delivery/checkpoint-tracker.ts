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
