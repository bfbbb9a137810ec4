import { describe, expect, it } from 'vitest';
import { awsErrorOf } from '../../../src/mappings/schema/problem.js';
import { parseMapping } from '../../../src/mappings/parse-mapping.js';
import { fifoArn, mappingWith, problemsWith, queueArn, request, sentencesWith, world } from '../mapping-world.js';

const invalid = (message: string) => ({ status: 400, code: 'InvalidParameterValueException', message });

describe('a queue mapping without options', () => {
  it('has the defaults that AWS echoes', () => {
    expect(mappingWith()).toMatchObject({
      kind: 'queue',
      enabled: true,
      batchSize: 10,
      windowMs: 0,
      reportsItemFailures: false,
      filters: [],
      function: { name: 'worker', arn: 'arn:aws:lambda:us-east-1:111111111111:function:worker' },
      source: { kind: 'sqs', queue: 'orders', fifo: false, arn: queueArn },
    });
  });

  it('has the ARN of an event source mapping', () => {
    const { arn, uuid } = mappingWith();
    expect(arn).toBe(`arn:aws:lambda:us-east-1:111111111111:event-source-mapping:${uuid}`);
  });
});

describe('options of a queue mapping', () => {
  it('arrive in the mapping, in milliseconds where they are times', () => {
    const options = {
      Enabled: false,
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 3,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    };
    expect(mappingWith(options)).toMatchObject({
      enabled: false,
      batchSize: 500,
      windowMs: 3_000,
      reportsItemFailures: true,
    });
  });

  const emptyOnes = [
    { FilterCriteria: {} },
    { FilterCriteria: { Filters: [] } },
    { MetricsConfig: { Metrics: [] } },
    { MetricsConfig: { Metrics: ['EventCount'] } },
    { ScalingConfig: {} },
    { ProvisionedPollerConfig: {} },
    { FunctionResponseTypes: [] },
    { EventSourceArn: fifoArn, MaximumBatchingWindowInSeconds: 0 },
  ];
  it.each(emptyOnes)('may be empty: %j', (over) => {
    expect(sentencesWith(over)).toEqual([]);
  });

  it('have their filter patterns as they were written', () => {
    const patterns = ['{"a" : [1]}', '{"b":[2]}'];
    const Filters = patterns.map((Pattern) => ({ Pattern }));
    expect(mappingWith({ FilterCriteria: { Filters } }).filters).toEqual(patterns);
  });

  it.each([
    { filters: 5, notices: [] },
    {
      filters: 6,
      notices: ['FilterCriteria.Filters has 6 filters: AWS allows more than 5 only after an increase of the quota'],
    },
    {
      filters: 10,
      notices: ['FilterCriteria.Filters has 10 filters: AWS allows more than 5 only after an increase of the quota'],
    },
  ])('with $filters filters give the notices $notices', ({ filters, notices }) => {
    const Filters = Array.from({ length: filters }, () => ({ Pattern: '{"a":[1]}' }));
    expect(parseMapping(request({ FilterCriteria: { Filters } }), world)).toMatchObject({
      ok: true,
      value: { notices },
    });
  });

  it('without local meaning are accepted and noticed', () => {
    const result = parseMapping(
      request({ KMSKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/k', Tags: { a: 'b' } }),
      world,
    );
    expect(result).toMatchObject({
      ok: true,
      value: {
        notices: ['KMSKeyArn has no effect: filter patterns are not encrypted locally'],
      },
    });
  });
});

describe('a queue mapping is refused when', () => {
  const rows: readonly { when: string; given: Readonly<Record<string, unknown>>; says: readonly string[] }[] = [
    {
      when: 'BatchSize is no number',
      given: { BatchSize: 'ten' },
      says: ['BatchSize must be a whole number from 1 to 10000, got "ten"'],
    },
    {
      when: 'BatchSize is too large',
      given: { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 },
      says: ['BatchSize must be a whole number from 1 to 10000, got 10001'],
    },
    {
      when: 'BatchSize is 0',
      given: { BatchSize: 0 },
      says: ['BatchSize must be a whole number from 1 to 10000, got 0'],
    },
    {
      when: 'BatchSize has a fraction',
      given: { BatchSize: 1.5 },
      says: ['BatchSize must be a whole number from 1 to 10000, got 1.5'],
    },
    {
      when: 'a batch over 10 has no window',
      given: { BatchSize: 11 },
      says: ['BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1, got 11'],
    },
    {
      when: 'a batch over 10 has a window of 0',
      given: { BatchSize: 11, MaximumBatchingWindowInSeconds: 0 },
      says: ['MaximumBatchingWindowInSeconds must be at least 1 when BatchSize is over 10, got 0'],
    },
    {
      when: 'the window is too long',
      given: { MaximumBatchingWindowInSeconds: 301 },
      says: ['MaximumBatchingWindowInSeconds must be a whole number from 0 to 300, got 301'],
    },
    {
      when: 'a FIFO queue has batches over 10',
      given: { EventSourceArn: fifoArn, BatchSize: 11 },
      says: ['BatchSize must be a whole number from 1 to 10 for FIFO queues, got 11'],
    },
    {
      when: 'a FIFO queue has a window',
      given: { EventSourceArn: fifoArn, MaximumBatchingWindowInSeconds: 1 },
      says: ['MaximumBatchingWindowInSeconds is not supported for FIFO queues; remove it, got 1'],
    },
    {
      when: 'a batch over 10 has a window that is none, which is told once',
      given: { BatchSize: 11, MaximumBatchingWindowInSeconds: 301 },
      says: ['MaximumBatchingWindowInSeconds must be a whole number from 0 to 300, got 301'],
    },
    {
      when: 'a FIFO queue has both, of which AWS tells the window first',
      given: { EventSourceArn: fifoArn, BatchSize: 100, MaximumBatchingWindowInSeconds: 5 },
      says: [
        'MaximumBatchingWindowInSeconds is not supported for FIFO queues; remove it, got 5',
        'BatchSize must be a whole number from 1 to 10 for FIFO queues, got 100',
      ],
    },
    {
      when: 'MaximumConcurrency is 1',
      given: { ScalingConfig: { MaximumConcurrency: 1 } },
      says: ['ScalingConfig.MaximumConcurrency must be a whole number from 2 to 1000, got 1'],
    },
    {
      when: 'it is scaled in two ways',
      given: { ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 2 } },
      says: [
        'ScalingConfig.MaximumConcurrency cannot be used together with ProvisionedPollerConfig; remove one of them',
      ],
    },
    {
      when: 'there are too few pollers',
      given: { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 } },
      says: [
        'ProvisionedPollerConfig.MinimumPollers must be a whole number from 2 to 200 for SQS, got 1',
        'ProvisionedPollerConfig.MaximumPollers must be a whole number from 2 to 10000 for SQS, got 1',
      ],
    },
    {
      when: 'MinimumPollers is over MaximumPollers',
      given: { ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 4 } },
      says: ['ProvisionedPollerConfig.MinimumPollers must not be over MaximumPollers, which is 4, got 5'],
    },
    {
      when: 'pollers have a group',
      given: { ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: 'g' } },
      says: ['ProvisionedPollerConfig.PollerGroupName is not a parameter of SQS mappings; remove it'],
    },
    {
      when: 'a filter pattern is not valid',
      given: { FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }, { Pattern: '{"a":[{"prefix":1}]}' }] } },
      says: [
        'FilterCriteria.Filters[1].Pattern is not a valid filter pattern: prefix match pattern must be a string (position 16 of the pattern)',
      ],
    },
    {
      when: 'a filter has no pattern',
      given: { FilterCriteria: { Filters: [{}] } },
      says: ['FilterCriteria.Filters[0].Pattern is missing; it must be a filter pattern: JSON in a string'],
    },
    {
      when: 'it has more than ten filters',
      given: { FilterCriteria: { Filters: Array.from({ length: 11 }, () => ({ Pattern: '{"a":[1]}' })) } },
      says: ['FilterCriteria.Filters must be a list of 0 to 10 entries, got a list of 11'],
    },
    {
      when: 'it asks for metrics that only Kafka has',
      given: { MetricsConfig: { Metrics: ['EventCount', 'KafkaMetrics'] } },
      says: ['MetricsConfig.Metrics[1] must be EventCount for SQS mappings, got "KafkaMetrics"'],
    },
    {
      when: 'the response type is not known',
      given: { FunctionResponseTypes: ['ReportAll'] },
      says: ['FunctionResponseTypes[0] must be ReportBatchItemFailures, got "ReportAll"'],
    },
    {
      when: 'parameters of streams are given',
      given: { ParallelizationFactor: 2, StartingPosition: 'LATEST', DestinationConfig: { OnFailure: {} } },
      says: [
        'StartingPosition is not a parameter of SQS mappings; remove it',
        'ParallelizationFactor is not a parameter of SQS mappings; use ScalingConfig.MaximumConcurrency',
        'DestinationConfig is not a parameter of SQS mappings; give the queue a redrive policy instead',
      ],
    },
    {
      when: 'the queue is in another Region',
      given: { EventSourceArn: 'arn:aws:sqs:eu-west-1:111111111111:orders' },
      says: [
        'EventSourceArn is in eu-west-1, and the functions are in us-east-1: a queue and its function must be in one region (set region in the configuration, or change this ARN)',
      ],
    },
    {
      when: 'a parameter is misspelt',
      given: { batchSize: 5, FunctionResponseType: [], Colour: 'red' },
      says: [
        'batchSize is not a known setting; did you mean BatchSize?',
        'FunctionResponseType is not a known setting; did you mean FunctionResponseTypes?',
        expect.stringMatching(/^Colour is not a known setting; known here: FunctionName, EventSourceArn, /) as string,
      ],
    },
  ];

  it.each(rows)('$when', ({ given, says }) => {
    expect(sentencesWith(given)).toEqual(says);
  });

  it('several things are wrong, all of which are reported', () => {
    expect(sentencesWith({ BatchSize: 'ten', FunctionName: 'nobody', Queues: ['q'] })).toEqual([
      'BatchSize must be a whole number from 1 to 10000, got "ten"',
      'Queues is not a parameter of SQS mappings; EventSourceArn names the queue',
      'FunctionName must name a function of this configuration: worker, billing, got "nobody"',
    ]);
  });

  it.each([undefined, null, 7, 'text', []])('the input is no request at all: %j', (input) => {
    expect(parseMapping(input, world).ok).toBe(false);
  });
});

describe('a queue mapping is refused in the words of AWS when', () => {
  const rows = [
    {
      when: 'there is no source',
      given: { EventSourceArn: undefined },
      answer: invalid('Unrecognized event source.'),
    },
    {
      when: 'the source is none',
      given: { EventSourceArn: 'arn:aws:ec2:us-east-1:111111111111:instance/i-1' },
      answer: invalid('Unrecognized event source.'),
    },
    {
      when: 'it has a destination for successes',
      given: { FunctionName: 'nobody', DestinationConfig: { OnSuccess: { Destination: queueArn } } },
      answer: invalid('Unsupported DestinationConfig parameter for given event source mapping type.'),
    },
    {
      when: 'the function does not exist',
      given: { FunctionName: 'nobody', BatchSize: 11 },
      answer: invalid('Function does not exist'),
    },
    {
      when: 'a batch over 10 has no window',
      given: { BatchSize: 11 },
      answer: invalid(
        'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
      ),
    },
    {
      when: 'a FIFO queue has a window',
      given: { EventSourceArn: fifoArn, MaximumBatchingWindowInSeconds: 1 },
      answer: invalid('Batching window is not supported for FIFO queues'),
    },
    ...[
      'null',
      'simple string',
      'single-string',
      '{"eventSource": "aws:sqs"}',
      '{"eventSource": []}',
      '',
      '[{"eventName": ["INSERT"=123}]',
    ].map((Pattern) => ({
      when: `a filter pattern is ${Pattern}`,
      given: { FilterCriteria: { Filters: [{ Pattern }] } },
      answer: invalid('Invalid filter pattern definition.'),
    })),
    {
      when: 'StartingPosition is none',
      given: { StartingPosition: 'invalid' },
      answer: {
        status: 400,
        code: 'ValidationException',
        message:
          "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
      },
    },
  ];

  it.each(rows)('$when', ({ given, answer }) => {
    expect(awsErrorOf(problemsWith(given))).toEqual(answer);
  });

  it('AWS has no known words: ours are used', () => {
    expect(awsErrorOf(problemsWith({ EventSourceArn: fifoArn, BatchSize: 11 }))).toEqual(
      invalid('BatchSize must be a whole number from 1 to 10 for FIFO queues, got 11'),
    );
  });
});

describe('parallel batches', () => {
  const rows = [
    { given: {}, range: { initial: 5, floor: 1, ceiling: 20, growEveryMs: 200 } },
    {
      given: { ScalingConfig: { MaximumConcurrency: 50 } },
      range: { initial: 5, floor: 1, ceiling: 50, growEveryMs: 200 },
    },
    {
      given: { ScalingConfig: { MaximumConcurrency: 2 } },
      range: { initial: 2, floor: 1, ceiling: 2, growEveryMs: 200 },
    },
    {
      given: { ProvisionedPollerConfig: { MaximumPollers: 3 } },
      range: { initial: 20, floor: 20, ceiling: 30, growEveryMs: 60 },
    },
    {
      given: { ProvisionedPollerConfig: { MinimumPollers: 4 } },
      range: { initial: 40, floor: 40, ceiling: 2_000, growEveryMs: 60 },
    },
  ];
  it.each(rows)('follow $given', ({ given, range }) => {
    expect(mappingWith(given).concurrency).toEqual(range);
  });

  it('never start above the ceiling of the configuration', () => {
    const { concurrency } = mappingWith({}, { ...world, maximumConcurrency: 3 });
    expect(concurrency).toEqual({ initial: 3, floor: 1, ceiling: 3, growEveryMs: 200 });
  });
});
