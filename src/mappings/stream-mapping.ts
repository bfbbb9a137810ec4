import type { DestinationDescription } from '../contracts/destination-description.js';
import type { SourceDescription, SourceRef } from '../contracts/source-description.js';
import type { Home } from './arn.js';
import { parseDestination } from './destination-arn.js';
import type { DestinationRef, MappingBase, StartingPoint, StreamMapping } from './event-source-mapping.js';
import type { MappingInput } from './schema/request.js';
import { timestampMs } from './timestamp.js';

/** Where everything of a mapping is, and what it may report to. */
interface StreamWorld extends Home {
  readonly destinations: readonly DestinationDescription[];
}

/** What a stream makes of its parameters; defaults are filled in. The request has been checked. */
export function streamMapping(
  request: MappingInput,
  source: SourceRef,
  description: SourceDescription,
  world: StreamWorld,
): Omit<StreamMapping, keyof MappingBase> {
  const { batchSize, window } = description.batching(source);
  const windowSeconds = request.MaximumBatchingWindowInSeconds;
  const tumblingWindowMs = (request.TumblingWindowInSeconds ?? 0) * 1_000;
  const maxAgeSeconds = limit(request.MaximumRecordAgeInSeconds);
  return {
    kind: 'stream',
    batchSize: request.BatchSize ?? batchSize.default,
    windowMs: windowSeconds === undefined ? (window?.defaultMs ?? 0) : windowSeconds * 1_000,
    reportsItemFailures: request.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filters: (request.FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    startingPoint: startingPoint(request),
    // One state for each partition: its calls cannot run side by side.
    parallelizationFactor: tumblingWindowMs > 0 ? 1 : (request.ParallelizationFactor ?? 1),
    bisects: request.BisectBatchOnFunctionError ?? false,
    maxRetries: limit(request.MaximumRetryAttempts),
    maxAgeMs: maxAgeSeconds === undefined ? undefined : maxAgeSeconds * 1_000,
    tumblingWindowMs,
    destination: destinationOf(request, world),
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

function destinationOf(
  { DestinationConfig }: MappingInput,
  { region, account, destinations }: StreamWorld,
): DestinationRef | undefined {
  const found = parseDestination(DestinationConfig?.OnFailure?.Destination ?? '', destinations);
  if (found.kind !== 'destination') return undefined;
  const { destination } = found;
  return destination.region === '' ? { ...destination, region, account } : destination;
}
