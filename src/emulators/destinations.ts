import type { DestinationRef, EventSourceMapping } from '../mappings/event-source-mapping.js';

/** A topic to be created on an embedded server. */
export type TopicSpec = Pick<DestinationRef, 'arn' | 'name' | 'region'>;

/** The destinations of one kind that mappings name, each once. */
export function destinationsOf(
  mappings: readonly EventSourceMapping[],
  kind: DestinationRef['kind'],
): readonly DestinationRef[] {
  const found = new Map<string, DestinationRef>();
  for (const mapping of mappings) {
    const destination = mapping.kind === 'stream' ? mapping.destination : undefined;
    if (destination?.kind === kind) found.set(destination.arn, destination);
  }
  return [...found.values()];
}

/** The topics that mappings report to. */
export function topicsOf(mappings: readonly EventSourceMapping[]): readonly TopicSpec[] {
  return destinationsOf(mappings, 'sns').map(({ arn, name, region }) => ({ arn, name, region }));
}

/** The names of the buckets that mappings report to. */
export function bucketsOf(mappings: readonly EventSourceMapping[]): readonly string[] {
  return destinationsOf(mappings, 's3').map(({ name }) => name);
}
