import { addressOf } from './config/resolve-endpoints.js';
import type { Configuration, Service } from './config/configuration.js';
import { QueueDelivery } from './delivery/queue-delivery.js';
import { createRecordFilter } from './filters/record-filter.js';
import type { LambdaFunction } from './functions/lambda-function.js';
import type { JournalWriter } from './journal/journal.js';
import type { EventSourceMapping, SqsQueueRef } from './mappings/event-source-mapping.js';
import { visibilityProblem } from './mappings/visibility.js';
import type { Clock } from './platform/clock.js';
import { messageOf, MillraceError } from './platform/millrace-error.js';
import type { Random } from './platform/random.js';
import { unreachable } from './platform/unreachable.js';
import { sendToSqs, type OutgoingMessage, type SqsTarget } from './sources/sqs/send.js';
import { SqsSource } from './sources/sqs/source.js';

/** How long a receive waits for messages: on AWS as Lambda does, elsewhere short, so that a stop is quick. */
const longPollSeconds = { aws: 20, other: 2 } as const;

export interface MappingParts {
  readonly configuration: Configuration;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Addresses of embedded servers. */
  readonly embedded: Readonly<Partial<Record<Service, string>>>;
  /** Wait no longer on AWS than elsewhere: somebody sits before it and may stop it at any time. */
  readonly shortPolls: boolean;
  readonly target: LambdaFunction;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly batchId: () => string;
}

/** What decides where a queue is looked for. */
export type SqsPlace = Pick<MappingParts, 'configuration' | 'env' | 'embedded'>;

/** Opens the source of a mapping, and puts the delivery together that reads it. It does not start yet. */
export function createDelivery(mapping: EventSourceMapping, parts: MappingParts): QueueDelivery {
  const { target, journal, clock, random, batchId } = parts;
  return new QueueDelivery(
    {
      mapping: { uuid: mapping.uuid, name: mapping.name },
      sourceLabel: `queue ${mapping.source.queue}`,
      settings: {
        batchSize: mapping.batchSize,
        windowMs: mapping.windowMs,
        reportsItemFailures: mapping.reportsItemFailures,
        concurrency: mapping.concurrency,
      },
      source: openSqs(mapping, parts),
      target,
      filter: createRecordFilter('sqs', mapping.filters),
      journal,
      clock,
      random,
      batchId,
    },
    (visibilityMs) => visibilityProblem(visibilityMs / 1_000, target.timeoutMs / 1_000),
  );
}

/** The queue of a mapping, where the configuration says that it is. */
export function openSqs(
  mapping: Pick<EventSourceMapping, 'source' | 'windowMs'>,
  place: SqsPlace & Pick<MappingParts, 'shortPolls'>,
): SqsSource {
  const { source, windowMs } = mapping;
  const target = sqsTarget(source, place);
  const onAws = target.account !== undefined;
  return new SqsSource({
    ...target,
    queueArn: source.arn,
    waitSeconds: onAws && !place.shortPolls ? longPollSeconds.aws : longPollSeconds.other,
    windowed: windowMs > 0,
  });
}

/** Puts messages into the queue of a mapping; rejects with a `MillraceError` that names it. */
export async function sendTo(
  { source }: Pick<EventSourceMapping, 'source'>,
  messages: readonly OutgoingMessage[],
  place: SqsPlace,
): Promise<readonly string[]> {
  try {
    return await sendToSqs(sqsTarget(source, place), messages);
  } catch (error) {
    throw new MillraceError('SOURCE_UNAVAILABLE', `queue ${source.queue}: ${messageOf(error)}`, { cause: error });
  }
}

/** How to reach a queue. */
function sqsTarget(source: SqsQueueRef, { configuration, env, embedded }: SqsPlace): SqsTarget {
  const address = addressOf(configuration, env, 'sqs', source.arn);
  const { queue, region, account } = source;
  switch (address.target) {
    case 'AWS':
      return { queue, region, account, endpoint: undefined, credentials: undefined };
    case 'embedded':
      return { queue, region, account: undefined, endpoint: embedded.sqs, credentials: localCredentials({}, account) };
    case 'custom':
      return { queue, region, account: undefined, endpoint: address.url, credentials: localCredentials(env, account) };
    default:
      return unreachable(address);
  }
}

/** Local servers take any credentials; some of them read the account out of the access key. */
function localCredentials(
  env: Readonly<Record<string, string | undefined>>,
  account: string,
): { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined {
  if (env['AWS_ACCESS_KEY_ID'] !== undefined || env['AWS_PROFILE'] !== undefined) return undefined;
  return { accessKeyId: account, secretAccessKey: 'millrace' };
}
