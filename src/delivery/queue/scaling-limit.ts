import type { Clock } from '../../platform/clock.js';
import {
  initialConcurrency,
  nextConcurrency,
  type ConcurrencyRules,
  type ConcurrencySignal,
  type ConcurrencyState,
} from './concurrency.js';
import { Permits } from './permits.js';

/** How many batches of a mapping may be in hand at once, and the permits for them. */
export class ScalingLimit {
  readonly permits: Permits;
  readonly #rules: ConcurrencyRules;
  readonly #clock: Clock;
  #state: ConcurrencyState;

  /** `onFree` is called whenever a permit may have become available. */
  constructor(rules: ConcurrencyRules, clock: Clock, onFree: () => void) {
    this.#rules = rules;
    this.#clock = clock;
    this.#state = initialConcurrency(rules, clock.now());
    this.permits = new Permits(this.#state.limit, onFree);
  }

  get current(): number {
    return this.#state.limit;
  }

  adjust(signal: ConcurrencySignal): void {
    const next = nextConcurrency(this.#state, signal, this.#rules, this.#clock.now());
    if (next === this.#state) return;
    this.#state = next;
    this.permits.resize(next.limit);
  }
}
