import { differingParameters } from '../mappings/updated-request.js';
import type { MappingInput } from '../mappings/schema/request.js';
import type { ManagedMapping } from './managed-mapping.js';

/** In what a mapping of the file differs from it. */
export function changesOf({ inFile, record }: ManagedMapping, request: MappingInput): readonly string[] {
  if (record.origin === 'api' || inFile === undefined) return [];
  const { Tags: _, ...parameters } = inFile;
  const tags = record.changes.filter((change) => change === 'Tags');
  return [...differingParameters(parameters, request), ...tags];
}

/** The same after its tags have been changed, which the file may have as well. */
export function withTags({ record: { origin, changes } }: ManagedMapping): readonly string[] {
  return origin === 'api' || changes.includes('Tags') ? changes : [...changes, 'Tags'];
}
