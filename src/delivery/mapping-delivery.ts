import type { Idling } from './idle.js';
import type { PollerStatus } from './poller-status.js';

/**
 * When a source is polled for the first time: at once, as on AWS, or when the code of the function has loaded, so that
 * nothing is taken that cannot be handled yet.
 */
export type FirstPoll = 'now' | 'loaded';

/** The delivery of one mapping, whatever it reads. Starts once and stops once. */
export interface MappingDelivery extends Idling {
  readonly status: Pick<PollerStatus, 'state' | 'because' | 'onChange'>;
  /** How long a stop may have to wait for a receive in flight, in milliseconds. */
  readonly longestReceiveMs: number;
  start(firstPoll: FirstPoll): void;
  /**
   * Takes nothing new, finishes what handlers have, gives the rest back, and closes the source. May be called twice, and
   * while a `finish` is under way, which it turns into a stop.
   */
  stop(): Promise<void>;
  /**
   * As `stop`, for a mapping that changes or goes while the others go on: messages of a queue that are in hand are
   * delivered, because giving them back would count as a receive. May be called twice; after a `stop` it is that stop.
   */
  finish(): Promise<void>;
}
