import { throwCollected } from './closers.js';

/** What the owner of a `Lifecycle` does when it stops. Each runs once, whatever fails beside it. */
interface LifecycleSteps {
  /** Runs as the stop begins, before the signal fires: says so, and lets go of what waits. */
  readonly onStop?: () => void | Promise<void>;
  /** Runs when no work is left: closes what the work has used. */
  readonly close?: () => void | Promise<void>;
}

/**
 * The life of something that works in the background: it starts once and stops once, and has not ended before all of its
 * work has.
 *
 * A stop may come before the start, which then does nothing, in the middle of it, or twice. Work that may fail tells of that
 * itself; what rejects all the same is a defect, which does not keep the rest from ending, and which the stop rejects with.
 */
export class Lifecycle {
  /** Settles when everything has ended; only a `stop` makes it. */
  readonly ended: Promise<void>;
  readonly #steps: LifecycleSteps;
  readonly #stopping = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];
  #run: Promise<void> | undefined;
  #isStopping = false;
  #settle: (ended: Promise<void>) => void = () => {};

  constructor(steps: LifecycleSteps = {}) {
    this.#steps = steps;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Fires when the stop begins. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether the stop has begun. Earlier than the signal: `onStop` may already count on it. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How much of the tracked work is under way. */
  get underWay(): number {
    return this.#work.size;
  }

  /** Begins what goes on until the stop, which waits for its end. Nothing happens when it has begun before, or is stopped. */
  start(run: (stopping: AbortSignal) => Promise<void>): void {
    if (this.#run !== undefined || this.#isStopping) return;
    this.#run = this.#attempt(() => run(this.stopping));
  }

  /** Work that nobody else waits for: the stop does. */
  track(work: Promise<unknown>): void {
    const tracked = this.#attempt(() => work).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  /** Resolves when no tracked work is left, that which comes meanwhile included. Never rejects. */
  async workDone(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Resolves when everything has ended. May be called twice. */
  stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#settle(this.#end());
    }
    return this.ended;
  }

  async #end(): Promise<void> {
    const { onStop, close } = this.#steps;
    const letGo = this.#attempt(() => onStop?.());
    this.#stopping.abort();
    await Promise.all([letGo, this.#run]);
    await this.workDone();
    await this.#attempt(() => close?.());
    throwCollected(this.#errors, 'stopping');
  }

  async #attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#errors.push(error);
    }
  }
}
