import { z } from 'zod';
import {
  consumptionModes,
  endpointTypes,
  fullDocuments,
  metricGroups,
  recordFormats,
  registryAccessTypes,
  sourceAccessTypes,
  systemLogLevels,
  validationAttributes,
} from './enumerations.js';
import { withModel } from './field-model.js';
import { flag, list, object, oneOf, record, text, wholeNumber } from './fields.js';
import { fixedParameters, ranges, responseTypes, startingPositions } from './parameters.js';
import { patterns } from './patterns.js';
import type { MappingInput, ParameterName } from './request.js';
import { timestampMs } from '../timestamp.js';
import type { UpdateInput } from '../updated-request.js';

const between = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodType<number> =>
  wholeNumber(min, max);

/** In characters. */
export const longestDestination = 350;

const destination = object({
  Destination: text({
    min: 0,
    max: longestDestination,
    ...patterns.destination,
    what: 'the ARN of a queue, topic or bucket',
  }).optional(),
});

const timeForms =
  'must be a time: seconds since the epoch, or ISO 8601 with Z or an offset, such as 2026-01-31T12:00:00Z';
const startingTime = withModel(
  z
    .union([z.number(), z.string(), z.date()], { error: timeForms })
    .refine((time) => timestampMs(time) !== undefined, { error: timeForms }),
  { kind: 'scalar', type: 'Timestamp', constraints: [] },
);

const schemaRegistry = object({
  SchemaRegistryURI: text({
    max: 10_000,
    ...patterns.registryUri,
    what: 'the address or ARN of a registry',
  }).optional(),
  EventRecordFormat: oneOf(recordFormats).optional(),
  AccessConfigs: list(
    object({
      Type: oneOf(registryAccessTypes).optional(),
      URI: text({ max: 1_024, ...patterns.arn, what: 'the ARN of a secret' }).optional(),
    }),
    10,
  ).optional(),
  SchemaValidationConfigs: list(object({ Attribute: oneOf(validationAttributes).optional() }), 10).optional(),
});

const kafka = {
  ConsumerGroupId: text({ max: 200, ...patterns.uri, what: 'the name of a consumer group' }).optional(),
  SchemaRegistryConfig: schemaRegistry.optional(),
};

const tags = record(
  text({ max: 128, ...patterns.tag, what: 'the key of a tag' }),
  text({ min: 0, max: 256, ...patterns.tag, what: 'the value of a tag' }),
  'an object of texts',
  { min: 0, max: 50 },
);

const shape = {
  FunctionName: text({
    max: 256,
    ...patterns.functionName,
    what: 'a function name or ARN',
    refused: () => 'must be a function name, name:qualifier, or the ARN of a function',
  }),
  EventSourceArn: text({
    min: 0,
    max: 1_024,
    ...patterns.eventSourceArn,
    what: 'the ARN of an event source',
    refused: () => `must be the ARN of a queue or stream, such as arn:aws:sqs:<region>:<account>:<queue>`,
  }).optional(),
  Enabled: flag().optional(),
  BatchSize: between(ranges.batchSize).optional(),
  MaximumBatchingWindowInSeconds: between(ranges.windowSeconds).optional(),
  StartingPosition: oneOf(startingPositions).optional(),
  StartingPositionTimestamp: startingTime.optional(),
  FilterCriteria: object({
    Filters: list(
      object({ Pattern: text({ min: 0, max: 4_096, what: 'a filter pattern: JSON in a string' }).optional() }),
      10,
    ).optional(),
  }).optional(),
  KMSKeyArn: text({ min: 0, max: 10_000, ...patterns.key, what: 'the ARN of a key' }).optional(),
  FunctionResponseTypes: list(oneOf(responseTypes), 1).optional(),
  ScalingConfig: object({ MaximumConcurrency: between(ranges.maximumConcurrency).optional() }).optional(),
  ProvisionedPollerConfig: object({
    MinimumPollers: between(ranges.minimumPollers).optional(),
    MaximumPollers: between(ranges.maximumPollers).optional(),
    PollerGroupName: text({
      min: 0,
      max: 128,
      ...patterns.pollerGroup,
      what: 'the name of a poller group (letters, digits, - and _)',
    }).optional(),
  }).optional(),
  ParallelizationFactor: between(ranges.parallelizationFactor).optional(),
  BisectBatchOnFunctionError: flag().optional(),
  MaximumRecordAgeInSeconds: between(ranges.recordAgeSeconds).optional(),
  MaximumRetryAttempts: between(ranges.retryAttempts).optional(),
  TumblingWindowInSeconds: between(ranges.tumblingWindowSeconds).optional(),
  DestinationConfig: object({ OnFailure: destination.optional(), OnSuccess: destination.optional() }).optional(),
  Topics: list(text({ max: 249, ...patterns.topic, what: 'the name of a topic' }), 1, 1).optional(),
  Queues: list(text({ max: 1_000, what: 'the name of a queue' }), 1, 1).optional(),
  SelfManagedEventSource: object({
    Endpoints: record(
      oneOf(endpointTypes),
      list(text({ max: 300, ...patterns.endpoint, what: 'host:port' }), 10, 1),
      'lists of host:port',
      { min: 1, max: 2 },
    ).optional(),
  }).optional(),
  SourceAccessConfigurations: list(
    object({
      Type: oneOf(sourceAccessTypes).optional(),
      URI: text({ max: 200, ...patterns.uri, what: 'a secret or a name' }).optional(),
    }),
    23,
  ).optional(),
  AmazonManagedKafkaEventSourceConfig: object(kafka).optional(),
  SelfManagedKafkaEventSourceConfig: object({
    ...kafka,
    ConsumptionMode: oneOf(consumptionModes).optional(),
  }).optional(),
  DocumentDBEventSourceConfig: object({
    DatabaseName: text({ max: 63, ...patterns.database, what: 'the name of a database' }).optional(),
    CollectionName: text({ max: 57, ...patterns.collection, what: 'the name of a collection' }).optional(),
    FullDocument: oneOf(fullDocuments).optional(),
  }).optional(),
  MetricsConfig: object({ Metrics: list(oneOf(metricGroups), 3).optional() }).optional(),
  LoggingConfig: object({ SystemLogLevel: oneOf(systemLogLevels).optional() }).optional(),
  Tags: tags.optional(),
} satisfies Record<ParameterName, z.ZodType>;

/** The shape and ranges of the service model; what a source makes of them is in queue-rules.ts and stream-rules.ts. */
export const mappingSchema: z.ZodType<MappingInput> = object(shape);

type FixedParameter = (typeof fixedParameters)[number];

const changeable = Object.fromEntries(
  Object.entries(shape).filter(([name]) => !fixedParameters.some((fixed) => fixed === name)),
) as Omit<typeof shape, FixedParameter>;

/** The body of an UpdateEventSourceMapping request. It has no parameter that is fixed. */
export const updateSchema = object({
  ...changeable,
  FunctionName: shape.FunctionName.optional(),
}) as z.ZodType<UpdateInput>; // undefined is as good as absent

/** The body of a TagResource request. */
export const tagsSchema: z.ZodType<{ readonly Tags: Readonly<Record<string, string>> }> = object({ Tags: tags });
