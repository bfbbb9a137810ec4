import type { Clock } from '../platform/clock.js';

/** Lets any number of waits end when something has changed, or at a moment of their own. */
export class ChangeSignal {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends every wait. */
  changed(): void {
    for (const end of this.#waiting) end();
  }

  /** Resolves with the next change, or at that moment, in milliseconds since the epoch. */
  wait(until: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const cancel = this.#clock.after(until - this.#clock.now(), end);
      this.#waiting.add(end);
    });
  }
}
