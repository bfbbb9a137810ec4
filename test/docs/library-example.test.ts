import { startRuntime } from 'millrace';
import { expect, test } from 'vitest';

test('an order is charged once', async () => {
  const charged: number[] = [];
  await using runtime = await startRuntime({
    functions: {
      orders: {
        handler: async (event) => {
          for (const { body } of event.Records) charged.push(JSON.parse(body).amount);
        },
      },
    },
    mappings: [{ FunctionName: 'orders', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' }],
    endpoints: { sqs: 'embedded' },
  });

  await runtime.send('orders', ['{"amount": 12.5}']);
  await runtime.idle({ seconds: 0.5 });

  expect(charged).toEqual([12.5]);
  expect(runtime.journal.invocations('orders')).toMatchObject([{ outcome: 'succeeded', attempt: 1 }]);
});
