import { setTimeout as delay } from 'node:timers/promises';
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
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(() => world.close());
beforeEach(() => world.clear());

const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders') };
const stream = { FunctionName: 'worker', EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' };

type Configuration = Readonly<Record<string, unknown>>;

async function get(uuid: string): Promise<Configuration> {
  return (await world.api.call('GET', `${collection}/${uuid}`)).body as Configuration;
}

/** Waits for a state that has to come. */
async function reaches(uuid: string, state: string): Promise<Configuration> {
  for (;;) {
    const configuration = await get(uuid);
    if (configuration['State'] === state) return configuration;
    await delay(5);
  }
}

async function enabled(parameters: object): Promise<string> {
  const uuid = await world.create(parameters);
  await reaches(uuid, 'Enabled');
  return uuid;
}

function update(uuid: string, body: object) {
  return world.api.call('PUT', `${collection}/${uuid}`, body);
}

describe('the states of a mapping', () => {
  it.each([
    ['a queue', queue, 'USER_INITIATED'],
    ['a stream', stream, 'User action'],
  ])(
    'of %s are Creating, Enabled, Disabling, Disabled, Enabling, Enabled, Updating, Enabled, Deleting, gone',
    async (_, parameters, reason) => {
      const uuid = await world.create(parameters);
      const StateTransitionReason = reason;
      expect(await reaches(uuid, 'Enabled')).toMatchObject({ StateTransitionReason });
      const steps = [
        [{ Enabled: false }, 'Disabling', 'Disabled'],
        [{ BatchSize: 7 }, 'Updating', 'Disabled'],
        [{ Enabled: true }, 'Enabling', 'Enabled'],
        [{ FunctionName: 'worker:2' }, 'Updating', 'Enabled'],
        [{}, 'Updating', 'Enabled'],
      ] as const;
      for (const [body, at, then] of steps) {
        expect(await update(uuid, body)).toMatchObject({ status: 202, body: { State: at, StateTransitionReason } });
        expect(await reaches(uuid, then)).toMatchObject({ StateTransitionReason });
      }
      expect(await get(uuid)).toMatchObject({ BatchSize: 7, FunctionArn: functionArn('worker:2') });

      const before = await get(uuid);
      const deleted = await world.api.call('DELETE', `${collection}/${uuid}`);
      expect(deleted).toMatchObject({ status: 202, body: { ...before, State: 'Deleting' } });
      while ((await world.api.call('GET', `${collection}/${uuid}`)).status !== 404) await delay(5);
      expect((await world.api.call('GET', collection)).body).toEqual({ EventSourceMappings: [] });
    },
  );

  it('stay Enabled when the source is deleted', async () => {
    await world.sqs.createQueue('gone');
    const uuid = await enabled({ ...queue, EventSourceArn: queueArn('gone') });
    await world.sqs.deleteQueue('gone');
    while (world.api.runtime.status().find((row) => row.uuid === uuid)?.state !== 'waiting') await delay(20);
    expect(await get(uuid)).toMatchObject({ State: 'Enabled' });
    expect((await world.api.call('GET', collection)).body).toMatchObject({
      EventSourceMappings: [{ State: 'Enabled' }],
    });
  });

  it('are Creating as long as the source does not answer, with the reason in the status', async () => {
    const broken = await world.withDeadEndpoint();
    const { status, body } = await broken.api.call('POST', collection, queue);
    expect(status).toBe(202);
    const { UUID } = body as { readonly UUID: string };
    const row = (): unknown => broken.api.runtime.status().find(({ uuid }) => uuid === UUID);
    while (broken.api.runtime.status()[0]?.state !== 'waiting') await delay(20);
    expect(row()).toMatchObject({ reason: expect.stringContaining('no answer from http://127.0.0.1:1') as string });
    expect((await broken.api.call('GET', `${collection}/${UUID}`)).body).toMatchObject({ State: 'Creating' });
    await broken.close();
  });
});

describe('a mapping that is being created', () => {
  it('cannot be updated, but for parameters that are wrong that is said first; and it can be deleted', async () => {
    const kafka = await world.create({
      FunctionName: 'worker',
      Topics: ['events'],
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } },
      SourceAccessConfigurations: [
        { Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:k' },
      ],
    });
    const answer = await update(kafka, { BatchSize: 5 });
    expect(answer).toMatchObject({
      status: 400,
      body: { Type: 'User', Message: 'Cannot update the event source mapping because it is in use.' },
    });
    expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceInUseException');
    const wrong = await update(kafka, { BatchSize: 0 });
    expect(wrong.headers.get('x-amzn-errortype')).toBe('ValidationException');
    expect(world.api.runtime.status().find(({ uuid }) => uuid === kafka)).toMatchObject({
      state: 'refused',
      reason: 'event sources of type self-managed Apache Kafka are not polled by this version of millrace',
    });
    expect(await world.api.call('DELETE', `${collection}/${kafka}`)).toMatchObject({ status: 202 });
  });
});

describe('UpdateEventSourceMapping', () => {
  it('keeps what is left out', async () => {
    const uuid = await enabled({ ...queue, BatchSize: 5, ScalingConfig: { MaximumConcurrency: 3 } });
    const before = await get(uuid);
    const { body } = await update(uuid, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
    const { LastModified: _, ...rest } = before;
    expect(body).toMatchObject({ ...rest, FunctionResponseTypes: ['ReportBatchItemFailures'], State: 'Updating' });
  });

  it.each([
    [queue, { ScalingConfig: { MaximumConcurrency: 3 } }, { ScalingConfig: {} }, 'ScalingConfig'],
    [queue, { FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] } }, { FilterCriteria: {} }, 'FilterCriteria'],
    [
      queue,
      { ProvisionedPollerConfig: { MinimumPollers: 3 } },
      { ProvisionedPollerConfig: {} },
      'ProvisionedPollerConfig',
    ],
    [queue, { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }, { KMSKeyArn: '' }, 'KMSKeyArn'],
    [queue, { MetricsConfig: { Metrics: ['EventCount'] } }, { MetricsConfig: { Metrics: [] } }, 'MetricsConfig'],
  ] as const)('clears what is given empty: %j with %j by %j', async (base, given, clearing, name) => {
    const uuid = await enabled({ ...base, ...given });
    expect(await get(uuid)).toHaveProperty(name);
    expect((await update(uuid, clearing)).body).not.toHaveProperty(name);
    expect(await reaches(uuid, 'Enabled')).not.toHaveProperty(name);
  });

  it('clears a destination with an empty text, and response types with an empty list', async () => {
    const uuid = await enabled({
      ...stream,
      DestinationConfig: { OnFailure: { Destination: queueArn('orders') } },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const clearing = { DestinationConfig: { OnFailure: { Destination: '' } }, FunctionResponseTypes: [] };
    expect((await update(uuid, clearing)).body).toMatchObject({
      DestinationConfig: { OnFailure: {} },
      FunctionResponseTypes: [],
    });
  });

  it('ignores parameters that are fixed', async () => {
    const uuid = await enabled(queue);
    const fixed = { EventSourceArn: queueArn('other'), StartingPosition: 'LATEST', Topics: ['t'], Tags: { a: 'b' } };
    expect(await update(uuid, fixed)).toMatchObject({ status: 202, body: { EventSourceArn: queueArn('orders') } });
  });

  it.each([
    [
      { BatchSize: 11 },
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [{ FunctionName: 'nobody' }, 'Function does not exist'],
    [{ FilterCriteria: { Filters: [{ Pattern: 'x' }] } }, 'Invalid filter pattern definition.'],
    [
      { DestinationConfig: { OnSuccess: {} } },
      'Unsupported DestinationConfig parameter for given event source mapping type.',
    ],
    [{ FunctionName: 'patient' }, 'Queue visibility timeout: 30 seconds is less than Function timeout: 900 seconds'],
  ])('refuses what Create refuses, and changes nothing: %j', async (body, message) => {
    const uuid = await enabled(queue);
    const before = await get(uuid);
    expect(await update(uuid, body)).toMatchObject({ status: 400, body: { message } });
    expect(await get(uuid)).toEqual(before);
  });

  it('refuses the consumer group of Kafka even when it is the same', async () => {
    const uuid = await world.create({
      FunctionName: 'worker',
      Enabled: false,
      Topics: ['events'],
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } },
      SourceAccessConfigurations: [
        { Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:k' },
      ],
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' },
    });
    expect(await update(uuid, { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } })).toMatchObject({
      status: 400,
      body: {
        message:
          "Unsupported 'selfManagedKafkaEventSourceConfig.consumerGroupId' parameter for given event source mapping type.",
      },
    });
    expect(await update(uuid, { SelfManagedKafkaEventSourceConfig: {} })).toMatchObject({
      body: { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } },
    });
  });
});

describe('LastProcessingResult', () => {
  it('of a stream is OK after a call, and says so after one that failed', async () => {
    const uuid = await enabled({ ...stream, StartingPosition: 'TRIM_HORIZON' });
    expect(await get(uuid)).toMatchObject({ LastProcessingResult: 'No records processed' });
    await world.kinesis.put('clicks', ['one']);
    while ((await get(uuid))['LastProcessingResult'] !== 'OK') await delay(20);
  });
});
