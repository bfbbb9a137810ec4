import { messageOf } from '../../platform/millrace-error.js';
import { idsOf, type HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';

type ReleaserDependencies = Pick<QueueDependencies, 'mapping' | 'source' | 'journal'>;

/** Gives messages back to their queue. */
export class Releaser {
  readonly #its: ReleaserDependencies;
  readonly #polled: () => Promise<void> | undefined;

  /** `polled` settles when no receive is in flight any more: one would take the messages again, at the cost of a receive count. */
  constructor(dependencies: ReleaserDependencies, polled: () => Promise<void> | undefined) {
    this.#its = dependencies;
    this.#polled = polled;
  }

  /** When nothing more is received. Never rejects: what could not be given back comes back when its visibility timeout ends. */
  async release(messages: readonly HeldMessage[], because: string, batch?: string): Promise<void> {
    if (messages.length === 0) return;
    await this.#polled();
    await this.releaseNow(messages, because, batch);
  }

  /** While the queue is polled: for messages that must not be kept any longer. Never rejects. */
  async releaseNow(messages: readonly HeldMessage[], because: string, batch?: string): Promise<void> {
    if (messages.length === 0) return;
    const failure = await this.#its.source.release(messages).then(
      () => '',
      (error: unknown) => `; they could not be given back at once (${messageOf(error)}): ${comesBackBy(messages)}`,
    );
    this.written(messages, `${because}${failure}`, batch);
  }

  /** Writes down that messages are the queue's again. */
  written(messages: readonly HeldMessage[], because: string, batch?: string): void {
    const { journal, mapping } = this.#its;
    const records = idsOf(messages);
    journal.write({ type: 'released', mapping, ...(batch === undefined ? {} : { batch }), records, because });
  }
}

function comesBackBy(messages: readonly HeldMessage[]): string {
  const leased = messages.some(({ leaseEndsAt }) => leaseEndsAt !== undefined);
  return leased ? 'their visibility timeout does it' : 'the end of the connection does it';
}
