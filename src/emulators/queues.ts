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

/** The queues that mappings name, each hidden long enough for the slowest of its functions. */
export function queuesOf(
  mappings: readonly EventSourceMapping[],
  functions: ReadonlyMap<string, FunctionDefinition>,
): readonly QueueSpec[] {
  const specs = new Map<string, QueueSpec>();
  for (const { source, function: fn } of mappings) {
    const timeoutSeconds = (functions.get(fn.name)?.timeoutMs ?? 0) / 1_000;
    const visibilityTimeoutSeconds = Math.max(
      leastVisibilitySeconds,
      visibilityPerTimeout * timeoutSeconds,
      specs.get(source.arn)?.visibilityTimeoutSeconds ?? 0,
    );
    const { queue: name, region, fifo } = source;
    specs.set(source.arn, { name, region, fifo, visibilityTimeoutSeconds });
  }
  return [...specs.values()];
}
