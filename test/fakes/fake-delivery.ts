import type { FirstPoll, MappingDelivery } from '../../src/delivery/mapping-delivery.js';
import type { PollerState } from '../../src/journal/events.js';

/** A delivery whose poller and invocations a test moves by hand. */
export class FakeDelivery implements MappingDelivery {
  readonly name = 'orders';
  readonly lastActivityAt = 0;
  readonly longestReceiveMs = 0;
  /** When it was to poll first; undefined: it was not started. */
  started: FirstPoll | undefined;
  ended: 'finished' | 'stopped' | undefined;
  drained = true;
  #state: PollerState = 'starting';
  #changed = (): void => {};
  #finish = (): void => {};
  /** Resolves when a test says that the last invocation has finished. */
  readonly #finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  get status(): MappingDelivery['status'] {
    return {
      state: this.#state,
      because: `it is ${this.#state}`,
      onChange: (listener) => {
        this.#changed = listener;
      },
    };
  }

  poller(state: PollerState): void {
    this.#state = state;
    this.#changed();
  }

  lastInvocationFinished(): void {
    this.#finish();
  }

  start(firstPoll: FirstPoll): void {
    this.started = firstPoll;
  }

  async finish(): Promise<void> {
    await this.#finished;
    this.ended ??= 'finished';
  }

  async stop(): Promise<void> {
    this.ended ??= 'stopped';
    this.#finish();
    await this.#finished;
  }

  isDrained(): Promise<boolean> {
    return Promise.resolve(this.drained);
  }
}
