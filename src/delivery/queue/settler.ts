import { isoTime, pause } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { backOffMs, settleBackOff } from '../back-off.js';
import type { HeldMessage, QueueDeliveryParts } from './queue-parts.js';
import type { SettleFailure } from '../../contracts/queue-source.js';

/** How long a stop waits for messages that cannot be deleted. */
const settleGraceMs = 1_000;

type SettlerParts = Pick<QueueDeliveryParts, 'mapping' | 'source' | 'journal' | 'clock' | 'random'>;

export interface SettleReason {
  readonly batch?: string;
  readonly because: 'handled' | 'filtered';
}

/** Removes messages from the queue, and goes on trying until they become visible again: later a receipt is worth nothing. */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #hurry: AbortSignal;

  /** When `hurry` fires, one second is left for what does not succeed at once. */
  constructor(parts: SettlerParts, hurry: AbortSignal) {
    this.#parts = parts;
    this.#hurry = hurry;
  }

  /** Never rejects: what could not be removed is written to the journal and comes back as a duplicate. */
  async settle(messages: readonly HeldMessage[], reason: SettleReason): Promise<void> {
    const { clock, random } = this.#parts;
    const startedAt = clock.now();
    let left = messages;
    for (let tries = 1; left.length > 0; tries++) {
      const failures = await this.#settleOnce(left);
      const failed = new Map(failures.map((failure) => [failure.message.handle, failure]));
      this.#settled(
        left.filter((message) => !failed.has(message.handle)),
        reason,
      );
      left = left.filter((message) => failed.has(message.handle));
      if (left.length === 0) return;
      const retryInMs = backOffMs(settleBackOff, tries, random.next());
      const until = clock.now() + retryInMs;
      const last = this.#hurry.aborted && clock.now() >= startedAt + settleGraceMs;
      const lost = left.filter(
        (message) => last || failed.get(message.handle)?.retryable !== true || until >= message.visibleAgainAt,
      );
      this.#givenUp(lost, failed, reason);
      left = left.filter((message) => !lost.includes(message));
      if (left.length > 0) await pause(clock, retryInMs, never);
    }
  }

  async #settleOnce(messages: readonly HeldMessage[]): Promise<readonly SettleFailure[]> {
    try {
      return await this.#parts.source.settle(messages);
    } catch (error) {
      return messages.map((message) => ({ message, retryable: true, because: messageOf(error) }));
    }
  }

  #settled(messages: readonly HeldMessage[], { batch, because }: SettleReason): void {
    if (messages.length === 0) return;
    const { journal, mapping } = this.#parts;
    const records = messages.map((message) => message.id);
    journal.write({ type: 'settled', mapping, ...(batch === undefined ? {} : { batch }), records, because });
  }

  #givenUp(
    lost: readonly HeldMessage[],
    failed: ReadonlyMap<string, SettleFailure>,
    { batch, because }: SettleReason,
  ): void {
    const { journal, mapping } = this.#parts;
    for (const message of lost) {
      journal.write({
        type: 'settle-failed',
        mapping,
        ...(batch === undefined ? {} : { batch }),
        records: [message.id],
        because: `${because}, but it could not be deleted (${failed.get(message.handle)?.because}): the queue delivers it again at ${isoTime(message.visibleAgainAt)}`,
      });
    }
  }
}

/** A delete that may still succeed is not cut short: it would come back as a duplicate. */
const never = new AbortController().signal;
