import type { CompiledFields } from './compiled-fields.js';
import { stepsFrom, type Field } from './field.js';
import { isLeaf, isObject, type Leaf } from './leaf.js';
import type { Look } from './look.js';
import type { Predicate } from './predicate.js';

/** Values in more arrays than this, one inside the other, are not looked at; AWS's JSON parser stops there as well. */
const maxDepth = 1_000;
/** States that are remembered: beyond that, time is spent instead of memory. */
const maxStates = 200_000;

/** The element of an array that values have been taken from, so that others must come from the same one. */
interface Binding {
  readonly element: number;
  /** The last field that can lead to this array. */
  readonly lastField: number;
}

/** The search for one field: what it accepts, and what has to hold as well then. */
interface FieldSearch {
  readonly field: Field;
  readonly index: number;
  readonly accepts: Predicate;
  readonly rest: () => boolean;
}

/**
 * Whether there is a choice of array elements with which all fields match. Fields are tried in the order of their paths;
 * each takes the first value that it accepts and that lies in the elements chosen so far, and another one when the
 * fields after it find none.
 *
 * A state that has failed once is not tried again. What the fields still to come depend on is the choice in those
 * arrays that they can reach; for the others it makes no difference. Where fields of one array stand together, and no
 * name of the record contains dots, these arrays lie inside each other, so that there are at most as many states as there
 * are elements, for each field. Anything else ends after a number of steps.
 */
export class ElementSearch {
  readonly #fields: CompiledFields;
  readonly #wanted: readonly number[];
  readonly #record: unknown;
  readonly #look: Look;
  readonly #chosen = new Map<readonly unknown[], Binding>();
  readonly #failed = new Set<string>();
  readonly #arrays = new Map<readonly unknown[], number>();

  /** `wanted`: the fields that lead into arrays, by their index, in ascending order. */
  constructor(fields: CompiledFields, wanted: readonly number[], record: unknown, look: Look) {
    this.#fields = fields;
    this.#wanted = wanted;
    this.#record = record;
    this.#look = look;
  }

  /** True also when the search was given up. */
  run(): boolean {
    try {
      return this.#rest(0);
    } catch (error) {
      // The stack: a search goes as deep as all of its fields lie in arrays together.
      if (!(error instanceof RangeError)) throw error;
      this.#look.giveUp();
      return true;
    }
  }

  /** Whether the fields from this one on can be satisfied with the elements chosen so far. */
  #rest(position: number): boolean {
    const index = this.#wanted[position];
    if (index === undefined || this.#look.givenUp) return true;
    const state = this.#state(position, index);
    if (this.#failed.has(state)) return false;
    const field = this.#fields.list[index] as Field;
    const rest = (): boolean => this.#rest(position + 1);
    if (this.#visit(this.#record, { field, index, accepts: field.accepts, rest }, 0, 0)) return true;
    const anything = { field, index, accepts: () => true, rest: () => true };
    const absent = field.acceptsAbsent && !this.#visit(this.#record, anything, 0, 0);
    if ((absent && rest()) || this.#look.givenUp) return true;
    if (this.#failed.size < maxStates) this.#failed.add(state);
    return false;
  }

  #visit(node: unknown, search: FieldSearch, from: number, depth: number): boolean {
    this.#look.steps++;
    if (this.#look.givenUp) return true;
    const atEnd = from === search.field.parts.length;
    if (Array.isArray(node)) return this.#visitArray(node, search, from, depth);
    if (atEnd) return isLeaf(node) && this.#accepts(node, search.field, search.accepts) && search.rest();
    if (!isObject(node)) return false;
    return stepsFrom(search.field, from, node).some(
      ({ name, parts }) => Object.hasOwn(node, name) && this.#visit(node[name], search, from + parts, depth),
    );
  }

  #visitArray(array: readonly unknown[], search: FieldSearch, from: number, depth: number): boolean {
    const atEnd = from === search.field.parts.length;
    if (atEnd && this.#acceptScalar(array, search)) return true;
    if (depth === maxDepth) return false;
    const chosen = this.#chosen.get(array);
    if (chosen !== undefined) return this.#visitElement(array[chosen.element], search, from, depth);
    const lastField = this.#fields.lastSharing(search.index, from);
    for (let element = 0; element < array.length; element++) {
      this.#chosen.set(array, { element, lastField });
      const accepted = this.#visitElement(array[element], search, from, depth);
      this.#chosen.delete(array);
      if (accepted) return true;
    }
    return false;
  }

  #visitElement(element: unknown, search: FieldSearch, from: number, depth: number): boolean {
    return !isLeaf(element) && this.#visit(element, search, from, depth + 1);
  }

  /** Scalars directly in an array bind nothing: one that is accepted stands for all of them. */
  #acceptScalar(array: readonly unknown[], { field, accepts, rest }: FieldSearch): boolean {
    this.#look.steps += array.length;
    return array.some((element) => isLeaf(element) && this.#accepts(element, field, accepts)) && rest();
  }

  #accepts(leaf: Leaf, field: Field, accepts: Predicate): boolean {
    this.#look.at(leaf, field);
    return accepts(leaf);
  }

  /** What decides whether the fields from this one on can be satisfied. */
  #state(position: number, index: number): string {
    let state = String(position);
    this.#look.steps += this.#chosen.size;
    for (const [array, { element, lastField }] of this.#chosen) {
      if (lastField >= index) state += `|${this.#numberOf(array)}:${element}`;
    }
    return state;
  }

  #numberOf(array: readonly unknown[]): number {
    const known = this.#arrays.get(array) ?? this.#arrays.size;
    if (known === this.#arrays.size) this.#arrays.set(array, known);
    return known;
  }
}
