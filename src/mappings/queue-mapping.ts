import type { ConcurrencyLimits, SourceDescription, SourceRef } from '../contracts/source-description.js';
import type { ConcurrencyRange, MappingBase, QueueMapping } from './event-source-mapping.js';
import { pollersOf } from './rules/poller-rules.js';
import { isProvisioned } from './rules/provisioned.js';
import type { MappingInput } from './schema/request.js';

/** What a queue makes of its parameters; defaults are filled in. The request has been checked. */
export function queueMapping(
  request: MappingInput,
  source: SourceRef,
  description: SourceDescription,
  maximumConcurrency: number,
): Omit<QueueMapping, keyof MappingBase> {
  const { batchSize, window } = description.batching(source);
  const windowSeconds = request.MaximumBatchingWindowInSeconds;
  return {
    kind: 'queue',
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: windowSeconds === undefined ? (window?.defaultMs ?? 0) : windowSeconds * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    concurrency: concurrencyOf(request, description, maximumConcurrency),
  };
}

/** One batch after the other, for queues that say nothing of it. */
const oneAtATime: ConcurrencyLimits = { initial: 1, floor: 1, ceiling: 1, growEveryMs: 1_000 };

/** Parallel batches; `maximum` is for mappings and sources that set no limit of their own. */
function concurrencyOf(request: MappingInput, description: SourceDescription, maximum: number): ConcurrencyRange {
  const { initial, floor, ceiling = maximum, growEveryMs, provisioned } = description.concurrency ?? oneAtATime;
  if (provisioned !== undefined && isProvisioned(request)) {
    const { from, to } = pollersOf(request, description.typeOf(request));
    const least = from * provisioned.batchesPerPoller;
    return {
      initial: least,
      floor: least,
      ceiling: to * provisioned.batchesPerPoller,
      growEveryMs: provisioned.growEveryMs,
    };
  }
  const most = request.ScalingConfig?.MaximumConcurrency ?? ceiling;
  return { initial: Math.min(initial, most), floor: Math.min(floor, most), ceiling: most, growEveryMs };
}
