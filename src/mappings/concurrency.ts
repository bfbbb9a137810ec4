import type { ConcurrencyRange } from './event-source-mapping.js';
import { pollersOf } from './rules/poller-rules.js';
import { isProvisioned } from './rules/provisioned.js';
import type { MappingInput } from './schema/request.js';

/** Lambda starts a queue with this many parallel batches, and scales back to it. */
const initialBatches = 5;
/** Lambda adds 300 parallel batches a minute; in provisioned mode 1000. */
const growEveryMs = { onDemand: 60_000 / 300, provisioned: 60_000 / 1_000 } as const;
/** Repeated function errors bring a mapping without provisioned pollers down to this. */
const leastBatches = 1;
/** One provisioned poller runs up to this many batches at once. */
const batchesPerPoller = 10;

/** Parallel batches of a queue mapping; `ceiling` is for mappings that set no limit of their own. */
export function concurrencyOf(request: MappingInput, ceiling: number): ConcurrencyRange {
  if (isProvisioned(request)) {
    const { from, to } = pollersOf(request, 'sqs');
    const least = from * batchesPerPoller;
    return {
      initial: least,
      floor: least,
      ceiling: to * batchesPerPoller,
      growEveryMs: growEveryMs.provisioned,
    };
  }
  const most = request.ScalingConfig?.MaximumConcurrency ?? ceiling;
  const initial = Math.min(initialBatches, most);
  return { initial, floor: leastBatches, ceiling: most, growEveryMs: growEveryMs.onDemand };
}
