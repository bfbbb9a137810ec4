import type { Random } from '../platform/random.js';
import { quiet } from '../aws/quiet.js';

/** The queue, topic or bucket that a mapping names. */
export interface DestinationRef {
  readonly kind: 'sqs' | 'sns' | 's3';
  readonly arn: string;
  /** Queue, topic or bucket. */
  readonly name: string;
}

/** How to reach the service of a destination. */
export interface DestinationReach {
  /** Undefined: as the SDK resolves it, which is AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined: as the SDK resolves them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Owner of the queue; given only to services that distinguish accounts by it (AWS). */
  readonly account: string | undefined;
  readonly random: Random;
}

/** How long a service may stay without an answer, in milliseconds. */
const silenceMs = 5_000;

/** What the clients of all destinations have in common. `answerMs`: the longest that a request may take as a whole. */
export function clientOptions({ endpoint, region, credentials }: DestinationReach, answerMs = silenceMs) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retrying is the engine's decision: it counts the tries, and says why they failed.
    maxAttempts: 1,
    requestHandler: {
      // The limit of the request covers its connection.
      connectionTimeout: 0,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      logger: quiet,
      socketTimeout: silenceMs,
    },
  };
}
