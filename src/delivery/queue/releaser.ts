import { messageOf } from '../../platform/millrace-error.js';
import type { HeldMessage, QueueDeliveryParts } from './queue-parts.js';

/** Gives messages that no handler has seen back to their queue. */
export class Releaser {
  readonly #parts: Pick<QueueDeliveryParts, 'mapping' | 'source' | 'journal'>;
  readonly #polled: () => Promise<void> | undefined;

  /** `polled` settles when no receive is in flight any more: one would take the messages again, at the cost of a receive count. */
  constructor(
    parts: Pick<QueueDeliveryParts, 'mapping' | 'source' | 'journal'>,
    polled: () => Promise<void> | undefined,
  ) {
    this.#parts = parts;
    this.#polled = polled;
  }

  /** Never rejects: what could not be given back comes back when its visibility timeout ends. */
  async release(messages: readonly HeldMessage[], because: string, batch?: string): Promise<void> {
    if (messages.length === 0) return;
    await this.#polled();
    const { source, journal, mapping } = this.#parts;
    const records = messages.map((message) => message.id);
    const failure = await source.release(messages).then(
      () => '',
      (error: unknown) =>
        `; they could not be given back at once (${messageOf(error)}): their visibility timeout does it`,
    );
    journal.write({
      type: 'released',
      mapping,
      ...(batch === undefined ? {} : { batch }),
      records,
      because: `${because}${failure}`,
    });
  }
}
