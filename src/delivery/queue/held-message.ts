import type { QueueMessage } from '../../contracts/queue-source.js';

/** A message in hand. */
export interface HeldMessage extends QueueMessage {
  /**
   * When its lease ends, in milliseconds since the epoch: the queue shows it to others again, as far as this side can know.
   * Undefined: it is ours until it is settled, given back or lost.
   */
  readonly leaseEndsAt: number | undefined;
}

/** When the first lease of these ends; undefined: none of them has one. */
export function firstLeaseEnd(messages: readonly HeldMessage[]): number | undefined {
  let first: number | undefined;
  for (const { leaseEndsAt } of messages) {
    if (leaseEndsAt !== undefined && (first === undefined || leaseEndsAt < first)) first = leaseEndsAt;
  }
  return first;
}

export function idsOf(messages: readonly HeldMessage[]): readonly string[] {
  return messages.map(({ id }) => id);
}
