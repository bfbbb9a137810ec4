import { messageOf } from '../../platform/millrace-error.js';
import { isLost, type HeldMessage } from './held-message.js';
import type { QueueRoute } from './queue-route.js';

/** Gives messages that are in hand back to their queue. */
export class Releaser {
  readonly #route: QueueRoute;
  readonly #ending: AbortSignal;
  readonly #polled: () => Promise<void> | undefined;

  /**
   * `polled` settles when no receive is in flight any more. Once `ending` has fired it is waited for: a receive would take
   * the messages again, at the cost of a receive count.
   */
  constructor(route: QueueRoute, ending: AbortSignal, polled: () => Promise<void> | undefined) {
    this.#route = route;
    this.#ending = ending;
    this.#polled = polled;
  }

  /** Never rejects: what could not be given back comes back by itself. */
  async release(messages: readonly HeldMessage[], because: string, batch?: string): Promise<void> {
    if (messages.length === 0) return;
    if (this.#ending.aborted) await this.#polled();
    const { source, journal, mapping } = this.#route;
    const held = messages.some(isLost) ? messages.filter((message) => !isLost(message)) : messages;
    const released = held.length === 0 ? Promise.resolve() : source.release(held);
    const failure = await released.then(
      () => '',
      (error: unknown) => `; they could not be given back at once (${messageOf(error)}): ${itself(held)}`,
    );
    journal.write({
      type: 'released',
      mapping,
      ...(batch === undefined ? {} : { batch }),
      records: messages.map((message) => message.id),
      because: `${because}${failure}`,
    });
  }
}

/** What gives back messages when nobody else can. */
function itself([message]: readonly HeldMessage[]): string {
  return message?.visibleAgainAt === undefined
    ? 'the end of the connection does it'
    : 'their visibility timeout does it';
}
