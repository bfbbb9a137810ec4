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
let tableArn: string;
beforeAll(async () => {
  world = await startLambdaWorld();
  ({ tableArn } = world);
  await world.sqs.createQueue('orders');
  await world.sqs.createQueue('orders.fifo');
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(() => world.close());
beforeEach(() => world.clear());

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const kafka = {
  FunctionName: 'worker',
  Topics: ['events'],
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } },
  SourceAccessConfigurations: [
    { Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:kafka' },
  ],
};
const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders') };
const stream = { FunctionName: 'worker', EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' };

interface Created {
  readonly UUID: string;
  readonly LastModified: number;
}

/** What an answer has beside its parameters; ids and times are checked for their form. */
function common({ UUID, LastModified }: Created, reason: string) {
  expect(UUID).toMatch(uuidText);
  expect(Math.abs(LastModified - Date.now() / 1_000)).toBeLessThan(60);
  return {
    UUID,
    EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
    FunctionArn: functionArn('worker'),
    LastModified,
    State: 'Creating',
    StateTransitionReason: reason,
  };
}

async function created(parameters: object): Promise<Created> {
  const { status, body } = await world.api.call('POST', collection, parameters);
  expect({ status, body }).toMatchObject({ status: 202 });
  return body as Created;
}

const streamDefaults = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: {} },
  FunctionResponseTypes: [],
  LastProcessingResult: 'No records processed',
};

describe('CreateEventSourceMapping without options answers with 202 and', () => {
  it.each(['orders', 'orders.fifo'])('the whole configuration of a queue: %s', async (name) => {
    const body = await created({ ...queue, EventSourceArn: queueArn(name) });
    expect(body).toEqual({
      ...common(body, 'USER_INITIATED'),
      EventSourceArn: queueArn(name),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
    });
  });

  it('the whole configuration of a Kinesis stream', async () => {
    const body = await created(stream);
    expect(body).toEqual({
      ...common(body, 'User action'),
      ...streamDefaults,
      EventSourceArn: stream.EventSourceArn,
      StartingPosition: 'LATEST',
    });
  });

  it('the whole configuration of the stream of a table', async () => {
    const body = await created({ ...stream, EventSourceArn: tableArn, StartingPosition: 'TRIM_HORIZON' });
    expect(body).toEqual({
      ...common(body, 'User action'),
      ...streamDefaults,
      EventSourceArn: tableArn,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('the whole configuration of a topic of self-managed Kafka, whose consumer group is the UUID', async () => {
    const body = await created(kafka);
    expect(body).toEqual({
      ...common(body, 'USER_INITIATED'),
      BatchSize: 100,
      StartingPosition: 'TRIM_HORIZON',
      Topics: kafka.Topics,
      SelfManagedEventSource: kafka.SelfManagedEventSource,
      SourceAccessConfigurations: kafka.SourceAccessConfigurations,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: body.UUID },
      LastProcessingResult: 'No records processed',
    });
  });
});

describe('CreateEventSourceMapping echoes', () => {
  const rows = [
    [queue, { ScalingConfig: { MaximumConcurrency: 2 } }],
    [queue, { FilterCriteria: { Filters: [{ Pattern: '{ "body": {"a":[1]} }' }] } }],
    [queue, { FunctionResponseTypes: ['ReportBatchItemFailures'] }],
    [queue, { BatchSize: 500, MaximumBatchingWindowInSeconds: 1 }],
    [queue, { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 7 } }],
    [queue, { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }],
    [queue, { MetricsConfig: { Metrics: ['EventCount'] } }],
    [stream, { MaximumRetryAttempts: 0 }],
    [stream, { MaximumRecordAgeInSeconds: 60 }],
    [stream, { BisectBatchOnFunctionError: true }],
    [stream, { ParallelizationFactor: 10 }],
    [stream, { TumblingWindowInSeconds: 900 }],
    [stream, { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_541_139_209.351 }],
    ...[queueArn('failures'), 'arn:aws:sns:us-east-1:000000000000:failures', 'arn:aws:s3:::failures'].map(
      (Destination) => [stream, { DestinationConfig: { OnFailure: { Destination } } }] as const,
    ),
    [kafka, { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'my-group' } }],
  ] as const;
  it.each(rows)('what is given: %j with %j', async (base, given) => {
    expect(await created({ ...base, ...given })).toMatchObject(given);
  });

  it.each([
    [queue, { FilterCriteria: { Filters: [] } }, 'FilterCriteria'],
    [queue, { FilterCriteria: {} }, 'FilterCriteria'],
    [queue, { ScalingConfig: {} }, 'ScalingConfig'],
    [queue, { ProvisionedPollerConfig: {} }, 'ProvisionedPollerConfig'],
    [queue, { MetricsConfig: { Metrics: [] } }, 'MetricsConfig'],
    [queue, { KMSKeyArn: '' }, 'KMSKeyArn'],
    [queue, { Tags: { a: 'b' } }, 'Tags'],
    [queue, { Enabled: true }, 'Enabled'],
    [queue, {}, 'FunctionName'],
    [queue, {}, 'LastProcessingResult'],
    [kafka, {}, 'MaximumBatchingWindowInSeconds'],
    [kafka, {}, 'FunctionResponseTypes'],
    [kafka, {}, 'EventSourceArn'],
  ] as const)('nothing of what stands for none: %j with %j has no %s', async (base, given, name) => {
    expect(await created({ ...base, ...given })).not.toHaveProperty(name);
  });

  it('the defaults of provisioned pollers that are given in part', async () => {
    expect(await created({ ...queue, ProvisionedPollerConfig: { MinimumPollers: 3 } })).toMatchObject({
      ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 200 },
    });
  });

  it('an empty destination as none', async () => {
    const DestinationConfig = { OnFailure: { Destination: '' } };
    expect(await created({ ...stream, DestinationConfig })).toMatchObject({ DestinationConfig: { OnFailure: {} } });
  });

  it.each([
    ['worker', functionArn('worker')],
    [functionArn('worker'), functionArn('worker')],
    ['000000000000:function:worker', functionArn('worker')],
    ['worker:$LATEST', functionArn('worker:$LATEST')],
    ['worker:1', functionArn('worker:1')],
    [functionArn('worker:1'), functionArn('worker:1')],
    ['worker:myalias', functionArn('worker:myalias')],
    [functionArn('worker:myalias'), functionArn('worker:myalias')],
  ])('the function as it was named: %s', async (FunctionName, FunctionArn) => {
    expect(await created({ ...queue, FunctionName })).toMatchObject({ FunctionArn });
  });
});

describe('CreateEventSourceMapping accepts', () => {
  it('several mappings of one source to different functions', async () => {
    for (const FunctionName of ['worker', 'billing', 'worker:1']) {
      expect(await created({ ...stream, FunctionName })).toMatchObject({ FunctionArn: functionArn(FunctionName) });
    }
  });

  it('filter patterns of values that never occur', async () => {
    const Filters = [{ Pattern: '{"eventName":["DELETE"]}' }];
    const given = { ...stream, EventSourceArn: tableArn, FilterCriteria: { Filters } };
    expect(await created(given)).toMatchObject({ FilterCriteria: { Filters } });
  });

  it('fields that it does not know, and ignores them', async () => {
    const body = await created({ ...queue, NotThere: 1, ScalingConfig: { MaximumConcurrency: 2, Other: true } });
    expect(body).not.toHaveProperty('NotThere');
    expect(body).toMatchObject({ ScalingConfig: { MaximumConcurrency: 2 } });
    expect(body).not.toHaveProperty('ScalingConfig.Other');
  });

  it('null for what is left out', async () => {
    expect(await created({ ...queue, BatchSize: null, FilterCriteria: null })).toMatchObject({ BatchSize: 10 });
  });

  it('a path with a slash at its end, and no signature or any', async () => {
    const { status } = await world.api.call('POST', `${collection}/`, queue);
    expect(status).toBe(202);
  });

  it('a mapping that is disabled, which is Disabled at once', async () => {
    expect(await created({ ...queue, Enabled: false })).toMatchObject({ State: 'Disabled' });
  });
});
