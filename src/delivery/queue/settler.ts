import { isoTime } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { settleBackOff } from '../back-off.js';
import { BoundedTries } from '../tries.js';
import { isLost, type HeldMessage } from './held-message.js';
import type { QueueRoute } from './queue-route.js';
import type { SettleFailure } from '../../contracts/queue-source.js';

/** What is done to messages so that they leave the queue, and what the journal says of it. */
interface Removal {
  readonly batch: string | undefined;
  readonly remove: (messages: readonly HeldMessage[]) => Promise<readonly SettleFailure[]>;
  readonly removed: (messages: readonly HeldMessage[]) => void;
  /** "handled, but it could not be deleted" */
  readonly failure: string;
}

/**
 * Removes messages from the queue, and goes on trying as long as that can succeed: until their lease ends or their delivery
 * is void. A stop leaves one second.
 */
export class Settler {
  readonly #route: QueueRoute;
  readonly #hurry: AbortSignal;

  /** When `hurry` fires, one second is left for what does not succeed at once: a delete is not cut short, its message would come back. */
  constructor(route: QueueRoute, hurry: AbortSignal) {
    this.#route = route;
    this.#hurry = hurry;
  }

  /** Never rejects: what could not be removed is written to the journal and comes back as a duplicate. */
  settle(messages: readonly HeldMessage[], because: 'handled' | 'filtered', batch?: string): Promise<void> {
    const { source, journal, mapping } = this.#route;
    const ofBatch = batch === undefined ? {} : { batch };
    return this.#removeAll(messages, {
      batch,
      failure: `${because}, but it could not be deleted`,
      remove: (some) => source.settle(some),
      removed: (some) =>
        journal.write({ type: 'settled', mapping, ...ofBatch, records: some.map((message) => message.id), because }),
    });
  }

  /** Settles messages that no handler can get. Never rejects. */
  drop(messages: readonly HeldMessage[], why: (message: HeldMessage) => string): Promise<void> {
    const { source } = this.#route;
    return this.#removeAll(messages, {
      batch: undefined,
      failure: 'dropped, but it could not be deleted',
      remove: (some) => source.settle(some),
      removed: (some) => this.#discarded(some, undefined, why),
    });
  }

  /** Refuses messages for good: the queue dead-letters them, or delivers them again. Never rejects. */
  reject(
    messages: readonly HeldMessage[],
    rejectedAre: 'discarded' | 'redelivered',
    because: string,
    batch: string,
  ): Promise<void> {
    const { source, journal, mapping } = this.#route;
    return this.#removeAll(messages, {
      batch,
      failure: 'it could not be rejected',
      remove: async (some) => (await source.reject?.(some)) ?? some.map(cannotBeRejected),
      removed: (some) => {
        if (rejectedAre === 'discarded') this.#discarded(some, batch, () => because);
        else journal.write({ type: 'released', mapping, batch, records: some.map((message) => message.id), because });
      },
    });
  }

  #discarded(messages: readonly HeldMessage[], batch: string | undefined, why: (message: HeldMessage) => string): void {
    const { journal, mapping } = this.#route;
    const ofBatch = batch === undefined ? {} : { batch };
    for (const message of messages) {
      journal.write({ type: 'discarded', mapping, ...ofBatch, record: message.id, because: why(message) });
    }
  }

  async #removeAll(messages: readonly HeldMessage[], removal: Removal): Promise<void> {
    let tries: BoundedTries | undefined;
    for (let left = messages; left.length > 0;) {
      const failures = await this.#removeOnce(left, removal);
      if (failures.length === 0) {
        removal.removed(left);
        return;
      }
      const failed = new Map(failures.map((failure) => [failure.message.handle, failure]));
      const removed = left.filter((message) => !failed.has(message.handle));
      if (removed.length > 0) removal.removed(removed);
      tries ??= new BoundedTries(this.#route, settleBackOff, { hurry: this.#hurry });
      const nextTryAt = tries.failed();
      const stays = left.filter((message) => failed.has(message.handle));
      const givenUp = stays.filter(
        (message) =>
          nextTryAt === undefined || failed.get(message.handle)?.retryable !== true || isOver(message, nextTryAt),
      );
      this.#tellGivenUp(givenUp, failed, removal);
      left = stays.filter((message) => !givenUp.includes(message));
      if (left.length > 0) await tries.wait();
    }
  }

  /** What is void is not asked for: at a broker its handle may mean another message by now. */
  async #removeOnce(messages: readonly HeldMessage[], { remove }: Removal): Promise<readonly SettleFailure[]> {
    const lost = messages.filter(isLost).map((message): SettleFailure => ({
      message,
      retryable: false,
      because: 'its delivery became void',
    }));
    const asked = lost.length === 0 ? messages : messages.filter((message) => !isLost(message));
    if (asked.length === 0) return lost;
    try {
      return [...lost, ...(await remove(asked))];
    } catch (error) {
      const because = messageOf(error);
      return [...lost, ...asked.map((message) => ({ message, retryable: true, because }))];
    }
  }

  #tellGivenUp(
    messages: readonly HeldMessage[],
    failed: ReadonlyMap<string, SettleFailure>,
    { batch, failure }: Removal,
  ): void {
    const { journal, mapping } = this.#route;
    for (const message of messages) {
      const { id, handle, visibleAgainAt } = message;
      const when = visibleAgainAt === undefined ? '' : ` at ${isoTime(visibleAgainAt)}`;
      journal.write({
        type: 'settle-failed',
        mapping,
        ...(batch === undefined ? {} : { batch }),
        records: [id],
        because: `${failure} (${failed.get(handle)?.because}): the queue delivers it again${when}`,
      });
    }
  }
}

/** Of a source that sets a limit without a way to reject: nothing may count as given up that its queue still has. */
function cannotBeRejected(message: HeldMessage): SettleFailure {
  return { message, retryable: false, because: 'its source has no reject' };
}

/** Whether a later try is worth nothing, because the lease has ended by then. */
function isOver(message: HeldMessage, nextTryAt: number): boolean {
  return isLost(message) || (message.visibleAgainAt !== undefined && nextTryAt >= message.visibleAgainAt);
}
