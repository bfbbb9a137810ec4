import type { CompiledFields } from './compiled-fields.js';
import { ElementSearch } from './element-search.js';
import { stepsFrom, type Field } from './field.js';
import { isLeaf, isObject, type Leaf } from './leaf.js';
import type { Look } from './look.js';

/** What a field found in a record without choosing elements of arrays; the greater counts. */
const found = {
  nothing: 0,
  /** Values, none of which is accepted. */
  rejected: 1,
  accepted: 2,
  /** An array of objects or arrays: which of its elements counts depends on the other fields, too. */
  elements: 3,
} as const;

type Found = (typeof found)[keyof typeof found];

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

/** Looks a field up in a record: all there is to do for records without arrays of objects, which are most. */
function quickMatch(field: Field, node: unknown, from: number, look: Look): Found {
  const atEnd = from === field.parts.length;
  if (Array.isArray(node)) return atEnd ? scalarsFound(field, node, look) : elementsFound(node);
  if (atEnd) return isLeaf(node) ? leafFound(field, node, look) : found.nothing;
  if (!isObject(node)) return found.nothing;
  let most: Found = found.nothing;
  for (const { name, parts } of stepsFrom(field, from, node)) {
    if (!Object.hasOwn(node, name)) continue;
    const next = quickMatch(field, node[name], from + parts, look);
    if (next > most) most = next;
  }
  return most;
}

function leafFound(field: Field, leaf: Leaf, look: Look): Found {
  look.at(leaf, field);
  return field.accepts(leaf) ? found.accepted : found.rejected;
}

/** Scalars in an array bind nothing: any of them may count. */
function scalarsFound(field: Field, elements: readonly unknown[], look: Look): Found {
  let most: Found = found.nothing;
  for (const element of elements) {
    if (Array.isArray(element)) return found.elements;
    if (isLeaf(element)) most = Math.max(most, leafFound(field, element, look)) as Found;
  }
  return most;
}

function elementsFound(elements: readonly unknown[]): Found {
  return elements.every(isLeaf) ? found.nothing : found.elements;
}
