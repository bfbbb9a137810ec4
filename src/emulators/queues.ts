import type { FunctionDefinition } from '../functions/definition.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';

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

export interface QueueChoices {
  /** Undefined: long enough for the slowest function of the queue. */
  readonly visibilityTimeoutSeconds: number | undefined;
  /** Undefined: no dead-letter queues. */
  readonly maxReceiveCount: number | undefined;
}

/** The queues that mappings name, with their dead-letter queues before them. */
export function queuesOf(
  mappings: readonly EventSourceMapping[],
  functions: ReadonlyMap<string, FunctionDefinition>,
  choices: QueueChoices,
): readonly QueueSpec[] {
  const specs = new Map<string, QueueSpec>();
  for (const { source, function: fn } of mappings) {
    const timeoutSeconds = (functions.get(fn.name)?.timeoutMs ?? 0) / 1_000;
    const longEnough = Math.max(
      leastVisibilitySeconds,
      visibilityPerTimeout * timeoutSeconds,
      specs.get(source.arn)?.visibilityTimeoutSeconds ?? 0,
    );
    const { queue: name, region, fifo } = source;
    const visibilityTimeoutSeconds = choices.visibilityTimeoutSeconds ?? longEnough;
    specs.set(source.arn, { name, region, fifo, visibilityTimeoutSeconds });
  }
  const { maxReceiveCount } = choices;
  if (maxReceiveCount === undefined) return [...specs.values()];
  const named = new Set([...specs.values()].map(({ name }) => name));
  return [...specs.values()].flatMap((spec): readonly QueueSpec[] => {
    const deadLetters = { ...spec, name: deadLetterName(spec.name) };
    const queue = { ...spec, redrive: { maxReceiveCount, queue: deadLetters.name } };
    return named.has(deadLetters.name) ? [queue] : [deadLetters, queue];
  });
}

function deadLetterName(queue: string): string {
  return queue.endsWith('.fifo') ? `${queue.slice(0, -'.fifo'.length)}-dlq.fifo` : `${queue}-dlq`;
}
