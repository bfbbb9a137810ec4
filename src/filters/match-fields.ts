import type { CompiledFields } from './compiled-fields.js';
import { ElementSearch } from './element-search.js';
import type { Field } from './field.js';
import type { Look } from './look.js';
import { found, quickMatch, type Found } from './quick-match.js';

type Results = Map<Field, Found>;

/** From so many alternatives on it pays to remember what the fields that they have in common found. */
const manyAlternatives = 4;

/** Whether a record has all fields of one of the alternatives. */
export function matchesAny(alternatives: readonly CompiledFields[], record: unknown, look: Look): boolean {
  const results: Results | undefined = alternatives.length < manyAlternatives ? undefined : new Map();
  return alternatives.some((fields) => matchesAll(fields, record, look, results));
}

function matchesAll(fields: CompiledFields, record: unknown, look: Look, results: Results | undefined): boolean {
  let inArrays: number[] | undefined;
  for (const [index, field] of fields.list.entries()) {
    const result = results?.get(field) ?? quickMatch(field, record, 0, look);
    results?.set(field, result);
    if (result === found.accepted || (result === found.nothing && field.acceptsAbsent)) continue;
    if (result !== found.elements) return false;
    (inArrays ??= []).push(index);
  }
  return inArrays === undefined || new ElementSearch(fields, inArrays, record, look).run();
}
