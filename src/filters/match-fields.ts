import type { CompiledFields } from './compiled-fields.js';
import { ElementSearch } from './element-search.js';
import { found, quickMatch, type Doubt } from './quick-match.js';

/** Whether a record has all fields of a pattern without `$or`. */
export function matchFields(fields: CompiledFields, record: unknown, doubt: Doubt): boolean {
  let inArrays: number[] | undefined;
  for (const [index, field] of fields.list.entries()) {
    const result = quickMatch(field, record, 0, doubt);
    if (result === found.accepted || (result === found.nothing && field.acceptsAbsent)) continue;
    if (result !== found.elements) return false;
    (inArrays ??= []).push(index);
  }
  return inArrays === undefined || new ElementSearch(fields, inArrays, record, doubt).run();
}
