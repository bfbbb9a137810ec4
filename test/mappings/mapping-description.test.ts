import { describe, expect, it } from 'vitest';
import { describeMapping } from '../../src/mappings/mapping-description.js';
import { sourceTypes, type SourceType } from '../../src/contracts/source-description.js';
import { leastOf, madeOf, secret } from './mapping-world.js';

type Given = Readonly<Record<string, unknown>>;

const uuid = '11111111-2222-4333-8444-555555555555';
const functionArn = 'arn:aws:lambda:us-east-1:111111111111:function:worker';
const condition = {
  state: 'Enabled',
  lastModified: Date.parse('2026-01-31T12:00:00.250Z'),
  lastProcessingResult: 'No records processed',
};

/** What is reported of a mapping, as the caller reads it. */
function reported(type: SourceType, over: Given = {}): Given {
  const mapping = { ...madeOf(type, over), uuid, functionArn };
  return JSON.parse(JSON.stringify(describeMapping(mapping, condition))) as Given;
}

/** As recorded of AWS: `-` never reported, `given` only when the caller gave it; the columns are queues, streams and Kafka. */
const recorded = `
  BatchSize                      | 10             | 100                    | 100                  | 100
  MaximumBatchingWindowInSeconds | 0              | 0                      | 0                    | -
  FunctionResponseTypes          | []             | []                     | []                   | -
  LastProcessingResult           | -              | "No records processed" | "No records processed" | "No records processed"
  BisectBatchOnFunctionError     | -              | false                  | false                | -
  DestinationConfig              | -              | {"OnFailure":{}}       | {"OnFailure":{}}     | -
  MaximumRecordAgeInSeconds      | -              | -1                     | -1                   | -
  MaximumRetryAttempts           | -              | -1                     | -1                   | -
  ParallelizationFactor          | -              | 1                      | 1                    | -
  TumblingWindowInSeconds        | -              | 0                      | 0                    | -
  StartingPosition               | -              | "LATEST"               | "LATEST"             | "TRIM_HORIZON"
  FilterCriteria                 | -              | -                      | -                    | -
  ScalingConfig                  | -              | -                      | -                    | -
  ProvisionedPollerConfig        | -              | -                      | -                    | -
  Topics                         | -              | -                      | -                    | given
  SelfManagedEventSource         | -              | -                      | -                    | given
  SourceAccessConfigurations     | -              | -                      | -                    | given
  SelfManagedKafkaEventSourceConfig | -           | -                      | -                    | {"ConsumerGroupId":"${uuid}"}
  EventSourceArn                 | given          | given                  | given                | -
  UUID                           | "${uuid}"      | "${uuid}"              | "${uuid}"            | "${uuid}"
  FunctionArn                    | "${functionArn}" | "${functionArn}"     | "${functionArn}"     | "${functionArn}"
  LastModified                   | 1769860800.25  | 1769860800.25          | 1769860800.25        | 1769860800.25
  State                          | "Enabled"      | "Enabled"              | "Enabled"            | "Enabled"
  StateTransitionReason          | "USER_INITIATED" | "User action"        | "User action"        | "USER_INITIATED"
  Tags                           | -              | -                      | -                    | -
  Enabled                        | -              | -                      | -                    | -
  FunctionName                   | -              | -                      | -                    | -`;
const columns: readonly SourceType[] = ['sqs', 'kinesis', 'dynamodb', 'self-managed-kafka'];

const cells = recorded
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [name = '', ...texts] = line.split('|').map((text) => text.trim());
    return columns.map((type, column) => ({ name, type, text: texts[column] ?? '' }));
  });
const expected = (name: string, type: SourceType, text: string): unknown => {
  if (text === '-') return undefined;
  return text === 'given' ? leastOf[type][name] : (JSON.parse(text) as unknown);
};

describe('what is reported of a mapping without options', () => {
  it.each(cells)('$name of $type: $text', ({ name, type, text }) => {
    expect(reported(type)[name]).toEqual(expected(name, type, text));
  });

  it.each(columns)('is nothing else, but for the ARN of the mapping: %s', (type) => {
    const names = cells.filter((cell) => cell.type === type && cell.text !== '-').map(({ name }) => name);
    expect(new Set(Object.keys(reported(type)))).toEqual(new Set([...names, 'EventSourceMappingArn']));
  });

  const condensed = {
    BatchSize: 100,
    FunctionArn: functionArn,
    LastModified: 1_769_860_800.25,
    LastProcessingResult: 'No records processed',
    State: 'Enabled',
    UUID: uuid,
  };
  const others = [
    {
      type: 'msk',
      is: {
        StartingPosition: 'TRIM_HORIZON',
        StateTransitionReason: 'USER_INITIATED',
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid },
      },
    },
    { type: 'activemq', is: { StateTransitionReason: 'USER_INITIATED' } },
    { type: 'rabbitmq', is: { StateTransitionReason: 'USER_INITIATED' } },
    { type: 'documentdb', is: { StateTransitionReason: 'User action' } },
  ] as const;
  it.each(others)('of $type, which nobody has recorded, is alike', ({ type, is }) => {
    const { EventSourceMappingArn: arn, ...rest } = reported(type);
    expect(rest).toEqual({ ...leastOf[type], ...condensed, ...is });
    expect(arn).toMatch(/^arn:aws:lambda:us-east-1:111111111111:event-source-mapping:[0-9a-f-]{36}$/);
  });

  it.each(sourceTypes)('has the state of %s', (type) => {
    const mapping = { ...madeOf(type), functionArn };
    expect(describeMapping(mapping, { ...condition, state: 'Creating' })).toMatchObject({ State: 'Creating' });
  });
});

describe('what was given is reported', () => {
  const filters = { Filters: [{ Pattern: '{"a":[1]}' }] };
  const toBucket = { OnFailure: { Destination: 'arn:aws:s3:::failed-batches' } };
  const pollers = { MinimumPollers: 1, MaximumPollers: 3 };
  const registry = {
    SchemaRegistryURI: 'https://registry.example.com',
    EventRecordFormat: 'JSON',
    SchemaValidationConfigs: [{ Attribute: 'KEY' }],
  };
  const rows: readonly { type: SourceType; given: Given }[] = [
    { type: 'sqs', given: { BatchSize: 3, MaximumBatchingWindowInSeconds: 2, FilterCriteria: filters } },
    { type: 'sqs', given: { ScalingConfig: { MaximumConcurrency: 2 }, MetricsConfig: { Metrics: ['EventCount'] } } },
    { type: 'sqs', given: { KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k' } },
    { type: 'kinesis', given: { MaximumRetryAttempts: 0, MaximumRecordAgeInSeconds: 60, DestinationConfig: toBucket } },
    { type: 'kinesis', given: { BisectBatchOnFunctionError: true, TumblingWindowInSeconds: 5 } },
    { type: 'dynamodb', given: { FunctionResponseTypes: ['ReportBatchItemFailures'], ParallelizationFactor: 9 } },
    { type: 'msk', given: { MaximumBatchingWindowInSeconds: 0, StartingPosition: 'LATEST' } },
    { type: 'msk', given: { DestinationConfig: toBucket } },
    { type: 'msk', given: { ProvisionedPollerConfig: pollers, LoggingConfig: { SystemLogLevel: 'WARN' } } },
    { type: 'msk', given: { ProvisionedPollerConfig: pollers, MaximumRetryAttempts: 0 } },
    { type: 'msk', given: { ProvisionedPollerConfig: { ...pollers, PollerGroupName: 'shop' } } },
    {
      type: 'self-managed-kafka',
      given: {
        ProvisionedPollerConfig: pollers,
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'readers', SchemaRegistryConfig: registry },
      },
    },
    {
      type: 'documentdb',
      given: {
        StartingPosition: 'TRIM_HORIZON',
        DocumentDBEventSourceConfig: { DatabaseName: 'shop', CollectionName: 'orders', FullDocument: 'Default' },
      },
    },
    { type: 'rabbitmq', given: { SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: secret }] } },
  ];
  it.each(rows)('of $type: $given', ({ type, given }) => {
    expect(reported(type, given)).toMatchObject(given);
  });

  it.each([
    [1_741_010_802.5, 1_741_010_802.5],
    ['2026-01-31T12:00:00Z', 1_769_860_800],
  ])('times as seconds since the epoch: %s', (StartingPositionTimestamp, seconds) => {
    const given = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp };
    expect(reported('kinesis', given)).toMatchObject({ StartingPositionTimestamp: seconds });
    const made = madeOf('kinesis', given);
    const ofFile = { ...made.request, StartingPositionTimestamp: new Date(seconds * 1_000) };
    expect(describeMapping({ ...made, functionArn, request: ofFile }, condition)).toMatchObject({
      StartingPositionTimestamp: seconds,
    });
  });

  it.each([
    { type: 'sqs', given: { MinimumPollers: 5 }, is: { MinimumPollers: 5, MaximumPollers: 200 } },
    { type: 'sqs', given: { MaximumPollers: 5 }, is: { MinimumPollers: 2, MaximumPollers: 5 } },
    { type: 'msk', given: { MaximumPollers: 5 }, is: { MinimumPollers: 1, MaximumPollers: 5 } },
    {
      type: 'self-managed-kafka',
      given: { PollerGroupName: 'shop' },
      is: { MinimumPollers: 1, MaximumPollers: 200, PollerGroupName: 'shop' },
    },
    {
      type: 'msk',
      given: { MinimumPollers: 2, PollerGroupName: '' },
      is: { MinimumPollers: 2, MaximumPollers: 200 },
    },
  ] as const)('pollers of $type with what they have by default: $given', ({ type, given, is }) => {
    expect(reported(type, { ProvisionedPollerConfig: given })['ProvisionedPollerConfig']).toEqual(is);
  });

  it('but never tags, and whether it is enabled', () => {
    expect(reported('sqs', { Enabled: false, Tags: { team: 'shop' } })).toEqual(reported('sqs'));
  });
});

describe('what stands for nothing is reported as if it were not given', () => {
  const cleared: Given = {
    FilterCriteria: { Filters: [] },
    KMSKeyArn: '',
    MetricsConfig: { Metrics: [] },
    FunctionResponseTypes: [],
  };
  const noDestination = { DestinationConfig: { OnFailure: { Destination: '' } } };
  const rows: readonly { type: SourceType; given: Given }[] = [
    { type: 'sqs', given: { ...cleared, ScalingConfig: {}, ProvisionedPollerConfig: {} } },
    { type: 'sqs', given: { FilterCriteria: {} } },
    { type: 'kinesis', given: { ...cleared, ...noDestination } },
    { type: 'dynamodb', given: { DestinationConfig: {} } },
    { type: 'msk', given: { ...cleared, ...noDestination, LoggingConfig: {}, ProvisionedPollerConfig: {} } },
    { type: 'msk', given: { SourceAccessConfigurations: [], AmazonManagedKafkaEventSourceConfig: {} } },
    { type: 'msk', given: { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } } },
    { type: 'self-managed-kafka', given: { DestinationConfig: { OnFailure: {} } } },
    { type: 'activemq', given: { FilterCriteria: {}, KMSKeyArn: '' } },
  ];
  it.each(rows)('of $type: $given', ({ type, given }) => {
    expect(reported(type, given)).toEqual(reported(type));
  });
});

describe('a mapping of Kafka that consumes a queue', () => {
  it('has no position', () => {
    const given = { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } };
    expect(reported('self-managed-kafka', given)).not.toHaveProperty('StartingPosition');
    expect(reported('self-managed-kafka', given)).toMatchObject({
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid, ConsumptionMode: 'Queue' },
    });
  });
});
