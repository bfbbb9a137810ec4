import { InexactNumber } from './numbers.js';

/** What a pattern compares: everything in a record but objects and arrays. */
export type Leaf = string | number | boolean | null | InexactNumber;

/** Values that JSON does not have (`undefined`, functions and the like) are neither leaf nor object: they are not there. */
export function isLeaf(node: unknown): node is Leaf {
  const type = typeof node;
  return type === 'string' || type === 'number' || type === 'boolean' || node === null || node instanceof InexactNumber;
}

export function isObject(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof InexactNumber);
}
