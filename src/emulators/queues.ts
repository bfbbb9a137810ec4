import type { FunctionDefinition } from '../functions/definition.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { destinationsOf } from './destinations.js';
import { servedBy } from './served.js';

/** A queue to be created on an embedded server. */
export interface QueueSpec {
  readonly name: string;
  readonly region: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutSeconds: number;
  /** Where messages go that were received so often; a queue that exists. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly queue: string };
}

/** SQS's own default. */
const leastVisibilitySeconds = 30;
/** What AWS advises, so that a message does not come back while its batch is still being retried. */
const visibilityPerTimeout = 6;

interface QueueChoices {
  /** Undefined: long enough for the slowest function of the queue. */
  readonly visibilityTimeoutSeconds: number | undefined;
  /** Undefined: no dead-letter queues. */
  readonly maxReceiveCount: number | undefined;
}

/**
 * The queues that mappings name: those they read, with their dead-letter queues before them, and those they report
 * to. Queues of both kinds are as mappings that read need them.
 */
export function queuesOf(
  mappings: readonly EventSourceMapping[],
  functions: ReadonlyMap<string, FunctionDefinition>,
  choices: QueueChoices,
): readonly QueueSpec[] {
  const read = queuesToRead(mappings, functions, choices);
  const withDeadLetters = addDeadLetters(read, choices);
  const named = new Set(withDeadLetters.map(({ name, region }) => `${region}/${name}`));
  const reported = destinationsOf(mappings, 'sqs').filter(({ name, region }) => !named.has(`${region}/${name}`));
  const visibilityTimeoutSeconds = choices.visibilityTimeoutSeconds ?? leastVisibilitySeconds;
  return [
    ...withDeadLetters,
    ...reported.map(({ name, region }) => ({ name, region, fifo: isFifo(name), visibilityTimeoutSeconds })),
  ];
}

const fifoSuffix = '.fifo';

function isFifo(name: string): boolean {
  return name.endsWith(fifoSuffix);
}

function queuesToRead(
  mappings: readonly EventSourceMapping[],
  functions: ReadonlyMap<string, FunctionDefinition>,
  choices: QueueChoices,
): readonly QueueSpec[] {
  const specs = new Map<string, QueueSpec>();
  for (const { arn, name, region, function: fn } of servedBy(mappings, 'sqs')) {
    const timeoutSeconds = (functions.get(fn.name)?.timeoutMs ?? 0) / 1_000;
    const longEnough = Math.max(
      leastVisibilitySeconds,
      visibilityPerTimeout * timeoutSeconds,
      specs.get(arn)?.visibilityTimeoutSeconds ?? 0,
    );
    const visibilityTimeoutSeconds = choices.visibilityTimeoutSeconds ?? longEnough;
    specs.set(arn, { name, region, fifo: isFifo(name), visibilityTimeoutSeconds });
  }
  return [...specs.values()];
}

function addDeadLetters(specs: readonly QueueSpec[], { maxReceiveCount }: QueueChoices): readonly QueueSpec[] {
  if (maxReceiveCount === undefined) return specs;
  const named = new Set(specs.map(({ name }) => name));
  return specs.flatMap((spec): readonly QueueSpec[] => {
    const deadLetters = { ...spec, name: deadLetterName(spec.name) };
    const queue = { ...spec, redrive: { maxReceiveCount, queue: deadLetters.name } };
    return named.has(deadLetters.name) ? [queue] : [deadLetters, queue];
  });
}

function deadLetterName(queue: string): string {
  return isFifo(queue) ? `${queue.slice(0, -fifoSuffix.length)}-dlq${fifoSuffix}` : `${queue}-dlq`;
}
