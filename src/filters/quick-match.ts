import { stepsFrom, type Field } from './field.js';
import { isLeaf, isObject, type Leaf } from './leaf.js';
import type { Look } from './look.js';

/** What a field found in a record without choosing elements of arrays; the greater counts. */
export const found = {
  nothing: 0,
  /** Values, none of which is accepted. */
  rejected: 1,
  accepted: 2,
  /** An array of objects or arrays: which of its elements counts depends on the other fields, too. */
  elements: 3,
} as const;

export type Found = (typeof found)[keyof typeof found];

/** Looks a field up in a record: all there is to do for records without arrays of objects, which are most. */
export function quickMatch(field: Field, node: unknown, from: number, look: Look): Found {
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
