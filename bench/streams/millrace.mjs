import { fileURLToPath } from 'node:url';
import { startMillrace as startRun } from '../millrace.mjs';
import { streamArn } from './kinesis.mjs';

const handlers = fileURLToPath(new URL('handlers', import.meta.url));
/** The longest that AWS allows, in seconds: a handler that hangs goes on hanging. */
const longestTimeout = 900;

/** Starts `millrace run` with a mapping of a Kinesis stream. */
export function startMillrace({ cli, nodeFlags, endpoint, stream, handler, marks }) {
  const configuration = {
    functions: {
      bench: {
        Handler: `handlers/${handler}.handler`,
        Timeout: longestTimeout,
        Environment: { Variables: { MARKS: marks } },
      },
    },
    mappings: [
      { FunctionName: 'bench', EventSourceArn: streamArn(stream), BatchSize: 100, StartingPosition: 'TRIM_HORIZON' },
    ],
    endpoints: { kinesis: endpoint },
  };
  return startRun({ cli, nodeFlags, handlers, configuration });
}
