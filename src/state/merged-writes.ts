interface Group<V> {
  readonly values: Map<string, V>;
  readonly written: Promise<void>;
}

/**
 * One write at a time. While one is under way, the newest value of each key waits, and all that wait are written together.
 * Later values never reach the store before earlier ones.
 */
export class MergedWrites<V> {
  readonly #write: (values: ReadonlyMap<string, V>) => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #waiting: Group<V> | undefined;

  constructor(write: (values: ReadonlyMap<string, V>) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when these values, or newer ones of their keys, are written; all of them in one write. Rejects as that write does. */
  put(values: Iterable<readonly [string, V]>): Promise<void> {
    const group = (this.#waiting ??= this.#nextGroup());
    for (const [key, value] of values) group.values.set(key, value);
    return group.written;
  }

  /** Resolves when nothing is being written, whatever came of it. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {});
  }

  #nextGroup(): Group<V> {
    const values = new Map<string, V>();
    const written = this.#last
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        return this.#write(values);
      });
    this.#last = written;
    return { values, written };
  }
}
