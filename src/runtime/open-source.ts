import type { BuiltInContext } from '../contracts/source-definition.js';
import type { QueueFacts, QueueSource } from '../contracts/queue-source.js';
import type { StreamSource } from '../contracts/stream-source.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { failedMessagesProblem } from '../sources/custom/failed-messages.js';
import { leaseRefusal } from '../sources/queue-advice.js';
import { definitionOf, type OpenableSource } from '../sources/registry.js';
import { reach, type Addressing } from './reach.js';

/** Of a mapping what its source is opened by. */
type Opened = Pick<EventSourceMapping, 'source' | 'description' | 'function' | 'windowMs'>;

/** What can be done with the source of a mapping. Parsing has seen to it that there is one. */
export function sourceOf(
  { source }: Pick<EventSourceMapping, 'source'>,
  { configuration }: Addressing,
): OpenableSource {
  const definition = definitionOf(source, configuration.sources);
  if (definition !== undefined) return definition;
  throw new MillraceError('NOT_FOUND', `there is no source of ${source.identity}`);
}

/** The queue of a mapping, where the configuration says that it is. */
export async function openQueue(
  mapping: Opened & Pick<QueueMapping, 'kind'>,
  addressing: Addressing,
  shortPolls: boolean,
): Promise<QueueSource> {
  const definition = sourceOf(mapping, addressing);
  if (definition.kind !== 'queue') throw new Error(`${mapping.source.identity} is not a queue`);
  return opened(mapping, async () => {
    const queue = await definition.open(mapping.source, contextOf(mapping, addressing, shortPolls));
    const problem = mapping.description.reached.kind === 'own' ? failedMessagesProblem(queue) : undefined;
    if (problem === undefined) return queue;
    await queue.close();
    throw new Error(`its failedMessages ${problem}`);
  });
}

/** The stream of a mapping, where the configuration says that it is. */
export async function openStream(
  mapping: Opened & Pick<StreamMapping, 'kind'>,
  addressing: Addressing,
): Promise<StreamSource> {
  const definition = sourceOf(mapping, addressing);
  if (definition.kind !== 'stream') throw new Error(`${mapping.source.identity} is not a stream`);
  return opened(mapping, () => definition.open(mapping.source, contextOf(mapping, addressing, false)));
}

/** Why a queue with these settings is refused for a function of this timeout, or undefined. */
export function refusalOf(
  mapping: QueueMapping,
  addressing: Addressing,
  facts: QueueFacts,
  functionTimeoutMs: number,
): string | undefined {
  const definition = sourceOf(mapping, addressing);
  if (definition.kind !== 'queue' || definition.refusal === undefined) return leaseRefusal(facts, functionTimeoutMs);
  return definition.refusal(facts, functionTimeoutMs);
}

/** What the source of a mapping is given to work with. */
export function contextOf(
  { source, function: fn, windowMs }: Opened,
  addressing: Addressing,
  shortPolls: boolean,
): BuiltInContext {
  const { configuration } = addressing;
  const { account = configuration.account, arn } = source;
  return {
    clock: systemClock,
    random: systemRandom,
    root: configuration.root,
    reach: (service) => reach(service, { account, ...(arn === undefined ? {} : { arn }) }, addressing),
    shortPolls,
    windowMs,
    roleArn: configuration.functions.get(fn.name)?.role ?? '',
  };
}

/** What the code of a configuration throws says nothing of where it was thrown. */
async function opened<T>({ source, description }: Opened, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (description.reached.kind !== 'own') throw error;
    const message = `source ${description.label} could not open ${source.identity}: ${messageOf(error)}`;
    throw new MillraceError('CONFIGURATION_INVALID', message, { cause: error });
  }
}
