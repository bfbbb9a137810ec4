import { fileURLToPath } from 'node:url';
import { startServerlessOffline as startPlugin } from '../../serverless-offline.mjs';
import { streamArn } from '../kinesis.mjs';

const handlers = fileURLToPath(new URL('../handlers', import.meta.url));

/** Starts `serverless offline start` with serverless-offline-kinesis. */
export function startServerlessOffline({ endpoint, stream, marks }) {
  return startPlugin({
    plugin: 'serverless-offline-kinesis',
    options: { endpoint },
    handlers,
    fn: {
      handler: 'handlers/mark.handler',
      environment: { MARKS: marks },
      events: [
        { stream: { type: 'kinesis', arn: streamArn(stream), batchSize: 100, startingPosition: 'TRIM_HORIZON' } },
      ],
    },
  });
}
