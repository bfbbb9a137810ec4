import { commonParts, compileField, type Field } from './field.js';
import type { PlainPattern } from './pattern.js';

/** The fields of a pattern without `$or`, in the order of their paths. */
export class CompiledFields {
  readonly list: readonly Field[];
  /** For each field and number of parts, the last field whose path begins with these. */
  readonly #lastSharing: number[][];

  constructor({ fields }: PlainPattern) {
    this.list = fields.map(compileField);
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
