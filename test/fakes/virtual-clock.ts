import type { Clock } from '../../src/platform/clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** More looks at the time, or timers, than any test has at one moment: whoever needs them goes round in circles. */
const mostAtOneMoment = 100_000;

/**
 * A clock that stands still until a test moves it. An hour of batching windows costs no real time. A loop that never waits
 * fails its test, instead of hanging it.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #looks = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2026, 0, 31, 12)) {
    this.#now = startMs;
  }

  now(): number {
    this.#look();
    return this.#now;
  }

  /** Timers that have not fired; a test asserts this is 0 after a stop to catch leaked ones. */
  get pending(): number {
    return this.#timers.size;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time forward, firing timers in order and letting their continuations run in between. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      this.#look();
      await settled();
      const next = [...this.#timers].toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > target) break;
      this.#timers.delete(next);
      this.#go(next.at);
      next.run();
    }
    this.#go(target);
    await settled();
  }

  #go(to: number): void {
    if (to > this.#now) this.#looks = 0;
    this.#now = to;
  }

  #look(): void {
    if (++this.#looks > mostAtOneMoment) throw new Error('a loop goes on and on, and time does not');
  }
}

/** Lets every promise continuation that is ready run, including those queued by the ones before. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
