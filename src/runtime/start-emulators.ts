import type { Service } from '../contracts/services.js';
import type { Configuration } from '../config/configuration.js';
import { bucketsOf, topicsOf } from '../emulators/destinations.js';
import { startEmbeddedKinesis, type EmbeddedKinesis } from '../emulators/kinesis.js';
import { queuesOf } from '../emulators/queues.js';
import { startEmbedded, type EmbeddedServer } from '../emulators/sqs.js';
import { streamsOf } from '../emulators/streams.js';
import type { Closers } from '../platform/closers.js';
import { MillraceError } from '../platform/millrace-error.js';

/** Services that one embedded server serves together. */
const together = ['sqs', 'sns', 's3'] as const satisfies readonly Service[];

/** The servers of services that are `embedded`. */
export interface Emulators {
  /** Where they are, by service. */
  readonly addresses: Readonly<Partial<Record<Service, string>>>;
  /** Creates what mappings and their destinations name and is not there yet. */
  prepare(configuration: Configuration): Promise<void>;
}

/** Starts the servers of services that are `embedded`, and creates what mappings and their destinations name. */
export async function startEmulators(configuration: Configuration, closers: Closers): Promise<Emulators> {
  const { byService } = configuration.endpoints;
  const isEmbedded = (service: Service): boolean => byService[service]?.kind === 'embedded';
  const wanted = together.filter(isEmbedded);
  const [endpoint] = wanted;
  const queues = endpoint === undefined ? undefined : await startEmbedded({ endpoint });
  if (queues !== undefined) closers.add(() => queues.close());
  const kinesis = isEmbedded('kinesis') ? await startEmbeddedKinesis() : undefined;
  if (kinesis !== undefined) closers.add(() => kinesis.close());
  const emulators: Emulators = {
    addresses: {
      ...(queues === undefined ? {} : Object.fromEntries(wanted.map((service) => [service, queues.url]))),
      ...(kinesis === undefined ? {} : { kinesis: kinesis.url }),
    },
    prepare: async (next) => {
      if (queues !== undefined) await prepareQueues(queues, wanted, next);
      if (kinesis !== undefined) await prepareStreams(kinesis, next);
    },
  };
  await emulators.prepare(configuration);
  return emulators;
}

async function prepareQueues(
  server: EmbeddedServer,
  wanted: readonly (typeof together)[number][],
  { mappings, functions, embedded }: Configuration,
): Promise<void> {
  if (wanted.includes('sqs')) await server.createQueues(queuesOf(mappings, functions, embedded));
  if (wanted.includes('sns')) await server.createTopics(topicsOf(mappings));
  if (wanted.includes('s3')) await server.createBuckets(bucketsOf(mappings));
}

async function prepareStreams(server: EmbeddedKinesis, { mappings, embedded }: Configuration): Promise<void> {
  const [refused] = mappings.flatMap(({ source, description }) => description.notEmbedded?.(source) ?? []);
  if (refused !== undefined) throw new MillraceError('CONFIGURATION_INVALID', refused);
  await server.createStreams(streamsOf(mappings, embedded));
}
