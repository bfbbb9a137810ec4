import { commonParts, compareParts, compileField, type Field } from './field.js';
import type { PatternField, PlainPattern } from './pattern.js';

/** Fields that are compiled already: the combinations of a pattern with `$or` have most of theirs in common. */
export type FieldCache = Map<PatternField, Field>;

/** The fields of a pattern without `$or`, in the order in which the search for elements of arrays tries them. */
export class CompiledFields {
  readonly list: readonly Field[];
  /** For each field and number of parts, the last field whose path begins with these. */
  readonly #lastSharing: number[][];

  constructor({ fields }: PlainPattern, cache: FieldCache = new Map()) {
    const list = fields.map((field) => compiled(field, cache));
    // Only `exists: false` depends on the order of paths. In any other case fields of one array stand together, so that
    // what was chosen in it does not matter any more once they are through.
    this.list = list.some(({ acceptsAbsent }) => acceptsAbsent) ? list : list.toSorted(compareParts);
    this.#lastSharing = this.list.map(() => []);
  }

  /** The last field whose path begins with so many parts of this one's. */
  lastSharing(index: number, parts: number): number {
    const known = (this.#lastSharing[index] ??= []);
    return (known[parts] ??= this.list.findLastIndex(
      (other, at) => at === index || commonParts(this.list[index] as Field, other) >= parts,
    ));
  }
}

function compiled(field: PatternField, cache: FieldCache): Field {
  const known = cache.get(field) ?? compileField(field);
  cache.set(field, known);
  return known;
}
