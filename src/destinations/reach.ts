import type { DestinationKind } from '../contracts/destination-description.js';
import type { Random } from '../platform/random.js';
import { clientSettings, connectionSettings, type ServiceReach } from '../aws/client-settings.js';

/** The queue, topic or bucket that a mapping names. */
export interface DestinationRef {
  readonly kind: DestinationKind;
  readonly arn: string;
  /** Queue, topic or bucket. */
  readonly name: string;
}

/** How to reach the service of a destination. */
export interface DestinationReach extends ServiceReach {
  /** Owner of the queue; given only to services that distinguish accounts by it (AWS). */
  readonly account: string | undefined;
  readonly random: Random;
}

/** How long a service may stay without an answer, in milliseconds. */
const silenceMs = 5_000;

/** What the clients of all destinations have in common. `answerMs`: the longest that a request may take as a whole. */
export function clientOptions(reach: DestinationReach, answerMs = silenceMs) {
  return {
    ...clientSettings(reach),
    requestHandler: { ...connectionSettings(answerMs), socketTimeout: silenceMs },
  };
}
