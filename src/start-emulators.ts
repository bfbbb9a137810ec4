import type { Configuration, Service } from './config/configuration.js';
import { bucketsOf, topicsOf } from './emulators/destinations.js';
import { startEmbeddedKinesis } from './emulators/kinesis.js';
import { queuesOf } from './emulators/queues.js';
import { startEmbedded } from './emulators/sqs.js';
import { streamsOf } from './emulators/streams.js';
import type { Closers } from './platform/closers.js';
import { MillraceError } from './platform/millrace-error.js';

/** Services that one embedded server serves together. */
const together = ['sqs', 'sns', 's3'] as const satisfies readonly Service[];

/**
 * Starts the servers of services that are `embedded`, and creates what mappings and their destinations name. Resolves
 * with their addresses.
 */
export async function startEmulators(
  configuration: Configuration,
  closers: Closers,
): Promise<Readonly<Partial<Record<Service, string>>>> {
  const { byService } = configuration.endpoints;
  const isEmbedded = (service: Service): boolean => byService[service]?.kind === 'embedded';
  const addresses: Partial<Record<Service, string>> = {};
  const wanted = together.filter(isEmbedded);
  const [endpoint] = wanted;
  if (endpoint !== undefined) {
    const url = await startQueues(configuration, wanted, closers);
    for (const service of wanted) addresses[service] = url;
  }
  if (isEmbedded('kinesis')) addresses.kinesis = await startKinesis(configuration, closers);
  return addresses;
}

async function startQueues(
  { mappings, functions, embedded }: Configuration,
  wanted: readonly (typeof together)[number][],
  closers: Closers,
): Promise<string> {
  const [endpoint = 'sqs'] = wanted;
  const server = await startEmbedded({ endpoint });
  closers.add(() => server.close());
  if (wanted.includes('sqs')) await server.createQueues(queuesOf(mappings, functions, embedded));
  if (wanted.includes('sns')) await server.createTopics(topicsOf(mappings));
  if (wanted.includes('s3')) await server.createBuckets(bucketsOf(mappings));
  return server.url;
}

async function startKinesis({ mappings, embedded }: Configuration, closers: Closers): Promise<string> {
  const fanOut = mappings.find(({ source }) => source.kind === 'kinesis' && source.consumer !== undefined);
  if (fanOut !== undefined) {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `${fanOut.source.arn} is a consumer with enhanced fan-out, which the embedded Kinesis server does not have; map the stream itself, or give the URL of another server in endpoints.kinesis`,
    );
  }
  const server = await startEmbeddedKinesis();
  closers.add(() => server.close());
  await server.createStreams(streamsOf(mappings, embedded));
  return server.url;
}
