import { concurrencyOf } from './concurrency.js';
import type { MappingBase, QueueMapping, QueueRef } from './event-source-mapping.js';
import { batching } from './schema/parameters.js';
import type { MappingInput } from './schema/request.js';

/** What a queue makes of its parameters; defaults are filled in. The request has been checked. */
export function queueMapping(
  request: MappingInput,
  source: QueueRef,
  maximumConcurrency: number,
): Omit<QueueMapping, keyof MappingBase> {
  const { batchSize, window } = batching[source.kind === 'sqs' && source.fifo ? 'sqs-fifo' : 'sqs'];
  const windowSeconds = request.MaximumBatchingWindowInSeconds;
  return {
    kind: 'queue',
    source,
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: windowSeconds === undefined ? (window?.defaultMs ?? 0) : windowSeconds * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    concurrency: concurrencyOf(request, maximumConcurrency),
  };
}
