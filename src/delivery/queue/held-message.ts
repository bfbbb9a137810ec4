import type { QueueMessage } from '../../contracts/queue-source.js';

/** A message that is in hand. */
export interface HeldMessage extends QueueMessage {
  /** Of queues with a lease: when the queue shows it to others again, as far as this side can know. */
  readonly visibleAgainAt?: number;
}

/** The messages of a batch by what may still be done with them. */
export interface SortedMessages {
  /** They can be handled. */
  readonly usable: readonly HeldMessage[];
  /** Their lease has ended: they belong to whoever receives them next. */
  readonly expired: readonly HeldMessage[];
  /** Their delivery is void. */
  readonly lost: readonly HeldMessage[];
  /** One of them must not be kept any longer: all of them go back, so that none overtakes another. */
  readonly overdue: readonly HeldMessage[];
}

const none: readonly HeldMessage[] = [];

/** What may still be done with the messages of a batch at this moment. */
export function sortMessages(messages: readonly HeldMessage[], now: number): SortedMessages {
  if (!messages.some((message) => isVoid(message, now)))
    return { usable: messages, expired: none, lost: none, overdue: none };
  const expired = messages.filter((message) => hasExpired(message, now));
  const lost = messages.filter((message) => isLost(message) && !hasExpired(message, now));
  const rest = messages.filter((message) => !isLost(message) && !hasExpired(message, now));
  return rest.some((message) => isOverdue(message, now))
    ? { usable: none, expired, lost, overdue: rest }
    : { usable: rest, expired, lost, overdue: none };
}

/** Whether the delivery of a message is void. */
export function isLost({ lost }: HeldMessage): boolean {
  return lost !== undefined && lost.aborted;
}

/** When the first of them must be given up or back; undefined: none has to be. */
export function earliest(messages: readonly HeldMessage[], moment: 'visibleAgainAt' | 'holdUntil'): number | undefined {
  let first: number | undefined;
  for (const { [moment]: at } of messages) if (at !== undefined && (first === undefined || at < first)) first = at;
  return first;
}

function isVoid(message: HeldMessage, now: number): boolean {
  return hasExpired(message, now) || isLost(message) || isOverdue(message, now);
}

function hasExpired({ visibleAgainAt }: HeldMessage, now: number): boolean {
  return visibleAgainAt !== undefined && visibleAgainAt <= now;
}

function isOverdue({ holdUntil }: HeldMessage, now: number): boolean {
  return holdUntil !== undefined && holdUntil <= now;
}
