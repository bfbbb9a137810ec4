import type { Clock } from '../../platform/clock.js';

/** When something last happened in the delivery of a mapping, and whether its queue has been found empty since. */
export class Activity {
  readonly #clock: Clock;
  #lastAt: number;
  #count = 0;
  /** How much had happened when the last receive began that brought nothing. */
  #countAtEmptyReceive = -1;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastAt = clock.now();
  }

  /** When messages last came or a batch last ended. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** How much has happened. */
  get count(): number {
    return this.#count;
  }

  happened(): void {
    this.#lastAt = this.#clock.now();
    this.#count++;
  }

  /** A receive has brought nothing; `count` is that of the moment at which it began. */
  foundEmpty(count: number): void {
    this.#countAtEmptyReceive = Math.max(this.#countAtEmptyReceive, count);
  }

  /** A receive that began after everything that has happened brought nothing. */
  get isQuiet(): boolean {
    return this.#countAtEmptyReceive === this.#count;
  }
}
