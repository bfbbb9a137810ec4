import { z } from 'zod';
import { flag, list, object, oneOf, record, text, wholeNumber } from './fields.js';
import { ranges, responseTypes, startingPositions } from './parameters.js';
import type { MappingInput, ParameterName } from './request.js';
import { timestampMs } from './timestamp.js';

const between = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodType<number> =>
  wholeNumber(min, max);

const anyText = (what: string, max: number): z.ZodType<string> => text({ min: 0, max, what });

const destination = object({ Destination: anyText('the ARN of a queue, topic or bucket', 350).optional() });
const settings = record(z.string(), z.unknown(), 'an object');

const timeForms =
  'must be a time: seconds since the epoch, or ISO 8601 with Z or an offset, such as 2026-01-31T12:00:00Z';
const startingTime = z
  .union([z.number(), z.string(), z.date()], { error: timeForms })
  .refine((time) => timestampMs(time) !== undefined, { error: timeForms });

const shape = {
  FunctionName: text({ max: 256, what: 'a function name or ARN' }),
  EventSourceArn: text({ max: 1_024, what: 'the ARN of an event source' }).optional(),
  Enabled: flag().optional(),
  BatchSize: between(ranges.batchSize).optional(),
  MaximumBatchingWindowInSeconds: between(ranges.windowSeconds).optional(),
  StartingPosition: oneOf(startingPositions).optional(),
  StartingPositionTimestamp: startingTime.optional(),
  FilterCriteria: object({
    Filters: list(object({ Pattern: anyText('a filter pattern: JSON in a string', 4_096).optional() }), 10).optional(),
  }).optional(),
  KMSKeyArn: anyText('the ARN of a key', 10_000).optional(),
  FunctionResponseTypes: list(oneOf(responseTypes), 1).optional(),
  ScalingConfig: object({ MaximumConcurrency: between(ranges.maximumConcurrency).optional() }).optional(),
  ProvisionedPollerConfig: object({
    MinimumPollers: between(ranges.minimumPollers).optional(),
    MaximumPollers: between(ranges.maximumPollers).optional(),
    PollerGroupName: anyText('the name of a poller group', 128).optional(),
  }).optional(),
  ParallelizationFactor: between(ranges.parallelizationFactor).optional(),
  BisectBatchOnFunctionError: flag().optional(),
  MaximumRecordAgeInSeconds: between(ranges.recordAgeSeconds).optional(),
  MaximumRetryAttempts: between(ranges.retryAttempts).optional(),
  TumblingWindowInSeconds: between(ranges.tumblingWindowSeconds).optional(),
  DestinationConfig: object({ OnFailure: destination.optional(), OnSuccess: destination.optional() }).optional(),
  Topics: list(text({ max: 249, what: 'the name of a topic' }), 1, 1).optional(),
  Queues: list(text({ max: 1_000, what: 'the name of a queue' }), 1, 1).optional(),
  SelfManagedEventSource: object({
    Endpoints: record(z.string(), list(text({ max: 300, what: 'host:port' }), 10, 1), 'lists of host:port').optional(),
  }).optional(),
  SourceAccessConfigurations: list(
    object({
      Type: text({ max: 100, what: 'a kind of access' }).optional(),
      URI: anyText('a secret or a name', 200).optional(),
    }),
    23,
  ).optional(),
  AmazonManagedKafkaEventSourceConfig: settings.optional(),
  SelfManagedKafkaEventSourceConfig: settings.optional(),
  DocumentDBEventSourceConfig: settings.optional(),
  MetricsConfig: object({ Metrics: list(text({ max: 100, what: 'a group of metrics' }), 3).optional() }).optional(),
  LoggingConfig: object({ SystemLogLevel: text({ max: 10, what: 'a log level' }).optional() }).optional(),
  Tags: record(
    text({ max: 128, what: 'the key of a tag' }),
    anyText('the value of a tag', 256),
    'an object of texts',
  ).optional(),
} satisfies Record<ParameterName, z.ZodType>;

/** The shape and ranges of the service model; what a source makes of them is in queue-rules.ts and stream-rules.ts. */
export const mappingSchema: z.ZodType<MappingInput> = object(shape);
