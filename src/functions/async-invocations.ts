import { Lifecycle } from '../platform/lifecycle.js';
import { AsyncLane, type AsyncEvent, type AsyncLaneOptions } from './async-lane.js';

type AsyncInvocationsOptions = Omit<AsyncLaneOptions, 'done'>;

/** Events that run or wait: beyond this callers are told to come again, as memory is not endless. */
export const mostHeld = { events: 1_000, characters: 256 * 1024 * 1024 } as const;

/**
 * Runs functions for callers that do not wait (invocation type `Event`), by Lambda's rules: a function error is tried twice
 * more, after one and two minutes; a throttled function is tried again for up to 6 hours. Events are kept in memory only.
 */
export class AsyncInvocations {
  readonly #options: AsyncInvocationsOptions;
  readonly #lanes = new Map<string, AsyncLane>();
  readonly #life = new Lifecycle({ onStop: () => this.#closeLanes() });
  #events = 0;
  #characters = 0;

  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
  }

  /** Takes an event, or says why not. */
  add(event: AsyncEvent): { readonly refusedBecause: string } | undefined {
    if (this.#life.isStopping) return { refusedBecause: 'millrace stops' };
    const { events, characters } = mostHeld;
    if (this.#events >= events || this.#characters + event.eventText.length > characters) {
      return { refusedBecause: `${this.#events} events run or wait already, and no more are kept` };
    }
    this.#events++;
    this.#characters += event.eventText.length;
    this.#lane(event.name).add(event);
    return undefined;
  }

  /** Drops the events that wait, with an entry in the journal that names them, and waits for those that run. */
  close(): Promise<void> {
    return this.#life.stop();
  }

  async #closeLanes(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #lane(name: string): AsyncLane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = new AsyncLane(name, {
      ...this.#options,
      done: ({ eventText }) => {
        this.#events--;
        this.#characters -= eventText.length;
      },
    });
    this.#lanes.set(name, lane);
    return lane;
  }
}
