import { lambdaArn, type Place } from './arn.js';
import { concurrencyOf } from './concurrency.js';
import type { FunctionRef, QueueMapping, QueueRef } from './event-source-mapping.js';
import { stableUuid, type Unnamed } from './identity.js';
import { batching } from './parameters.js';
import type { MappingInput } from './request.js';

/** Fills in the defaults of a queue. The request has been checked. */
export function queueMapping(
  request: MappingInput,
  source: QueueRef,
  fn: FunctionRef,
  world: Place & { readonly maximumConcurrency: number },
): Unnamed<QueueMapping> {
  const uuid = stableUuid(world, fn, source.arn);
  const { batchSize, window } = batching[source.kind === 'sqs' && source.fifo ? 'sqs-fifo' : 'sqs'];
  const windowSeconds = request.MaximumBatchingWindowInSeconds;
  return {
    kind: 'queue',
    uuid,
    arn: lambdaArn(world, `event-source-mapping:${uuid}`),
    enabled: request.Enabled ?? true,
    function: fn,
    source,
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: windowSeconds === undefined ? (window?.defaultMs ?? 0) : windowSeconds * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    concurrency: concurrencyOf(request, world.maximumConcurrency),
  };
}
