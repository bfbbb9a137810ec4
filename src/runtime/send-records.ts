import type { CustomRecord } from '../contracts/source-definition.js';
import { sendFields, type SourceDescription } from '../contracts/source-description.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { fieldTakers } from '../sources/registry.js';
import { contextOf, sourceOf } from './open-source.js';
import type { Addressing } from './reach.js';

/** A record to be put into a source. What a source has no use for is refused, not left out. */
export interface OutgoingRecord extends CustomRecord {
  /** Kinesis: the partition key. Default: another one for each record. */
  readonly key?: string;
}

/** Puts records into the source of a mapping; rejects with a `MillraceError` that names it. */
export async function sendTo(
  mapping: EventSourceMapping,
  records: readonly OutgoingRecord[],
  addressing: Addressing,
): Promise<readonly string[]> {
  const { source, description } = mapping;
  refuseForeign(description, records);
  const definition = sourceOf(mapping, addressing);
  if (definition.send === undefined) {
    const message = `source ${description.label} has no send: nothing can be put into it from here`;
    throw new MillraceError('NOT_FOUND', message);
  }
  try {
    return await definition.send(source, records, contextOf(mapping, addressing, true));
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('SOURCE_UNAVAILABLE', `${source.title}: ${messageOf(error)}`, { cause: error });
  }
}

function refuseForeign({ send }: SourceDescription, records: readonly OutgoingRecord[]): void {
  for (const name of sendFields) {
    const given = records.some((record) => record[name] !== undefined && Object.keys(record[name]).length !== 0);
    if (!given || send.fields.includes(name)) continue;
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `${name} means nothing to this source; it is for ${fieldTakers(name).join(' and ')}`,
    );
  }
}
