import type { AnyMapping } from './event-source-mapping.js';
import { isCleared } from './cleared.js';
import { kafkaBlockOf } from './rules/kafka-blocks.js';
import { reportedDefaults, reportsResults, transitionReasons } from './rules/reported.js';
import type { BatchingDefaults, SourceType } from '../contracts/source-description.js';
import { pollersOf } from './rules/poller-rules.js';
import { isProvisioned } from './rules/provisioned.js';
import type { MappingInput, ParameterName } from './schema/request.js';
import { timestampMs } from './timestamp.js';

/** What is reported of a mapping beside its parameters. */
interface MappingCondition {
  /** `Creating`, `Enabled` …: not the state of its poller. */
  readonly state: string;
  /** Of the last change, in milliseconds since the epoch. */
  readonly lastModified: number;
  /** What the newest call came to; queues do not report it. */
  readonly lastProcessingResult: string;
}

/** An EventSourceMappingConfiguration, as it is written in JSON. */
export type MappingDescription = Readonly<Record<string, unknown>>;

/** Parameters of requests that no answer has. */
const requestOnly: readonly ParameterName[] = ['FunctionName', 'Enabled', 'Tags'];

/** What of a mapping is reported. */
interface Described extends Pick<AnyMapping, 'uuid' | 'arn' | 'sourceType' | 'request'> {
  readonly functionArn: string;
  /** What its source makes of a batch size and window that were not given, where that is known. */
  readonly batching?: BatchingDefaults;
}

/** A mapping as Create, Get, List, Update and Delete answer with it. */
export function describeMapping(
  mapping: Described,
  { state, lastModified, lastProcessingResult }: MappingCondition,
): MappingDescription {
  const { sourceType, request } = mapping;
  const parameters = { ...reportedDefaults[sourceType], ...batchingReported(mapping), ...reported(mapping) };
  return {
    UUID: mapping.uuid,
    EventSourceMappingArn: mapping.arn,
    ...Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)),
    ...(request.EventSourceArn === undefined ? {} : { EventSourceArn: request.EventSourceArn }),
    FunctionArn: mapping.functionArn,
    LastModified: lastModified / 1_000,
    State: state,
    StateTransitionReason: transitionReasons[sourceType],
    ...(reportsResults(sourceType) ? { LastProcessingResult: lastProcessingResult } : {}),
  };
}

/** A window is told in whole seconds: 500 ms are not told, as on AWS. */
function batchingReported({ batching }: Described): Record<string, unknown> {
  if (batching === undefined) return {};
  const seconds = (batching.window?.defaultMs ?? 0) / 1_000;
  return {
    BatchSize: batching.batchSize.default,
    MaximumBatchingWindowInSeconds: Number.isInteger(seconds) ? seconds : undefined,
  };
}

function reported({ request, sourceType, uuid }: Described): Record<string, unknown> {
  const given = Object.entries(request).filter(
    ([name, value]) => !requestOnly.some((each) => each === name) && !isCleared(value),
  );
  return {
    ...Object.fromEntries(given),
    ...startingPointOf(request),
    ...pollersReported(request, sourceType),
    ...consumerGroup(request, sourceType, uuid),
  };
}

/** Times are numbers of seconds in JSON. A share group of Kafka has no position. */
function startingPointOf(request: MappingInput): Record<string, unknown> {
  const { StartingPositionTimestamp: at, SelfManagedKafkaEventSourceConfig: kafkaConfig } = request;
  if (kafkaConfig?.ConsumptionMode === 'Queue') return { StartingPosition: undefined };
  const ms = at === undefined ? undefined : timestampMs(at);
  return ms === undefined ? {} : { StartingPositionTimestamp: ms / 1_000 };
}

function pollersReported(request: MappingInput, sourceType: SourceType): Record<string, unknown> {
  if (!isProvisioned(request)) return { ProvisionedPollerConfig: undefined };
  const { from, to } = pollersOf(request, sourceType);
  const group = request.ProvisionedPollerConfig?.PollerGroupName ?? '';
  const named = group === '' ? {} : { PollerGroupName: group };
  return { ProvisionedPollerConfig: { MinimumPollers: from, MaximumPollers: to, ...named } };
}

/** Without a name of its own, the consumer group of a Kafka mapping is called by its UUID. */
function consumerGroup(request: MappingInput, sourceType: SourceType, uuid: string): Record<string, unknown> {
  const block = kafkaBlockOf(sourceType);
  if (block === undefined) return {};
  const { SchemaRegistryConfig: registry, ...rest } = request[block] ?? {};
  return {
    [block]: { ConsumerGroupId: uuid, ...rest, ...(isCleared(registry) ? {} : { SchemaRegistryConfig: registry }) },
  };
}
