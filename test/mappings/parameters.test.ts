import { describe, expect, it } from 'vitest';
import { sourceTypes } from '../../src/contracts/source-description.js';
import { acceptance, parameterNames, pollers } from '../../src/mappings/schema/parameters.js';
import { refusedParameters } from '../../src/mappings/rules/accepted-parameters.js';
import { batchingOf, fifoArn, mskArn, queueArn, streamArn } from './mapping-world.js';
import { guideRows } from './rules/guide-table.js';

describe('who accepts which parameter', () => {
  it('is settled for every parameter', () => {
    expect(new Set(guideRows.map(([name]) => name))).toEqual(new Set(parameterNames));
  });

  it.each(guideRows)('%s: %s %s %s %s %s %s %s %s', (name, ...accepted) => {
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
    expect(batchingOf(queueArn)).toEqual({ batchSize: { default: 10, max: 10_000 }, window: { defaultMs: 0 } });
    expect(batchingOf(fifoArn)).toEqual({ batchSize: { default: 10, max: 10 }, window: undefined });
    expect(batchingOf(streamArn)).toEqual({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 0 } });
    expect(batchingOf(mskArn)).toEqual({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 500 } });
  });

  it('give SQS at least two provisioned pollers', () => {
    expect(pollers.sqs).toEqual({
      label: 'SQS',
      minimum: { least: 2, default: 2 },
      maximum: { most: 10_000, default: 200 },
    });
  });
});
