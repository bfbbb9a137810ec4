import { pause, type Clock } from '../../platform/clock.js';
import type { QueueFacts, QueueSource } from '../../contracts/queue-source.js';

/** How old a queue's settings may be when a failure depends on them. */
const ageOnFailureMs = 5_000;
/** How long a failed batch waits for them. */
const patienceMs = 1_000;

/** What is known of a queue's settings; read again from time to time, because they can be changed while it is polled. */
export class FactsCache {
  readonly #source: Pick<QueueSource, 'describe'>;
  readonly #clock: Clock;
  #facts: QueueFacts | undefined;
  #readAt = 0;
  #reading = false;

  constructor(source: Pick<QueueSource, 'describe'>, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  get current(): QueueFacts | undefined {
    return this.#facts;
  }

  /** Rejects as the source's `describe` does. */
  async read(): Promise<QueueFacts> {
    const facts = await this.#source.describe();
    this.#facts = facts;
    this.#readAt = this.#clock.now();
    return facts;
  }

  /** Reads again in the background when the facts are older than that. A failure keeps the old ones: the next receive will tell. */
  async refresh(maxAgeMs: number): Promise<void> {
    if (this.#reading || this.#clock.now() - this.#readAt < maxAgeMs) return;
    this.#reading = true;
    try {
      await this.read();
    } catch {
      this.#readAt = this.#clock.now();
    } finally {
      this.#reading = false;
    }
  }
  /** The dead-letter rule may have been changed since it was read; a service that does not answer is not waited for. */
  async redrive(): Promise<QueueFacts['redrive']> {
    const answered = new AbortController();
    await Promise.race([this.refresh(ageOnFailureMs), pause(this.#clock, patienceMs, answered.signal)]);
    answered.abort();
    return this.#facts?.redrive;
  }
}
