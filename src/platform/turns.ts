/** Lets work on the same thing happen one after the other, in the order in which it was asked for. */
export class Turns {
  /** The end of the newest work on each thing that has some. */
  readonly #ends = new Map<string, Promise<unknown>>();

  /** Resolves and rejects as the work does. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#ends.get(key) ?? Promise.resolve()).then(work);
    const end = done
      .catch(() => {})
      .finally(() => {
        if (this.#ends.get(key) === end) this.#ends.delete(key);
      });
    this.#ends.set(key, end);
    return done;
  }

  /** Resolves when all work has ended that was asked for so far. */
  async over(): Promise<void> {
    await Promise.all(this.#ends.values());
  }
}
