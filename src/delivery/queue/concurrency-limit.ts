import type { Clock } from '../../platform/clock.js';
import {
  initialConcurrency,
  nextConcurrency,
  type ConcurrencyRules,
  type ConcurrencySignal,
  type ConcurrencyState,
} from './concurrency.js';
import { Permits } from './permits.js';

/** How many batches may be in hand, as it changes with what is seen of the queue and of the function. */
export class ConcurrencyLimit {
  readonly permits: Permits;
  readonly #rules: ConcurrencyRules;
  readonly #clock: Clock;
  #state: ConcurrencyState;

  /** `onFree` is called whenever there may be room for a batch. */
  constructor(rules: ConcurrencyRules, clock: Clock, onFree: () => void) {
    this.#rules = rules;
    this.#clock = clock;
    this.#state = initialConcurrency(rules, clock.now());
    this.permits = new Permits(this.#state.limit, onFree);
  }

  get batches(): number {
    return this.#state.limit;
  }

  tell(signal: ConcurrencySignal): void {
    const next = nextConcurrency(this.#state, signal, this.#rules, this.#clock.now());
    if (next === this.#state) return;
    this.#state = next;
    this.permits.resize(next.limit);
  }
}
