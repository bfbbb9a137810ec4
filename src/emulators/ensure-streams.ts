import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { sleep, type Clock } from '../platform/clock.js';
import { MillraceError } from '../platform/millrace-error.js';
import { credentials } from './credentials.js';
import type { StreamSpec } from './streams.js';

const lookEveryMs = 20;
const looks = 250;

/** Creates the streams that do not exist yet, and resolves when all can be read. */
export async function ensureStreams(url: string, streams: readonly StreamSpec[], clock: Clock): Promise<void> {
  if (streams.length === 0) return;
  const { KinesisClient: Client } = await import('@aws-sdk/client-kinesis');
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  // The client's own choice is HTTP/2, which local servers do not speak.
  const requestHandler = new NodeHttpHandler();
  const client = new Client({ endpoint: url, region: 'us-east-1', credentials, requestHandler });
  try {
    for (const stream of streams) await create(client, stream);
    for (const { name } of streams) await active(client, name, clock);
  } finally {
    client.destroy();
  }
}

async function create(client: KinesisClient, { name, shards }: StreamSpec): Promise<void> {
  refuseUnusable(name);
  const { CreateStreamCommand } = await import('@aws-sdk/client-kinesis');
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards })).catch((error: unknown) => {
    // It is there already, with shards that are somebody's choice.
    if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error;
  });
}

/** The package keeps streams by name in an array, and takes `keys`, `map` and the like for what every array has. */
function refuseUnusable(name: string): void {
  if (!(name in [])) return;
  throw new MillraceError(
    'CONFIGURATION_INVALID',
    `the embedded Kinesis server cannot have a stream called ${name}; choose another name, or give the URL of another server in endpoints.kinesis`,
  );
}

async function active(client: KinesisClient, name: string, clock: Clock): Promise<void> {
  const { DescribeStreamSummaryCommand } = await import('@aws-sdk/client-kinesis');
  for (let look = 0; look < looks; look++) {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    if (answer.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await sleep(clock, lookEveryMs);
  }
  throw new MillraceError(
    'SOURCE_UNAVAILABLE',
    `stream ${name} was created on the embedded server and did not become active within ${(looks * lookEveryMs) / 1_000} s; give the URL of another server in endpoints.kinesis`,
  );
}
