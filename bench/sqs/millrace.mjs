import { fileURLToPath } from 'node:url';
import { startMillrace as startRun } from '../millrace.mjs';

const handlers = fileURLToPath(new URL('handlers', import.meta.url));

/** Starts `millrace run` with a mapping for each queue. */
export function startMillrace({ cli, nodeFlags, endpoint, queues, handler, variables = {} }) {
  const configuration = {
    functions: { bench: { Handler: `handlers/${handler}.handler`, Environment: { Variables: variables } } },
    mappings: queues.map((queue) => ({
      FunctionName: 'bench',
      EventSourceArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      BatchSize: 10,
    })),
    endpoints: { sqs: endpoint },
  };
  return startRun({ cli, nodeFlags, handlers, configuration });
}
