import type { Idling } from './idle.js';

/** The delivery of one mapping, whatever it reads. Starts once and stops once. */
export interface MappingDelivery extends Idling {
  /** How long a stop may have to wait for a receive in flight, in milliseconds. */
  readonly longestReceiveMs: number;
  start(): void;
  /** Takes nothing new, finishes what handlers have, and closes the source. May be called twice. */
  stop(): Promise<void>;
}
