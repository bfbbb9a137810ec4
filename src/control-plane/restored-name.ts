import type { AnyMapping } from '../mappings/event-source-mapping.js';
import { withName } from '../mappings/identity.js';
import type { MappingRecord } from '../mappings/mapping-record.js';

/** The name of a mapping that was stored: the one that people have seen, unless the file has another mapping of that name by now. */
export function restoredName(
  { name, uuid }: MappingRecord,
  mapping: AnyMapping | undefined,
  taken: ReadonlySet<string>,
): string {
  if (!taken.has(name)) return name;
  return mapping === undefined ? uuid : withName(mapping, taken).name;
}
