interface NewestLimits {
  readonly count: number;
  readonly weight: number;
}

/** Keeps the newest items within a count and a total weight; the oldest go first. One item always stays. */
export class Newest<T> {
  readonly #limits: NewestLimits;
  #items: (T | undefined)[] = [];
  #weights: number[] = [];
  /** Items before this index are gone. They are cut off now and then, because `shift` on a long array is slow. */
  #start = 0;
  /** How many were cut off. */
  #offset = 0;
  #weight = 0;

  constructor(limits: NewestLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** Adds an item and returns its number, for `grow`. */
  add(item: T, weight: number): number {
    this.#items.push(item);
    this.#weights.push(weight);
    this.#weight += weight;
    this.#evict();
    return this.#offset + this.#items.length - 1;
  }

  /** An item became heavier; one that is gone is not counted. */
  grow(number: number, more: number): void {
    const index = number - this.#offset;
    if (index < this.#start) return;
    this.#weights[index] = (this.#weights[index] ?? 0) + more;
    this.#weight += more;
    this.#evict();
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#start; index < this.#items.length; index++) yield this.#items[index] as T;
  }

  #evict(): void {
    while (this.length > 1 && (this.length > this.#limits.count || this.#weight > this.#limits.weight)) {
      this.#weight -= this.#weights[this.#start] ?? 0;
      this.#items[this.#start++] = undefined;
    }
    if (this.#start < 1_000 || this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#weights = this.#weights.slice(this.#start);
    this.#offset += this.#start;
    this.#start = 0;
  }
}
