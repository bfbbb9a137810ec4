import type { CheckpointStore } from '../contracts/checkpoint-store.js';
import type { MappingDelivery } from '../delivery/mapping-delivery.js';
import { QueueDelivery } from '../delivery/queue/queue-delivery.js';
import { StreamDelivery } from '../delivery/stream/stream-delivery.js';
import { createDestination } from '../destinations/registry.js';
import type { FailureDestination } from '../contracts/failure-destination.js';
import { createRecordFilter, type RecordFilter } from '../filters/record-filter.js';
import { executedVersion } from '../functions/environment-spec.js';
import type { LambdaFunction } from '../functions/lambda-function.js';
import type { JournalWriter } from '../journal/journal.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { openQueue, openStream, refusalOf } from './open-source.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { reach, type Addressing } from './reach.js';

interface DeliveryServices extends Addressing {
  /** Wait no longer on AWS than elsewhere: somebody sits before it and may stop it at any time. */
  readonly shortPolls: boolean;
  /** Opens the store of checkpoints; only streams need it. */
  readonly checkpoints: () => Promise<CheckpointStore>;
  readonly target: LambdaFunction;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly batchId: () => string;
}

/** Opens the source of a mapping, and puts the delivery together that reads it. It does not start yet. */
export function createDelivery(mapping: EventSourceMapping, parts: DeliveryServices): Promise<MappingDelivery> {
  return mapping.kind === 'queue' ? queueDelivery(mapping, parts) : streamDelivery(mapping, parts);
}

async function queueDelivery(mapping: QueueMapping, parts: DeliveryServices): Promise<MappingDelivery> {
  const { target, journal, clock, random, batchId } = parts;
  const { uuid, name, batchSize, windowMs, reportsItemFailures, concurrency } = mapping;
  return new QueueDelivery(
    {
      mapping: { uuid, name },
      sourceLabel: mapping.source.title,
      settings: { batchSize, windowMs, reportsItemFailures, concurrency },
      source: await openQueue(mapping, parts, parts.shortPolls),
      target,
      filter: filterOf(mapping),
      journal,
      clock,
      random,
      batchId,
    },
    (visibilityTimeoutMs) => refusalOf(mapping, parts, { visibilityTimeoutMs }, target.timeoutMs),
  );
}

async function streamDelivery(mapping: StreamMapping, parts: DeliveryServices): Promise<MappingDelivery> {
  const { target, journal, clock, random, batchId, configuration, checkpoints } = parts;
  const { uuid, name, source, description, function: fn, tumblingWindowMs } = mapping;
  const opened = await openStream(mapping, parts);
  return new StreamDelivery({
    mapping: { uuid, name },
    sourceLabel: mapping.source.title,
    sourceArn: source.arn ?? source.identity,
    partitionWord: description.partitionWord,
    settings: {
      batchSize: mapping.batchSize,
      windowMs: mapping.windowMs,
      lanes: mapping.parallelizationFactor,
      startingRule: mapping.startingPoint,
      errors: {
        reportsItemFailures: mapping.reportsItemFailures,
        bisects: mapping.bisects,
        maxRetries: mapping.maxRetries,
        maxAgeMs: mapping.maxAgeMs,
      },
      tumbling:
        tumblingWindowMs > 0 ? { lengthMs: tumblingWindowMs, idleMs: configuration.tumblingWindowIdleMs } : undefined,
    },
    source: opened,
    ledger: opened.ledger ?? (await checkpoints()).ledger(uuid),
    target,
    functionArn: fn.arn,
    executedVersion: executedVersion(fn.qualifier),
    destination: destinationOf(mapping, parts),
    filter: filterOf(mapping),
    journal,
    clock,
    random,
    batchId,
  });
}

function filterOf({ description, filters }: EventSourceMapping): RecordFilter | undefined {
  return description.filter === undefined ? undefined : createRecordFilter(description.filter, filters);
}

/** Where a mapping reports batches that were given up, if it does. */
export function destinationOf(
  { destination }: Pick<StreamMapping, 'destination'>,
  parts: Addressing & Pick<DeliveryServices, 'random'>,
): FailureDestination | undefined {
  if (destination === undefined) return undefined;
  const { onAws, ...client } = reach(destination.kind, { account: destination.account }, parts);
  return createDestination(destination, {
    ...client,
    region: destination.region,
    account: onAws ? destination.account : undefined,
    random: parts.random,
  });
}
