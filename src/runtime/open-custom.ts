import type { Configuration } from '../config/configuration.js';
import type { QueueSource } from '../contracts/queue-source.js';
import type { CustomRecord, SourceContext, SourceDefinition } from '../contracts/source-definition.js';
import type { StreamSource } from '../contracts/stream-source.js';
import type { CustomRef } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';

/** Opens a queue of a source that the configuration adds; rejects with a `MillraceError` when its code does not. */
export async function openCustomQueue(ref: CustomRef, configuration: Configuration): Promise<QueueSource> {
  const definition = definitionOf(ref, configuration);
  if (definition.kind !== 'queue') throw new Error(`${ref.arn} is not a queue`);
  return opened(ref, () => definition.open(ref, contextOf(configuration)));
}

/** Opens a stream of a source that the configuration adds; rejects with a `MillraceError` when its code does not. */
export async function openCustomStream(ref: CustomRef, configuration: Configuration): Promise<StreamSource> {
  const definition = definitionOf(ref, configuration);
  if (definition.kind !== 'stream') throw new Error(`${ref.arn} is not a stream`);
  return opened(ref, () => definition.open(ref, contextOf(configuration)));
}

/** Puts records into a source that the configuration adds. */
export async function sendToCustom(
  ref: CustomRef,
  records: readonly CustomRecord[],
  configuration: Configuration,
): Promise<readonly string[]> {
  const definition = definitionOf(ref, configuration);
  if (definition.send !== undefined) return definition.send(ref, records, contextOf(configuration));
  throw new MillraceError('NOT_FOUND', `source ${ref.source} has no send: nothing can be put into it from here`);
}

async function opened<T>({ source, arn }: CustomRef, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const message = `source ${source} could not open ${arn}: ${messageOf(error)}`;
    throw new MillraceError('CONFIGURATION_INVALID', message, { cause: error });
  }
}

/** Parsing has seen to it that there is one. */
function definitionOf({ source }: CustomRef, { sources }: Configuration): SourceDefinition {
  const definition = sources.get(source);
  if (definition === undefined) throw new MillraceError('NOT_FOUND', `there is no source ${source}`);
  return definition;
}

function contextOf({ root }: Configuration): SourceContext {
  return { clock: systemClock, root };
}
