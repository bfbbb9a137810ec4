import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListTagsCommand,
  paginateListEventSourceMappings,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { functionArn, queueArn, startLambdaWorld, streamArn, type LambdaWorld } from '../../support/lambda-world.js';

let world: LambdaWorld;
let client: LambdaClient;
beforeAll(async () => {
  world = await startLambdaWorld();
  ({ client } = world.api);
  await world.sqs.createQueue('orders');
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(() => world.close());
beforeEach(() => world.clear());

const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders') };

/** An answer without what every answer of the SDK has. */
function plain(answer: object): object {
  const { $metadata: _, ...rest } = answer as { readonly $metadata?: unknown };
  return rest;
}

async function untilState(UUID: string | undefined, state: string): Promise<object> {
  for (;;) {
    const answer = await client.send(new GetEventSourceMappingCommand({ UUID }));
    if (answer.State === state) return plain(answer);
    await delay(5);
  }
}

describe('the AWS SDK', () => {
  it('creates, gets, updates, lists and deletes a mapping; times arrive as dates', async () => {
    const created = await client.send(
      new CreateEventSourceMappingCommand({
        FunctionName: 'worker',
        EventSourceArn: streamArn('clicks'),
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: new Date('2026-01-31T12:00:00.500Z'),
        FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
        Tags: { team: 'a' },
      }),
    );
    const { UUID } = created;
    const expected = {
      UUID,
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
      EventSourceArn: streamArn('clicks'),
      FunctionArn: functionArn('worker'),
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 1,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      BisectBatchOnFunctionError: false,
      TumblingWindowInSeconds: 0,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: new Date('2026-01-31T12:00:00.500Z'),
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
      DestinationConfig: { OnFailure: {} },
      FunctionResponseTypes: [],
      LastModified: expect.any(Date) as Date,
      LastProcessingResult: 'No records processed',
      State: 'Creating',
      StateTransitionReason: 'User action',
    };
    expect(created.$metadata).toMatchObject({ httpStatusCode: 202, requestId: expect.any(String) as string });
    expect(plain(created)).toEqual(expected);
    expect(await untilState(UUID, 'Enabled')).toEqual({ ...expected, State: 'Enabled' });

    const updated = await client.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 10, FilterCriteria: {} }));
    const { FilterCriteria: _, ...unfiltered } = expected;
    expect(plain(updated)).toEqual({ ...unfiltered, BatchSize: 10, State: 'Updating' });
    await untilState(UUID, 'Enabled');

    const deleted = await client.send(new DeleteEventSourceMappingCommand({ UUID }));
    expect(plain(deleted)).toEqual({ ...unfiltered, BatchSize: 10, State: 'Deleting' });
    await expect(untilState(UUID, 'Deleted')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('lists and pages', async () => {
    const made: string[] = [];
    for (const FunctionName of ['worker', 'billing', 'worker:1', 'worker:2', 'worker:myalias']) {
      made.push(await world.create({ ...queue, FunctionName, Enabled: false }));
    }
    const pages: (readonly (string | undefined)[])[] = [];
    for await (const page of paginateListEventSourceMappings({ client, pageSize: 2 }, {})) {
      pages.push((page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
    }
    expect(pages).toEqual([made.slice(0, 2), made.slice(2, 4), made.slice(4)]);
  });

  it('tags, lists tags and removes them', async () => {
    const created = await client.send(new CreateEventSourceMappingCommand({ ...queue, Tags: { 'a b': 'ü/=+' } }));
    const Resource = created.EventSourceMappingArn;
    await client.send(new TagResourceCommand({ Resource, Tags: { c: 'd' } }));
    expect(plain(await client.send(new ListTagsCommand({ Resource })))).toEqual({ Tags: { 'a b': 'ü/=+', c: 'd' } });
    await client.send(new UntagResourceCommand({ Resource, TagKeys: ['a b', 'nothing'] }));
    expect(plain(await client.send(new ListTagsCommand({ Resource })))).toEqual({ Tags: { c: 'd' } });
  });

  it.each([
    [
      new GetEventSourceMappingCommand({ UUID: 'nothing' }),
      'ResourceNotFoundException',
      'The resource you requested does not exist.',
    ],
    [
      new CreateEventSourceMappingCommand({ ...queue, FunctionName: 'nobody' }),
      'InvalidParameterValueException',
      'Function does not exist',
    ],
    [
      new CreateEventSourceMappingCommand({ ...queue, BatchSize: 0 }),
      'ValidationException',
      "1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ] as const)('has the name and the text of every error: %#', async (command, name, message) => {
    await expect(client.send(command as GetEventSourceMappingCommand)).rejects.toMatchObject({ name, message });
  });

  it('may sign as it likes, with keys of anybody', async () => {
    const other = new LambdaClient({
      endpoint: world.api.url,
      region: 'ap-southeast-2',
      credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'other', sessionToken: 'token' },
    });
    const created = await other.send(new CreateEventSourceMappingCommand(queue));
    expect(created.FunctionArn).toBe(functionArn('worker'));
    other.destroy();
  });
});
