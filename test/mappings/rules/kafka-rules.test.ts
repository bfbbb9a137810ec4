import { describe, expect, it } from 'vitest';
import { invalid, madeOf, mskArn, refusalOf, sentencesOf, servers } from '../mapping-world.js';

const kafkas = ['msk', 'self-managed-kafka'] as const;
const withPollers = { ProvisionedPollerConfig: { MinimumPollers: 1 } };
const onFailure = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const consumedAs = (ConsumptionMode: string) => ({ SelfManagedKafkaEventSourceConfig: { ConsumptionMode } });
const from = (KAFKA_BOOTSTRAP_SERVERS: readonly string[]) => ({
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS } },
});

describe('the source of a mapping of Kafka', () => {
  it('is a topic of an MSK cluster', () => {
    expect(madeOf('msk')).toMatchObject({
      kind: 'unpolled',
      sourceType: 'msk',
      source: { kind: 'msk', arn: mskArn, cluster: 'logs', topic: 'events' },
    });
  });

  it('may be an MSK cluster of another account', () => {
    const arn = 'arn:aws:kafka:us-east-1:111111111111:vpc-connection/222222222222/logs/751d2973-2';
    expect(madeOf('msk', { EventSourceArn: arn }).source).toMatchObject({ arn, cluster: 'logs' });
  });

  it('is a topic of servers that have no ARN', () => {
    const two = ['kafka-1.example.com:9092', 'kafka-2:19092'];
    expect(madeOf('self-managed-kafka', from(two))).toMatchObject({
      kind: 'unpolled',
      sourceType: 'self-managed-kafka',
      source: { kind: 'self-managed-kafka', servers: two, topic: 'events' },
    });
  });

  it.each([
    { SelfManagedEventSource: {} },
    { SelfManagedEventSource: { Endpoints: undefined } },
    { SelfManagedEventSource: { Endpoints: null } },
  ])('has servers: %j', (given) => {
    expect(sentencesOf('self-managed-kafka', given)).toEqual([
      'SelfManagedEventSource.Endpoints must have KAFKA_BOOTSTRAP_SERVERS: a list of host:port',
    ]);
  });

  it.each([
    from([]),
    from(Array.from({ length: 11 }, (_, index) => `kafka-${index}:9092`)),
    from(['kafka']),
    { SelfManagedEventSource: { Endpoints: {} } },
    { SelfManagedEventSource: { Endpoints: { BOOTSTRAP: ['kafka:9092'] } } },
  ])('is refused as one that violates the service model, and as nothing else: %j', (given) => {
    expect(refusalOf('self-managed-kafka', given)).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining("1 validation error detected: Value '") as string,
    });
    expect(sentencesOf('self-managed-kafka', given).join()).not.toContain('EventSourceArn');
  });

  it('is in the Region of the functions', () => {
    expect(sentencesOf('msk', { EventSourceArn: mskArn.replace('us-east-1', 'eu-west-1') })).toEqual([
      'EventSourceArn is in eu-west-1, and the functions are in us-east-1: a cluster and its function must be in one region (set region in the configuration, or change this ARN)',
    ]);
  });
});

describe.each(kafkas)('a mapping of %s', (type) => {
  it.each([[], ['one', 'two'], ['.hidden'], ['a b'], ['x'.repeat(250)]])('has exactly one topic: %j', (...Topics) => {
    expect(refusalOf(type, { Topics })).toMatchObject({ code: 'ValidationException' });
  });

  it.each([
    {},
    { StartingPosition: 'TRIM_HORIZON' },
    { StartingPosition: 'LATEST' },
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
    { BatchSize: 10_000 },
    { MaximumBatchingWindowInSeconds: 0 },
    { ...withPollers, MaximumRetryAttempts: 10_000, MaximumRecordAgeInSeconds: 604_800 },
    { FunctionName: 'long' },
  ])('may have %j', (given) => {
    expect(sentencesOf(type, given)).toEqual([]);
  });

  const refused = [
    {
      given: { StartingPosition: 'AT_TIMESTAMP' },
      says: 'StartingPositionTimestamp is missing; StartingPosition AT_TIMESTAMP needs the time to start at',
    },
    {
      given: { StartingPositionTimestamp: 0 },
      says: 'StartingPositionTimestamp needs StartingPosition AT_TIMESTAMP; set that, or remove it',
    },
    {
      given: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2026-01-31T12:00:01Z' },
      says: 'StartingPositionTimestamp must not be in the future (a number is one of seconds, not of milliseconds), got "2026-01-31T12:00:01Z"',
    },
    ...[0, 59].map((MaximumRecordAgeInSeconds) => ({
      given: { ...withPollers, MaximumRecordAgeInSeconds },
      says: `MaximumRecordAgeInSeconds must be -1 (no limit) or a whole number from 60 to 604800, got ${MaximumRecordAgeInSeconds}`,
    })),
    {
      given: { FilterCriteria: { Filters: [{ Pattern: '{"value":[]}' }] } },
      says: expect.stringContaining('FilterCriteria.Filters[0].Pattern is not a valid filter pattern: ') as string,
    },
  ];
  it.each(refused)('is refused with $given', ({ given, says }) => {
    expect(sentencesOf(type, given)).toEqual([says]);
  });

  it('calls no function that takes over 14 minutes', () => {
    const label = type === 'msk' ? 'Amazon MSK' : 'self-managed Kafka';
    expect(sentencesOf(type, { FunctionName: 'longer' })).toEqual([
      `FunctionName names a function with a Timeout of 841 seconds; ${label} mappings take up to 840`,
    ]);
  });

  it('may ask for every group of metrics in provisioned mode', () => {
    const MetricsConfig = { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] };
    expect(sentencesOf(type, { ...withPollers, MetricsConfig })).toEqual([]);
  });

  it('says what there is in place of what it does not take', () => {
    const label = type === 'msk' ? 'Amazon MSK' : 'self-managed Kafka';
    expect(sentencesOf(type, { Queues: ['jobs'], ScalingConfig: {}, ParallelizationFactor: 1 })).toEqual([
      `ScalingConfig is not a parameter of ${label} mappings; use ProvisionedPollerConfig`,
      `ParallelizationFactor is not a parameter of ${label} mappings; use ProvisionedPollerConfig`,
      `Queues is not a parameter of ${label} mappings; Topics names the topic`,
    ]);
  });
});

describe.each(kafkas)('the destination of a mapping of %s', (type) => {
  const path = 'DestinationConfig.OnFailure.Destination';

  it.each([
    '',
    'arn:aws:sqs:us-east-1:111111111111:failures',
    'arn:aws:sns:us-east-1:111111111111:failures',
    'arn:aws:s3:::failed-batches',
  ])('may be this, in either mode: "%s"', (arn) => {
    expect(sentencesOf(type, onFailure(arn))).toEqual([]);
    expect(sentencesOf(type, { ...onFailure(arn), ...withPollers })).toEqual([]);
  });

  it('may be a topic in provisioned mode only', () => {
    const says = `${path} needs provisioned mode for a topic; set ProvisionedPollerConfig, or name a queue, topic of SNS or bucket, got "kafka://failures"`;
    expect(sentencesOf(type, { ...onFailure('kafka://failures'), ...withPollers })).toEqual([]);
    expect(sentencesOf(type, onFailure('kafka://failures'))).toEqual([says]);
    expect(refusalOf(type, onFailure('kafka://failures'))).toEqual(invalid(says));
  });

  it('is another topic than the one that is read, whatever the mode', () => {
    const says = `${path} must be another topic than the one that is read, got "kafka://events"`;
    expect(sentencesOf(type, { ...onFailure('kafka://events'), ...withPollers })).toEqual([says]);
    expect(sentencesOf(type, onFailure('kafka://events'))).toEqual([says]);
  });

  it('is no FIFO queue, and no function', () => {
    for (const arn of ['sqs:us-east-1:111111111111:f.fifo', 'lambda:us-east-1:111111111111:function:f']) {
      expect(sentencesOf(type, onFailure(`arn:aws:${arn}`))).toEqual([
        expect.stringContaining(
          `${path} must be the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket`,
        ),
      ]);
    }
  });
});

describe('a mapping of Kafka that consumes a queue', () => {
  it.each([
    { StartingPosition: 'LATEST' },
    { MaximumBatchingWindowInSeconds: 0 },
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 0 },
  ])('has neither a position nor a window: %j', (given) => {
    expect(sentencesOf('self-managed-kafka', { ...given, ...consumedAs('Queue') })).toEqual(
      Object.keys(given).map((name) => `${name} cannot be used with ConsumptionMode Queue; remove it`),
    );
    expect(sentencesOf('self-managed-kafka', { ...given, ...consumedAs('Stream') })).toEqual([]);
  });

  it('may say nothing else', () => {
    expect(sentencesOf('self-managed-kafka', { ...consumedAs('Queue'), BatchSize: 5 })).toEqual([]);
    expect(sentencesOf('self-managed-kafka', { ...consumedAs('Queue'), SelfManagedEventSource: servers })).toEqual([]);
  });
});
