import { describe, expect, it } from 'vitest';
import { acceptance, batching, parameterNames, pollers, sourceTypes } from '../../src/mappings/parameters.js';
import { refusedParameters } from '../../src/mappings/accepted-parameters.js';

/** From the Lambda developer guide, "Event source mapping parameters"; columns in the order of `sourceTypes`. */
const guide = `
  FunctionName                        R R R R R R R R
  EventSourceArn                      R R R R - R R R
  Enabled                             x x x x x x x x
  BatchSize                           x x x x x x x x
  MaximumBatchingWindowInSeconds      x x x x x x x x
  StartingPosition                    - R R x x - - x
  StartingPositionTimestamp           - x - x x - - x
  FilterCriteria                      x x x x x x x -
  KMSKeyArn                           x x x x x x x -
  FunctionResponseTypes               x x x p p - - -
  ScalingConfig                       x - - - - - - -
  ProvisionedPollerConfig             x - - x x - - -
  ParallelizationFactor               - x x - - - - -
  BisectBatchOnFunctionError          - x x p p - - -
  MaximumRecordAgeInSeconds           - x x p p - - -
  MaximumRetryAttempts                - x x p p - - -
  TumblingWindowInSeconds             - x x - - - - -
  DestinationConfig                   - x x x x - - -
  Topics                              - - - R R - - -
  Queues                              - - - - - R R -
  SelfManagedEventSource              - - - - R - - -
  SourceAccessConfigurations          - - - x R R R R
  AmazonManagedKafkaEventSourceConfig - - - x - - - -
  SelfManagedKafkaEventSourceConfig   - - - - x - - -
  DocumentDBEventSourceConfig         - - - - - - - R
  MetricsConfig                       x x x p p - - -
  LoggingConfig                       - - - p p - - -
  Tags                                x x x x x x x x`;

describe('who accepts which parameter', () => {
  const rows = guide
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

  it('is settled for every parameter', () => {
    expect(new Set(rows.map(([name]) => name))).toEqual(new Set(parameterNames));
  });

  it.each(rows)('%s: %s %s %s %s %s %s %s %s', (name, ...accepted) => {
    const parameter = parameterNames.find((each) => each === name) ?? 'FunctionName';
    expect(sourceTypes.map((source) => acceptance(parameter, source))).toEqual(accepted);
  });

  it('decides which given parameters a source refuses', () => {
    const request = { FunctionName: 'f', StartingPosition: 'LATEST', Queues: ['q'], ScalingConfig: {} } as const;

    expect(refusedParameters(request, 'sqs')).toEqual(['StartingPosition', 'Queues']);
    expect(refusedParameters(request, 'rabbitmq')).toEqual(['StartingPosition', 'ScalingConfig']);
    expect(refusedParameters(request, 'kinesis')).toEqual(['ScalingConfig', 'Queues']);
  });
});

describe('the limits of sources', () => {
  it('have the defaults that AWS echoes for a request without options', () => {
    expect(batching.sqs).toEqual({ batchSize: { default: 10, max: 10_000 }, window: { defaultMs: 0 } });
    expect(batching['sqs-fifo']).toEqual({ batchSize: { default: 10, max: 10 }, window: undefined });
    expect(batching.kinesis).toEqual({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 0 } });
    expect(batching.msk).toEqual({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 500 } });
  });

  it('give SQS at least two provisioned pollers', () => {
    expect(pollers.sqs).toEqual({
      label: 'SQS',
      minimum: { least: 2, default: 2 },
      maximum: { most: 10_000, default: 200 },
    });
  });
});
