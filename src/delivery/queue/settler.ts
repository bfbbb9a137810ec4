import type { SettleFailure } from '../../contracts/queue-source.js';
import type { SettledEvent } from '../../journal/events.js';
import { isoTime } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { settleBackOff } from '../back-off.js';
import { Tries } from '../tries.js';
import type { HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';

/** How long a stop waits for messages that cannot be deleted. */
const settleGraceMs = 1_000;

type SettlerDependencies = Pick<QueueDependencies, 'mapping' | 'source' | 'journal' | 'clock' | 'random'>;

export interface SettleReason {
  readonly batch?: string;
  readonly because: SettledEvent['because'];
}

/** How messages leave the queue, and what is written down when they have, or when they could not. */
interface Removal {
  readonly remove: (messages: readonly HeldMessage[]) => Promise<readonly SettleFailure[]>;
  readonly removed: (messages: readonly HeldMessage[]) => void;
  readonly batch: string | undefined;
  /** Begins the sentence about a message that stays: "handled, but it could not be deleted". */
  readonly inVain: string;
}

/** Takes messages out of the queue, and goes on trying as long as they are ours: later a receipt is worth nothing. */
export class Settler {
  readonly #its: SettlerDependencies;
  readonly #hurry: AbortSignal;

  /** When `hurry` fires, one second is left for what does not succeed at once. */
  constructor(dependencies: SettlerDependencies, hurry: AbortSignal) {
    this.#its = dependencies;
    this.#hurry = hurry;
  }

  /** Never rejects: what could not be removed is written to the journal and comes back as a duplicate. */
  settle(messages: readonly HeldMessage[], { batch, because }: SettleReason): Promise<void> {
    const { source, journal, mapping } = this.#its;
    return this.#insist(messages, {
      remove: (left) => source.settle(left),
      removed: (gone) =>
        journal.write({
          type: 'settled',
          mapping,
          ...(batch === undefined ? {} : { batch }),
          records: gone.map(({ id }) => id),
          because,
        }),
      batch,
      inVain: `${because}, but it could not be deleted`,
    });
  }

  /** Refuses messages for good; `removed` is called with those that the queue has taken. Never rejects, as `settle`. */
  reject(messages: readonly HeldMessage[], batch: string, removed: Removal['removed']): Promise<void> {
    const { source } = this.#its;
    const remove: Removal['remove'] = (left) =>
      source.reject?.(left) ?? Promise.reject(new Error('its source has no way to reject messages'));
    return this.#insist(messages, { remove, removed, batch, inVain: 'given up, but it could not be rejected' });
  }

  async #insist(messages: readonly HeldMessage[], removal: Removal): Promise<void> {
    const { clock } = this.#its;
    const startedAt = clock.now();
    const tries = new Tries(this.#its, settleBackOff);
    for (let left = messages; left.length > 0;) {
      const failures = await attempt(left, removal);
      const failed = new Map(failures.map((failure) => [failure.message.handle, failure]));
      const gone = left.filter(({ handle }) => !failed.has(handle));
      if (gone.length > 0) removal.removed(gone);
      left = left.filter(({ handle }) => failed.has(handle));
      if (left.length === 0) return;
      const { pauseMs, nextTryAt } = tries.failed();
      const isLast = this.#hurry.aborted && clock.now() >= startedAt + settleGraceMs;
      const lost = left.filter(
        (message) => isLast || failed.get(message.handle)?.retryable !== true || !isOursAt(message, nextTryAt),
      );
      for (const message of lost) this.#givenUp(message, failed.get(message.handle)?.because, removal);
      left = left.filter((message) => !lost.includes(message));
      if (left.length > 0) await tries.wait(pauseMs, never);
    }
  }

  #givenUp({ id, leaseEndsAt }: HeldMessage, why: string | undefined, { batch, inVain }: Removal): void {
    const { journal, mapping } = this.#its;
    const when = leaseEndsAt === undefined ? '' : ` at ${isoTime(leaseEndsAt)}`;
    journal.write({
      type: 'settle-failed',
      mapping,
      ...(batch === undefined ? {} : { batch }),
      records: [id],
      because: `${inVain} (${why}): the queue delivers it again${when}`,
    });
  }
}

async function attempt(messages: readonly HeldMessage[], { remove }: Removal): Promise<readonly SettleFailure[]> {
  try {
    return await remove(messages);
  } catch (error) {
    return messages.map((message) => ({ message, retryable: true, because: messageOf(error) }));
  }
}

function isOursAt({ leaseEndsAt, lost }: HeldMessage, at: number): boolean {
  return lost?.aborted !== true && (leaseEndsAt === undefined || at < leaseEndsAt);
}

/** A delete that may still succeed is not cut short: it would come back as a duplicate. */
const never = new AbortController().signal;
