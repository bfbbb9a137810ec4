import { fileURLToPath } from 'node:url';
import { startServerlessOffline as startPlugin } from '../../serverless-offline.mjs';

const handlers = fileURLToPath(new URL('../handlers', import.meta.url));

/** Starts `serverless offline start` with serverless-offline-sqs. */
export function startServerlessOffline({ endpoint, queue, handler }) {
  return startPlugin({
    plugin: 'serverless-offline-sqs',
    options: { endpoint, autoCreate: false },
    handlers,
    fn: {
      handler: `handlers/${handler}.handler`,
      events: [{ sqs: { arn: `arn:aws:sqs:us-east-1:000000000000:${queue}`, batchSize: 10 } }],
    },
  });
}
