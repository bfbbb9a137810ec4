import type { Place } from './arn.js';
import { parseDestination } from './destination-arn.js';
import type { DestinationRef, MappingBase, StartingPoint, StreamMapping, StreamRef } from './event-source-mapping.js';
import { batching } from './schema/parameters.js';
import type { MappingInput } from './schema/request.js';
import { timestampMs } from './timestamp.js';

/** What a stream makes of its parameters; defaults are filled in. The request has been checked. */
export function streamMapping(
  request: MappingInput,
  source: StreamRef,
  place: Place,
): Omit<StreamMapping, keyof MappingBase> {
  const { batchSize } = batching.kinesis;
  const tumblingWindowMs = (request.TumblingWindowInSeconds ?? 0) * 1_000;
  const maxAgeSeconds = limit(request.MaximumRecordAgeInSeconds);
  return {
    kind: 'stream',
    source,
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: (request.MaximumBatchingWindowInSeconds ?? 0) * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    startingPoint: startingPoint(request),
    // One state for each shard: its calls cannot run side by side.
    parallelizationFactor: tumblingWindowMs > 0 ? 1 : (request.ParallelizationFactor ?? 1),
    bisects: request.BisectBatchOnFunctionError ?? false,
    maxRetries: limit(request.MaximumRetryAttempts),
    maxAgeMs: maxAgeSeconds === undefined ? undefined : maxAgeSeconds * 1_000,
    tumblingWindowMs,
    destination: destinationOf(request, place),
  };
}

/** AWS writes "no limit" as -1. */
function limit(given: number | undefined): number | undefined {
  return given === -1 ? undefined : given;
}

/** Sources of AWS require a position; where one may be left out nothing is to be missed. */
function startingPoint({
  StartingPosition: kind = 'TRIM_HORIZON',
  StartingPositionTimestamp: at,
}: MappingInput): StartingPoint {
  return kind === 'AT_TIMESTAMP' ? { kind, at: (at === undefined ? undefined : timestampMs(at)) ?? 0 } : { kind };
}

function destinationOf({ DestinationConfig }: MappingInput, place: Place): DestinationRef | undefined {
  const found = parseDestination(DestinationConfig?.OnFailure?.Destination ?? '');
  if (found.kind !== 'destination') return undefined;
  const { destination } = found;
  return destination.kind === 's3' ? { ...destination, region: place.region, account: place.account } : destination;
}
