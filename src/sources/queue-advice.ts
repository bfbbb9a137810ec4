import type { QueueFacts } from '../contracts/queue-source.js';
import type { AdviceSettings } from '../contracts/source-definition.js';

// What Lambda refuses and advises for queues whose messages have a lease: SQS, and sources of a configuration that are alike.

/** Lambda's advice: a message must not come back while its batch may still be retried. */
const visibilityPerTimeout = 6;
/** Lambda's advice: fewer receives send messages to the dead-letter queue that were only throttled. */
const leastMaxReceiveCount = 5;

/** Lambda refuses a queue whose messages would become visible again while its function may still be working on them. */
export function leaseRefusal({ visibilityTimeoutMs }: QueueFacts, functionTimeoutMs: number): string | undefined {
  if (visibilityTimeoutMs === undefined || visibilityTimeoutMs >= functionTimeoutMs) return undefined;
  const [visibility, timeout] = [visibilityTimeoutMs / 1_000, functionTimeoutMs / 1_000];
  return `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`;
}

/** What the settings of a queue should be like. */
export function queueAdvice(
  { visibilityTimeoutMs = Number.POSITIVE_INFINITY, redrive }: QueueFacts,
  { functionTimeoutMs, windowMs }: AdviceSettings,
): readonly string[] {
  const visibilitySeconds = visibilityTimeoutMs / 1_000;
  const advised = visibilityPerTimeout * (functionTimeoutMs / 1_000) + windowMs / 1_000;
  return [
    visibilitySeconds < advised &&
      `the queue's visibility timeout of ${visibilitySeconds} s is less than ${visibilityPerTimeout} x the function's timeout${windowMs > 0 ? ' + the batching window' : ''} (${advised} s): messages may be delivered again while they are still being handled`,
    redrive === undefined &&
      'the queue has no dead-letter queue: a message that always fails comes back until its retention period ends',
    redrive !== undefined &&
      redrive.maxReceiveCount < leastMaxReceiveCount &&
      `the queue's maxReceiveCount of ${redrive.maxReceiveCount} is less than ${leastMaxReceiveCount}: throttled messages may end in its dead-letter queue`,
  ].filter((message) => message !== false);
}
