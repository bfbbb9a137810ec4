import type { Clock } from './clock.js';

/** Lets a loop wait until somebody has something for it, a moment has come, or it is stopped, whichever is first. */
export class Wakeup {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  /** A call that came while nobody waited must not be lost. */
  #called = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the wait, or the next one if there is none now. */
  wake(): void {
    this.#called = true;
    this.#wake?.();
  }

  /** Never rejects. `until` is in milliseconds since the epoch; undefined: as long as it takes. */
  wait(signal: AbortSignal, until?: number): Promise<void> {
    return new Promise((resolve) => {
      let cancelTimer: (() => void) | undefined;
      const end = (): void => {
        this.#called = false;
        this.#wake = undefined;
        signal.removeEventListener('abort', end);
        cancelTimer?.();
        resolve();
      };
      if (this.#called || signal.aborted) {
        end();
        return;
      }
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
      if (until !== undefined) cancelTimer = this.#clock.after(Math.max(0, until - this.#clock.now()), end);
    });
  }
}
