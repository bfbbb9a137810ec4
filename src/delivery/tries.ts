import { pause, type Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { backOffMs, type BackOff } from './back-off.js';

/** Failures in a row, and the pause after each of them. */
export class Tries {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backOff: BackOff;
  #failures = 0;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }, backOff: BackOff) {
    this.#clock = clock;
    this.#random = random;
    this.#backOff = backOff;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** One more failure: how long to wait before the next try, in milliseconds, and until when. */
  failed(): { readonly pauseMs: number; readonly nextTryAt: number } {
    const pauseMs = backOffMs(this.#backOff, ++this.#failures, this.#random.next());
    return { pauseMs, nextTryAt: this.#clock.now() + pauseMs };
  }

  /** Waits so long, or until the signal fires. */
  wait(pauseMs: number, signal: AbortSignal): Promise<void> {
    return pause(this.#clock, pauseMs, signal);
  }
}
