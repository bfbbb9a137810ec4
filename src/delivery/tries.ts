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

/** What ends tries that otherwise go on for ever. */
interface TriesEnd {
  /** The mapping stops: from now on there is one second more. */
  readonly hurry: AbortSignal;
  /** Success is not possible any more. */
  readonly over?: AbortSignal;
}

/** How long something of our own is tried once its mapping stops, and how often meanwhile. */
const lastTries = { graceMs: 1_000, everyMs: 200 } as const;

/**
 * The retry loop of what has to succeed once it has begun, such as a delete or a checkpoint: again and again with pauses
 * that grow, and when the mapping stops for one second more.
 *
 * ```
 * while (!(await attempt())) {
 *   if (tries.failed() === undefined) return givenUp();
 *   await tries.wait();
 * }
 * ```
 */
export class BoundedTries {
  readonly #clock: Clock;
  readonly #tries: Tries;
  readonly #end: TriesEnd;
  #giveUpAt: number | undefined;
  #nextTryAt = 0;

  constructor(parts: { readonly clock: Clock; readonly random: Random }, backOff: BackOff, end: TriesEnd) {
    this.#clock = parts.clock;
    this.#tries = new Tries(parts, backOff);
    this.#end = end;
  }

  /** One more failure: when the next try is; undefined: there is none. */
  failed(): number | undefined {
    const { hurry, over } = this.#end;
    if (over?.aborted === true) return undefined;
    const now = this.#clock.now();
    if (hurry.aborted) {
      this.#giveUpAt ??= now + lastTries.graceMs;
      if (now >= this.#giveUpAt) return undefined;
      this.#nextTryAt = now + lastTries.everyMs;
    } else {
      ({ nextTryAt: this.#nextTryAt } = this.#tries.failed());
    }
    return this.#nextTryAt;
  }

  /** Waits for that try. A stop cuts the wait short; so does the end of all hope, after which no try is worth it. */
  wait(): Promise<void> {
    const { hurry, over } = this.#end;
    const cuts = [...(hurry.aborted ? [] : [hurry]), ...(over === undefined ? [] : [over])];
    return pause(this.#clock, this.#nextTryAt - this.#clock.now(), ...cuts);
  }
}
