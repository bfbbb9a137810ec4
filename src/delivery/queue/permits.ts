/**
 * Counts batches in hand. A poller holds a permit before it asks its source for messages, and the permit is given back
 * when the batch is settled, so nothing is received that nobody has room for.
 */
export class Permits {
  #capacity: number;
  #taken = 0;
  readonly #onFree: () => void;

  /** `onFree` is called whenever a permit may have become available. */
  constructor(capacity: number, onFree: () => void) {
    this.#capacity = capacity;
    this.#onFree = onFree;
  }

  tryTake(): boolean {
    if (this.#taken >= this.#capacity) return false;
    this.#taken++;
    return true;
  }

  give(): void {
    this.#taken--;
    this.#onFree();
  }

  /** A smaller capacity takes nothing back: it is reached as permits are given back. */
  resize(capacity: number): void {
    const grows = capacity > this.#capacity;
    this.#capacity = capacity;
    if (grows) this.#onFree();
  }
}
