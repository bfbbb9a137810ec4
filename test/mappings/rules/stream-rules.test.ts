import { describe, expect, it } from 'vitest';
import { parseMapping } from '../../../src/mappings/parse-mapping.js';
import { awsErrorOf } from '../../../src/mappings/schema/problem.js';
import {
  customArn,
  customQueueArn,
  mappingWith,
  problemsWith,
  request,
  sentencesWith,
  streamArn,
  streamWith,
  tableStreamArn,
  world,
} from '../mapping-world.js';

const account = '111111111111';
const invalid = (message: string) => ({ status: 400, code: 'InvalidParameterValueException', message });
const at = (arn: string, position = 'LATEST') => ({ EventSourceArn: arn, StartingPosition: position });
const onFailure = (Destination: string) => ({
  ...at(streamArn),
  DestinationConfig: { OnFailure: { Destination } },
});
const filtered = (arn: string, pattern: unknown) => ({
  ...at(arn),
  FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
});

describe('a stream mapping without options', () => {
  it.each([streamArn, tableStreamArn])('has the defaults that AWS echoes: %s', (arn) => {
    expect(streamWith(at(arn))).toMatchObject({
      kind: 'stream',
      enabled: true,
      batchSize: 100,
      windowMs: 0,
      reportsItemFailures: false,
      filters: [],
      startingPoint: { kind: 'LATEST' },
      parallelizationFactor: 1,
      bisects: false,
      maxRetries: undefined,
      maxAgeMs: undefined,
      tumblingWindowMs: 0,
      destination: undefined,
      function: { name: 'worker' },
    });
  });

  const sources = [
    { arn: streamArn, is: { kind: 'kinesis', stream: 'clicks', consumer: undefined } },
    {
      arn: `${streamArn}/consumer/fan:1690000000`,
      is: { kind: 'kinesis', stream: 'clicks', consumer: 'fan:1690000000' },
    },
    { arn: tableStreamArn, is: { kind: 'dynamodb', table: 'items', label: '2024-06-10T19:26:16.525' } },
    { arn: tableStreamArn.replace(/\/stream\/.*/, ''), is: { kind: 'dynamodb', table: 'items', label: undefined } },
    { arn: customArn, is: { kind: 'custom', source: 'lines', id: 'log.jsonl' } },
  ];
  it.each(sources)('reads $arn', ({ arn, is }) => {
    expect(streamWith(at(arn)).source).toMatchObject({ arn, region: 'us-east-1', account, ...is });
  });

  it('of DynamoDB Local is where its functions are, since every ARN there says ddblocal', () => {
    const arn = 'arn:aws:dynamodb:ddblocal:000000000000:table/items/stream/2024-06-10T19:26:16.525';
    expect(streamWith(at(arn)).source).toMatchObject({ arn, region: 'us-east-1' });
    expect(streamWith(at(arn), { ...world, region: 'ddblocal' }).source.region).toBe('ddblocal');
  });
});

describe('options of a stream mapping', () => {
  it('arrive in the mapping, in milliseconds where they are times', () => {
    const mapping = streamWith({
      Enabled: false,
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ParallelizationFactor: 10,
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 60,
      MaximumRetryAttempts: 3,
      FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["a"]}' }] },
    });
    expect(mapping).toMatchObject({
      enabled: false,
      batchSize: 10_000,
      windowMs: 5_000,
      reportsItemFailures: true,
      parallelizationFactor: 10,
      bisects: true,
      maxAgeMs: 60_000,
      maxRetries: 3,
      filters: ['{"partitionKey":["a"]}'],
    });
    expect(streamWith({ TumblingWindowInSeconds: 900 }).tumblingWindowMs).toBe(900_000);
  });

  it('may say that there is no limit, and that nothing is tried again', () => {
    const unlimited = streamWith({ MaximumRecordAgeInSeconds: -1, MaximumRetryAttempts: -1 });
    expect([unlimited.maxAgeMs, unlimited.maxRetries]).toEqual([undefined, undefined]);
    expect(streamWith({ MaximumRetryAttempts: 0 }).maxRetries).toBe(0);
  });

  it('need no batching window for batches over 10', () => {
    expect(streamWith({ BatchSize: 11, MaximumBatchingWindowInSeconds: 0 }).batchSize).toBe(11);
  });

  const emptyOnes = [
    { FilterCriteria: {} },
    { MetricsConfig: { Metrics: [] } },
    { MetricsConfig: { Metrics: ['EventCount'] } },
    { FunctionResponseTypes: [] },
    { DestinationConfig: {} },
    { DestinationConfig: { OnFailure: {} } },
    { DestinationConfig: { OnFailure: { Destination: '' } } },
  ];
  it.each(emptyOnes)('may be empty: %j', (over) => {
    expect(streamWith(over)).toMatchObject({ destination: undefined, filters: [] });
  });

  const noon = Date.parse('2026-01-31T12:00:00Z');
  it.each([
    [noon / 1_000, noon],
    [1_700_000_000.25, 1_700_000_000_250],
    ['2026-01-31T12:00:00Z', noon],
    ['2026-01-31T13:00:00.000+01:00', noon],
    ['2026-01-31', Date.parse('2026-01-31T00:00:00Z')],
    [new Date(noon), noon],
    [0, 0],
  ])('may start at a time: %s', (StartingPositionTimestamp, ms) => {
    const given = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp };
    expect(streamWith(given).startingPoint).toEqual({ kind: 'AT_TIMESTAMP', at: ms });
  });

  it('with a tumbling window have one lane, which is told where more were asked for', () => {
    const given = { ...at(streamArn), TumblingWindowInSeconds: 60, ParallelizationFactor: 2 };
    expect(parseMapping(request(given), world, { at: ['mappings', 0] })).toMatchObject({
      ok: true,
      value: {
        mapping: { parallelizationFactor: 1, tumblingWindowMs: 60_000 },
        notices: [
          'mappings[0].ParallelizationFactor has no effect with TumblingWindowInSeconds: a shard has one state, so its batches go one after the other',
        ],
      },
    });
    for (const over of [{ ParallelizationFactor: 1 }, { TumblingWindowInSeconds: 0 }]) {
      expect(parseMapping(request({ ...given, ...over }), world)).toMatchObject({ ok: true, value: { notices: [] } });
    }
  });
});

describe('the destination of a stream mapping', () => {
  const region = 'eu-west-1';
  it.each([
    { arn: `arn:aws:sqs:${region}:${account}:failures`, is: { kind: 'sqs', region, account, name: 'failures' } },
    { arn: `arn:aws:sns:${region}:${account}:failures`, is: { kind: 'sns', region, account, name: 'failures' } },
    { arn: 'arn:aws:s3:::failed-batches', is: { kind: 's3', region: 'us-east-1', account, name: 'failed-batches' } },
    { arn: 'arn:aws-cn:s3:::a.b', is: { kind: 's3', region: 'us-east-1', account, name: 'a.b' } },
  ])('is read: $arn', ({ arn, is }) => {
    expect(streamWith(onFailure(arn)).destination).toEqual({ arn, ...is });
  });

  const possible = 'must be the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket';
  it.each([
    { arn: `arn:aws:sqs:${region}:${account}:f.fifo`, says: `${possible}: AWS takes no FIFO queues as destinations` },
    { arn: `arn:aws:sns:${region}:${account}:f.fifo`, says: `${possible}: AWS takes no FIFO topics as destinations` },
    { arn: `arn:aws:lambda:${region}:${account}:function:f`, says: possible },
    { arn: 'failures', says: possible },
    { arn: 'kafka://failures', says: `${possible}; topics of Kafka are destinations of Kafka mappings only` },
    { arn: 'arn:aws:sqs:::failures', says: 'must have the form arn:aws:sqs:<region>:<account>:<queue>' },
    { arn: `arn:aws:sns:${region}:${account}:`, says: 'must have the form arn:aws:sns:<region>:<account>:<topic>' },
    { arn: `arn:aws:s3:${region}:${account}:bucket`, says: 'must have the form arn:aws:s3:::<bucket>' },
    { arn: 'arn:aws:s3:::bucket/folder', says: 'must have the form arn:aws:s3:::<bucket>' },
    {
      arn: `arn:millrace:sqs:${region}:${account}:f`,
      says: 'must have the form arn:aws:sqs:<region>:<account>:<queue>',
    },
  ])('is refused: $arn', ({ arn, says }) => {
    expect(sentencesWith(onFailure(arn))).toEqual([`DestinationConfig.OnFailure.Destination ${says}, got "${arn}"`]);
  });
});

describe('a stream mapping is refused when', () => {
  const rows: readonly { when: string; given: Readonly<Record<string, unknown>>; says: readonly string[] }[] = [
    {
      when: 'a stream of Kinesis has no starting position',
      given: { EventSourceArn: streamArn },
      says: ['StartingPosition is missing; it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP'],
    },
    {
      when: 'a stream of DynamoDB has no starting position',
      given: { EventSourceArn: tableStreamArn },
      says: ['StartingPosition is missing; it must be TRIM_HORIZON or LATEST'],
    },
    {
      when: 'a starting position is misspelt, which is told once',
      given: { ...at(streamArn, 'latest'), StartingPositionTimestamp: 0 },
      says: ['StartingPosition must be one of LATEST, AT_TIMESTAMP, TRIM_HORIZON, got "latest"'],
    },
    {
      when: 'a stream of DynamoDB starts at a time, which is told once',
      given: { ...at(tableStreamArn, 'AT_TIMESTAMP'), StartingPositionTimestamp: 0 },
      says: [
        'StartingPosition must be TRIM_HORIZON or LATEST: DynamoDB Streams cannot be read from a time, got "AT_TIMESTAMP"',
      ],
    },
    {
      when: 'a stream of DynamoDB has a time',
      given: { ...at(tableStreamArn), StartingPositionTimestamp: 0 },
      says: [
        'StartingPositionTimestamp is not a parameter of DynamoDB Streams mappings; DynamoDB Streams cannot be read from a time',
      ],
    },
    {
      when: 'it starts at a time that is missing',
      given: at(streamArn, 'AT_TIMESTAMP'),
      says: ['StartingPositionTimestamp is missing; StartingPosition AT_TIMESTAMP needs the time to start at'],
    },
    {
      when: 'it has a time and does not start at it',
      given: { ...at(streamArn, 'TRIM_HORIZON'), StartingPositionTimestamp: 0 },
      says: ['StartingPositionTimestamp needs StartingPosition AT_TIMESTAMP; set that, or remove it'],
    },
    {
      when: 'it starts in the future',
      given: { ...at(streamArn, 'AT_TIMESTAMP'), StartingPositionTimestamp: '2026-01-31T12:00:00.001Z' },
      says: [
        'StartingPositionTimestamp must not be in the future (a number is one of seconds, not of milliseconds), got "2026-01-31T12:00:00.001Z"',
      ],
    },
    ...['noon', '2026-01-31T12:00:00', '1700000000', -1, Number.NaN, 1e15, new Date(Number.NaN), true].map((time) => ({
      when: `its time is none: ${JSON.stringify(time)}`,
      given: { ...at(streamArn, 'AT_TIMESTAMP'), StartingPositionTimestamp: time },
      says: [
        expect.stringContaining(
          'StartingPositionTimestamp must be a time: seconds since the epoch, or ISO 8601 with Z or an offset, such as 2026-01-31T12:00:00Z, got ',
        ) as string,
      ],
    })),
    ...[0, 59].map((age) => ({
      when: `records may be ${age} seconds old`,
      given: { ...at(streamArn), MaximumRecordAgeInSeconds: age },
      says: [`MaximumRecordAgeInSeconds must be -1 (no limit) or a whole number from 60 to 604800, got ${age}`],
    })),
    {
      when: 'numbers are out of range',
      given: {
        ...at(streamArn),
        BatchSize: 10_001,
        ParallelizationFactor: 11,
        MaximumRetryAttempts: 10_001,
        TumblingWindowInSeconds: 901,
        MaximumRecordAgeInSeconds: 604_801,
        MaximumBatchingWindowInSeconds: 301,
      },
      says: [
        'BatchSize must be a whole number from 1 to 10000, got 10001',
        'MaximumBatchingWindowInSeconds must be a whole number from 0 to 300, got 301',
        'ParallelizationFactor must be a whole number from 1 to 10, got 11',
        'MaximumRecordAgeInSeconds must be a whole number from -1 to 604800, got 604801',
        'MaximumRetryAttempts must be a whole number from -1 to 10000, got 10001',
        'TumblingWindowInSeconds must be a whole number from 0 to 900, got 901',
      ],
    },
    {
      when: 'parameters of queues are given',
      given: { ...at(streamArn), ScalingConfig: {}, ProvisionedPollerConfig: {}, Queues: ['q'], LoggingConfig: {} },
      says: [
        'ScalingConfig is not a parameter of Kinesis mappings; use ParallelizationFactor',
        'ProvisionedPollerConfig is not a parameter of Kinesis mappings; use ParallelizationFactor',
        'Queues is not a parameter of Kinesis mappings; EventSourceArn names the stream',
        'LoggingConfig is not a parameter of Kinesis mappings; remove it',
      ],
    },
    {
      when: 'parameters of queues are given for a source of the configuration',
      given: { EventSourceArn: customArn, ScalingConfig: {} },
      says: ['ScalingConfig is not a parameter of lines mappings; use ParallelizationFactor'],
    },
    {
      when: 'it has a destination for successes',
      given: { ...at(tableStreamArn), DestinationConfig: { OnSuccess: {} } },
      says: ['DestinationConfig.OnSuccess is not a parameter of DynamoDB Streams mappings; remove it'],
    },
    {
      when: 'the stream is in another Region',
      given: at('arn:aws:kinesis:eu-west-1:222222222222:stream/clicks'),
      says: [
        'EventSourceArn is in eu-west-1, and the functions are in us-east-1: a stream and its function must be in one region (set region in the configuration, or change this ARN)',
      ],
    },
    {
      when: 'a filter wants text where DynamoDB has an object',
      given: filtered(tableStreamArn, { $or: [{ dynamodb: ['x'] }, { eventName: ['INSERT'] }] }),
      says: [
        'FilterCriteria.Filters[0].Pattern is not a valid filter pattern: dynamodb is an object, such as {"NewImage":{…}}, never text',
      ],
    },
    {
      when: 'it asks for metrics that only Kafka has',
      given: { ...at(streamArn), MetricsConfig: { Metrics: ['ErrorCount'] } },
      says: ['MetricsConfig.Metrics[0] must be EventCount for Kinesis mappings, got "ErrorCount"'],
    },
  ];
  it.each(rows)('$when', ({ given, says }) => {
    expect(sentencesWith(given)).toEqual(says);
  });

  it('but not when the stream belongs to another account, or Kinesis data is text', () => {
    expect(sentencesWith(at('arn:aws:kinesis:us-east-1:222222222222:stream/clicks'))).toEqual([]);
    expect(sentencesWith(filtered(streamArn, { data: [{ prefix: 'x' }] }))).toEqual([]);
    expect(sentencesWith(filtered(tableStreamArn, { dynamodb: { Keys: { id: { S: ['x'] } } } }))).toEqual([]);
  });
});

describe('a stream mapping is refused in the words of AWS when', () => {
  const rows = [
    ...[streamArn, tableStreamArn].map((arn) => ({
      when: `there is no starting position for ${arn}`,
      given: { EventSourceArn: arn },
      answer: invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      ),
    })),
    {
      when: 'a stream of DynamoDB starts at a time',
      given: { ...at(tableStreamArn, 'AT_TIMESTAMP'), StartingPositionTimestamp: 1_741_010_802 },
      answer: invalid(`Unsupported starting position for arn type: ${tableStreamArn}`),
    },
    {
      when: 'it has a destination for successes, even before it says that the function does not exist',
      given: { ...at(streamArn), FunctionName: 'nobody', DestinationConfig: { OnSuccess: { Destination: '' } } },
      answer: invalid('Unsupported DestinationConfig parameter for given event source mapping type.'),
    },
    {
      when: 'the function does not exist, before it speaks of the rest',
      given: { ...at(streamArn), FunctionName: 'nobody', MaximumRecordAgeInSeconds: 1 },
      answer: invalid('Function does not exist'),
    },
    ...[streamArn, tableStreamArn].map((arn) => ({
      when: `a filter pattern is not valid for ${arn}`,
      given: filtered(arn, null),
      answer: invalid('Invalid filter pattern definition.'),
    })),
    {
      when: 'a source of the configuration does not exist',
      given: { EventSourceArn: 'arn:millrace:nobody:us-east-1:000000000000:x' },
      answer: invalid('Unrecognized event source.'),
    },
  ];
  it.each(rows)('$when', ({ given, answer }) => {
    expect(awsErrorOf(problemsWith(given))).toEqual(answer);
  });
});

describe('the mapping of a source that the configuration adds', () => {
  it('takes what a stream of Kinesis takes, and starts at the oldest record', () => {
    expect(streamWith({ EventSourceArn: customArn, StartingPosition: undefined }).startingPoint).toEqual({
      kind: 'TRIM_HORIZON',
    });
    const given = { ...at(customArn, 'AT_TIMESTAMP'), StartingPositionTimestamp: 5, ParallelizationFactor: 3 };
    expect(streamWith(given)).toMatchObject({
      startingPoint: { kind: 'AT_TIMESTAMP', at: 5_000 },
      parallelizationFactor: 3,
    });
  });

  it('takes what a queue of SQS takes, without the limits that only SQS has', () => {
    const given = { EventSourceArn: customQueueArn, BatchSize: 500, ScalingConfig: { MaximumConcurrency: 7 } };
    expect(mappingWith(given)).toMatchObject({
      kind: 'queue',
      source: { kind: 'custom', source: 'inbox', id: 'mail' },
      batchSize: 500,
      windowMs: 0,
      concurrency: { ceiling: 7 },
    });
    expect(sentencesWith({ EventSourceArn: customQueueArn, StartingPosition: 'LATEST' })).toEqual([
      'StartingPosition is not a parameter of inbox mappings; remove it',
    ]);
  });

  it('may be of any Region: only the source knows what that means', () => {
    expect(sentencesWith({ EventSourceArn: customArn.replace('us-east-1', 'moon') })).toEqual([]);
  });
});
