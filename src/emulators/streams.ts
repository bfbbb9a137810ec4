import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { servedBy } from './served.js';
import { MillraceError } from '../platform/millrace-error.js';

/** A Kinesis stream to be created on an embedded server. */
export interface StreamSpec {
  readonly name: string;
  readonly shards: number;
}

interface StreamChoices {
  /** Undefined: one. */
  readonly shards: number | undefined;
}

/**
 * The Kinesis streams that mappings read, each once.
 *
 * Throws a `MillraceError` of code `CONFIGURATION_INVALID` for different streams of one name: an embedded server tells
 * them apart by nothing else, and their records would be mixed.
 */
export function streamsOf(
  mappings: readonly EventSourceMapping[],
  { shards = 1 }: StreamChoices,
): readonly StreamSpec[] {
  const places = new Map<string, string>();
  for (const { name: stream, region, account } of servedBy(mappings, 'kinesis')) {
    const place = `account ${account} in ${region}`;
    const other = places.get(stream) ?? place;
    if (other !== place) throw sameName(stream, other, place);
    places.set(stream, place);
  }
  return [...places.keys()].map((name) => ({ name, shards }));
}

function sameName(stream: string, one: string, other: string): MillraceError {
  return new MillraceError(
    'CONFIGURATION_INVALID',
    `the embedded Kinesis server has one account and one Region, but mappings name two streams ${stream}: of ${one}, and of ${other}; give them different names, or give the URL of another server in endpoints.kinesis`,
  );
}
