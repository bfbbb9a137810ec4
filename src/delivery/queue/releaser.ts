import { messageOf } from '../../platform/millrace-error.js';
import { settleBackOff } from '../back-off.js';
import { BoundedTries } from '../tries.js';
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

  /** Never rejects: what could not be given back comes back when its lease ends; what has none is tried again. */
  async release(messages: readonly HeldMessage[], because: string, batch?: string): Promise<void> {
    if (messages.length === 0) return;
    if (this.#ending.aborted) await this.#polled();
    const { journal, mapping } = this.#route;
    const failure = await this.#giveBack(messages);
    journal.write({
      type: 'released',
      mapping,
      ...(batch === undefined ? {} : { batch }),
      records: messages.map((message) => message.id),
      because: `${because}${failure}`,
    });
  }

  /** Resolves with what a reason has to say of a failure. Until what has no lease is back, nothing later may be received. */
  async #giveBack(messages: readonly HeldMessage[]): Promise<string> {
    let tries: BoundedTries | undefined;
    for (;;) {
      const held = messages.some(isLost) ? messages.filter((message) => !isLost(message)) : messages;
      if (held.length === 0) return '';
      try {
        await this.#route.source.release(held);
        return '';
      } catch (error) {
        tries ??= new BoundedTries(this.#route, settleBackOff, { hurry: this.#ending });
        if (held.some(hasLease) || tries.failed() === undefined)
          return `; they could not be given back at once (${messageOf(error)}): ${itself(held)}`;
      }
      await tries.wait();
    }
  }
}

function hasLease({ visibleAgainAt }: HeldMessage): boolean {
  return visibleAgainAt !== undefined;
}

/** What gives back messages when nobody else can. */
function itself(messages: readonly HeldMessage[]): string {
  return messages.some(hasLease) ? 'their visibility timeout does it' : 'the end of the connection does it';
}
