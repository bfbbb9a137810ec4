import { sourceTypes, type SourceType } from '../../contracts/source-description.js';
import type { ParameterName } from './request.js';

/** `R` required · `x` accepted · `p` accepted in provisioned mode only · `-` refused. */
type Acceptance = 'R' | 'x' | 'p' | '-';

type Row = readonly [Acceptance, Acceptance, Acceptance, Acceptance, Acceptance, Acceptance, Acceptance, Acceptance];

/** Who takes what, in the order of `sourceTypes`. */
const rows = {
  //                                   SQS, Kin, DDB, MSK, smk, AMQ, RMQ, docdb
  FunctionName: ['R', 'R', 'R', 'R', 'R', 'R', 'R', 'R'],
  EventSourceArn: ['R', 'R', 'R', 'R', '-', 'R', 'R', 'R'],
  Enabled: ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'],
  BatchSize: ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'],
  MaximumBatchingWindowInSeconds: ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'],
  // The guide calls it required for Kafka; AWS accepts such mappings without it and starts at TRIM_HORIZON.
  StartingPosition: ['-', 'R', 'R', 'x', 'x', '-', '-', 'x'],
  StartingPositionTimestamp: ['-', 'x', '-', 'x', 'x', '-', '-', 'x'],
  FilterCriteria: ['x', 'x', 'x', 'x', 'x', 'x', 'x', '-'],
  KMSKeyArn: ['x', 'x', 'x', 'x', 'x', 'x', 'x', '-'],
  FunctionResponseTypes: ['x', 'x', 'x', 'p', 'p', '-', '-', '-'],
  ScalingConfig: ['x', '-', '-', '-', '-', '-', '-', '-'],
  ProvisionedPollerConfig: ['x', '-', '-', 'x', 'x', '-', '-', '-'],
  ParallelizationFactor: ['-', 'x', 'x', '-', '-', '-', '-', '-'],
  BisectBatchOnFunctionError: ['-', 'x', 'x', 'p', 'p', '-', '-', '-'],
  MaximumRecordAgeInSeconds: ['-', 'x', 'x', 'p', 'p', '-', '-', '-'],
  MaximumRetryAttempts: ['-', 'x', 'x', 'p', 'p', '-', '-', '-'],
  TumblingWindowInSeconds: ['-', 'x', 'x', '-', '-', '-', '-', '-'],
  DestinationConfig: ['-', 'x', 'x', 'x', 'x', '-', '-', '-'],
  Topics: ['-', '-', '-', 'R', 'R', '-', '-', '-'],
  Queues: ['-', '-', '-', '-', '-', 'R', 'R', '-'],
  SelfManagedEventSource: ['-', '-', '-', '-', 'R', '-', '-', '-'],
  SourceAccessConfigurations: ['-', '-', '-', 'x', 'R', 'R', 'R', 'R'],
  AmazonManagedKafkaEventSourceConfig: ['-', '-', '-', 'x', '-', '-', '-', '-'],
  SelfManagedKafkaEventSourceConfig: ['-', '-', '-', '-', 'x', '-', '-', '-'],
  DocumentDBEventSourceConfig: ['-', '-', '-', '-', '-', '-', '-', 'R'],
  MetricsConfig: ['x', 'x', 'x', 'p', 'p', '-', '-', '-'],
  LoggingConfig: ['-', '-', '-', 'p', 'p', '-', '-', '-'],
  Tags: ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'],
} as const satisfies Record<ParameterName, Row>;

/** Parameters that an existing mapping keeps; tags change through calls of their own. */
export const fixedParameters = [
  'EventSourceArn',
  'SelfManagedEventSource',
  'Topics',
  'Queues',
  'StartingPosition',
  'StartingPositionTimestamp',
  'Tags',
] as const satisfies readonly ParameterName[];

export const parameterNames = Object.keys(rows) as readonly ParameterName[];

export function acceptance(parameter: ParameterName, source: SourceType): Acceptance {
  const row: Row = rows[parameter];
  return row[sourceTypes.indexOf(source)] ?? '-';
}

/** What the service model allows, whatever the source. */
export const ranges = {
  batchSize: { min: 1, max: 10_000 },
  windowSeconds: { min: 0, max: 300 },
  parallelizationFactor: { min: 1, max: 10 },
  recordAgeSeconds: { min: -1, max: 604_800 },
  /** MaximumRecordAgeInSeconds that is a limit: less is refused, although the service model would allow it. */
  leastRecordAgeSeconds: 60,
  retryAttempts: { min: -1, max: 10_000 },
  tumblingWindowSeconds: { min: 0, max: 900 },
  maximumConcurrency: { min: 2, max: 1_000 },
  minimumPollers: { min: 1, max: 200 },
  maximumPollers: { min: 1, max: 10_000 },
} as const;

/** Filters that a mapping may have on AWS unless the quota was increased; the service model allows 10. */
export const filtersWithoutIncrease = 5;

export const startingPositions = ['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'] as const;
export const responseTypes = ['ReportBatchItemFailures'] as const;

/** SQS: batches over this size need a batching window. */
export const largestBatchWithoutWindow = 10;

/** Provisioned mode, for the sources that have it. */
export const pollers = {
  sqs: { label: 'SQS', minimum: { least: 2, default: 2 }, maximum: { most: 10_000, default: 200 } },
  kafka: { label: 'Kafka', minimum: { least: 1, default: 1 }, maximum: { most: 2_000, default: 200 } },
} as const;

/** Parameters that are accepted and can mean nothing on a laptop, with the reason; each use is reported once at start. */
export const withoutLocalMeaning = {
  KMSKeyArn: 'filter patterns are not encrypted locally',
  PollerGroupName: 'pollers are not shared between mappings locally',
  VPC_SUBNET: 'sources are reached directly, without a VPC',
  VPC_SECURITY_GROUP: 'sources are reached directly, without a VPC',
  Role: 'permissions are not checked locally',
} as const;

/** The sentence to be shown for one use of such a parameter. */
export function noEffect(where: string, parameter: keyof typeof withoutLocalMeaning): string {
  return `${where} has no effect: ${withoutLocalMeaning[parameter]}`;
}
