import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  collection,
  functionArn,
  queueArn,
  startLambdaWorld,
  streamArn,
  type LambdaWorld,
} from '../../support/lambda-world.js';

let world: LambdaWorld;
beforeAll(async () => {
  world = await startLambdaWorld();
  await world.sqs.createQueue('orders');
  await world.sqs.createQueue('quick', { VisibilityTimeout: '30' });
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(() => world.close());
beforeEach(() => world.clear());

const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders') };
const stream = { FunctionName: 'worker', EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' };
const noTable = 'arn:aws:dynamodb:us-east-1:000000000000:table/nothing/stream/2026-01-31T12:00:00.000';
const unknown = '11111111-2222-4333-8444-555555555555';

const user = (message: string) => ({ Type: 'User', message });
const invalid = 'InvalidParameterValueException';

describe('CreateEventSourceMapping refuses', () => {
  const rows = [
    { when: 'no source', given: { FunctionName: 'worker' }, code: invalid, body: user('Unrecognized event source.') },
    {
      when: 'a function that is missing',
      given: { ...queue, FunctionName: 'nobody' },
      code: invalid,
      body: user('Function does not exist'),
    },
    {
      when: 'a version that is missing',
      given: { ...queue, FunctionName: 'worker:9' },
      code: invalid,
      body: user('Function does not exist'),
    },
    {
      when: 'a destination for what succeeded of a queue',
      given: { ...queue, DestinationConfig: { OnSuccess: { Destination: queueArn('orders') } } },
      code: invalid,
      body: user('Unsupported DestinationConfig parameter for given event source mapping type.'),
    },
    {
      when: 'a queue that is missing',
      given: { ...queue, EventSourceArn: queueArn('nothing') },
      code: invalid,
      body: user(
        'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
      ),
    },
    {
      when: 'a Kinesis stream that is missing',
      given: { ...stream, EventSourceArn: streamArn('nothing') },
      code: invalid,
      body: user(`Stream not found: ${streamArn('nothing')}`),
    },
    {
      when: 'a stream of a table that is missing',
      given: { ...stream, EventSourceArn: noTable },
      code: invalid,
      body: user(`Stream not found: ${noTable}`),
    },
    {
      when: 'a large batch of a queue without a window',
      given: { ...queue, BatchSize: 11 },
      code: invalid,
      body: user('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10'),
    },
    {
      when: 'a stream without a starting position',
      given: { FunctionName: 'worker', EventSourceArn: streamArn('clicks') },
      code: invalid,
      body: user(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      ),
    },
    {
      when: 'a starting position that is none',
      given: { ...stream, StartingPosition: 'invalid' },
      code: 'ValidationException',
      body: {
        message:
          "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
      },
    },
    {
      when: 'a time for the stream of a table',
      given: { ...stream, EventSourceArn: noTable, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1 },
      code: invalid,
      body: user(`Unsupported starting position for arn type: ${noTable}`),
    },
    ...[
      'null',
      'simple string',
      'single-string',
      '{"eventSource":"aws:sqs"}',
      '{"eventSource":[]}',
      '[{"eventName": ["INSERT"=123}]',
    ].map((Pattern) => ({
      when: `the filter pattern ${Pattern}`,
      given: { ...queue, FilterCriteria: { Filters: [{ Pattern }] } },
      code: invalid,
      body: user('Invalid filter pattern definition.'),
    })),
    {
      when: 'self-managed Kafka without access',
      given: {
        FunctionName: 'worker',
        Topics: ['events'],
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } },
      },
      code: invalid,
      body: user("Required 'sourceAccessConfigurations' parameter is missing."),
    },
    {
      when: 'a queue that shows messages again while the function may run',
      given: { EventSourceArn: queueArn('quick'), FunctionName: 'slow' },
      code: invalid,
      body: user('Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds'),
    },
    {
      when: 'the ARN of a table, which is no stream',
      given: { ...stream, EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/items' },
      code: invalid,
      body: user('Unrecognized event source.'),
    },
    {
      when: 'a number out of range',
      given: { ...queue, BatchSize: 0 },
      code: 'ValidationException',
      body: {
        message:
          "1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
      },
    },
  ];
  it.each(rows)('$when', async ({ given, code, body }) => {
    const answer = await world.api.call('POST', collection, given);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 400, body });
    expect(answer.headers.get('x-amzn-errortype')).toBe(code);
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await world.api.call('GET', collection)).body).toEqual({ EventSourceMappings: [] });
  });

  it.each([
    { before: 'Unrecognized event source.', given: { FunctionName: 'nobody', DestinationConfig: { OnSuccess: {} } } },
    {
      before: 'Unsupported DestinationConfig parameter for given event source mapping type.',
      given: { ...queue, FunctionName: 'nobody', DestinationConfig: { OnSuccess: {} } },
    },
    { before: 'Function does not exist', given: { FunctionName: 'nobody', EventSourceArn: queueArn('nothing') } },
  ])('in the order of AWS: first $before', async ({ given, before }) => {
    expect((await world.api.call('POST', collection, given)).body).toEqual(user(before));
  });
});

const kafka = (over: { servers?: readonly string[]; topic?: string } = {}, more: object = {}) => ({
  FunctionName: 'worker',
  Topics: [over.topic ?? 'events'],
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: over.servers ?? ['kafka:1000'] } },
  SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:k' }],
  ...more,
});
const already = (clash: string, uuid: string) =>
  user(`${clash} already exists. Please update or delete the existing mapping with UUID ${uuid}`);

describe('a second mapping of the same function and source is refused with 409', () => {
  it('for a queue', async () => {
    const uuid = await world.create(queue);
    const answer = await world.api.call('POST', collection, { ...queue, BatchSize: 1 });
    expect(answer).toMatchObject({
      status: 409,
      body: already(`An event source mapping with SQS arn (" ${queueArn('orders')} ") and function (" worker ")`, uuid),
    });
    expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceConflictException');
  });

  it('for a stream', async () => {
    const uuid = await world.create(stream);
    const clash = `The event source arn (" ${streamArn('clicks')} ") and function (" worker ") provided mapping`;
    expect(await world.api.call('POST', collection, stream)).toMatchObject({ status: 409, body: already(clash, uuid) });
  });

  it('for self-managed Kafka, when one server is the same, whatever the consumer group', async () => {
    const uuid = await world.create(kafka());
    const second = kafka(
      { servers: ['kafka:1000', 'kafka:2000'] },
      { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' } },
    );
    expect(await world.api.call('POST', collection, second)).toMatchObject({
      status: 409,
      body: already(
        `An event source mapping with event source ("kafka:1000,kafka:2000"), function ("${functionArn('worker')}"), topics ("events")`,
        uuid,
      ),
    });
  });

  it('but not for another topic, another server, another function or another alias', async () => {
    const different = [
      kafka(),
      kafka({ topic: 'other' }),
      kafka({ servers: ['kafka:3000'] }),
      kafka({}, { FunctionName: 'billing' }),
      kafka({}, { FunctionName: 'worker:myalias' }),
    ];
    for (const parameters of different) {
      expect(await world.api.call('POST', collection, parameters)).toMatchObject({ status: 202 });
    }
  });

  it('also when both are made at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => world.api.call('POST', collection, queue)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
  });

  it('by an update of the function as well', async () => {
    await world.create(queue);
    const other = await world.create({ ...queue, FunctionName: 'billing' });
    const answer = await world.api.call('PUT', `${collection}/${other}`, { FunctionName: 'worker' });
    expect(answer.status).toBe(409);
  });
});

describe('an unknown mapping', () => {
  it.each(['GET', 'PUT', 'DELETE'])('is answered with 404 to %s', async (method) => {
    const body = method === 'PUT' ? { BatchSize: 1 } : undefined;
    const answer = await world.api.call(method, `${collection}/${unknown}`, body);
    expect(answer).toMatchObject({
      status: 404,
      body: { Type: 'User', Message: 'The resource you requested does not exist.' },
    });
    expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
  });

  it.each(['no-uuid', '%2e%2e', 'a%2Fb', '%00'])('is one of any name: %s', async (name) => {
    expect(await world.api.call('GET', `${collection}/${name}`)).toMatchObject({ status: 404 });
  });
});

describe('a request that is no request', () => {
  it.each([
    ['broken JSON', '{"FunctionName":'],
    ['a list', '[]'],
    ['a text', '"worker"'],
    ['a number', '1e400'],
    ['a text for a number', '{"FunctionName":"worker","BatchSize":"ten"}'],
    ['a list for an object', '{"FunctionName":"worker","ScalingConfig":[]}'],
  ])('is answered with 400: %s', async (_, text) => {
    const answer = await world.api.call('POST', collection, text);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('SerializationException');
    expect(answer.body).toHaveProperty('message');
  });

  it('is answered with 413 when it is over 6 MB', async () => {
    const answer = await world.api.call('POST', collection, JSON.stringify({ FunctionName: 'x'.repeat(6_291_456) }));
    expect(answer.status).toBe(413);
    expect(answer.headers.get('x-amzn-errortype')).toBe('RequestTooLargeException');
  });

  it.each([
    ['PATCH', collection],
    ['POST', `${collection}/${unknown}`],
    ['PUT', collection],
    ['GET', '/2015-03-31/nothing'],
    ['GET', '/2020-06-30/functions/worker/code-signing-config'],
    ['OPTIONS', collection],
  ])('is answered as AWS does: %s %s', async (method, path) => {
    const answer = await world.api.call(method, path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('x-amzn-errortype')).toMatch(/Exception$/);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });
});
