import { isDeepStrictEqual } from 'node:util';
import type { FunctionDefinition } from './definition.js';

type Definitions = ReadonlyMap<string, FunctionDefinition>;

/**
 * Names of the functions that are not the same before and after: changed, added or removed. Handlers that are JavaScript
 * functions are the same only if they are identical: what they close over cannot be seen.
 */
export function changedFunctions(before: Definitions, after: Definitions): readonly string[] {
  const names = new Set([...after.keys(), ...before.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
}
