import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLambdaApi, type LambdaApi } from '../../support/lambda-api.js';
import { collection, functions, queueArn, streamArn } from '../../support/lambda-world.js';

let api: LambdaApi;
beforeAll(async () => {
  api = await startLambdaApi({ functions, endpoints: { sqs: 'embedded', kinesis: 'embedded' } });
}, 30_000);
afterAll(() => api.close());

describe('on embedded servers, what a mapping made over the API names', () => {
  it('is created, and polled', async () => {
    const queue = { FunctionName: 'worker', EventSourceArn: queueArn('new-orders') };
    expect(await api.call('POST', collection, queue)).toMatchObject({ status: 202 });
    await api.runtime.send('new-orders', ['a message']);
    await api.runtime.idle({ seconds: 0.2 });
    expect(api.runtime.journal.invocations('new-orders')).toHaveLength(1);
  });

  it('is created for its failures as well, also by an update', async () => {
    const stream = { FunctionName: 'worker', EventSourceArn: streamArn('new-clicks'), StartingPosition: 'LATEST' };
    const { body } = await api.call('POST', collection, { ...stream, Enabled: false });
    const { UUID } = body as { readonly UUID: string };
    const DestinationConfig = { OnFailure: { Destination: queueArn('new-failures') } };
    expect(await api.call('PUT', `${collection}/${UUID}`, { DestinationConfig })).toMatchObject({ status: 202 });
    const client = new SQSClient({
      endpoint: api.runtime.endpoints.sqs ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'new-failures' }));
    expect(QueueUrl).toContain('/new-failures');
    client.destroy();
  });

  it('is refused, with the reason, where the server cannot have it', async () => {
    const consumer = `${streamArn('new-clicks')}/consumer/fan:1690000000`;
    const fanOut = { FunctionName: 'worker', EventSourceArn: consumer, StartingPosition: 'LATEST' };
    expect(await api.call('POST', collection, fanOut)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('enhanced fan-out') as string },
    });
  });
});
