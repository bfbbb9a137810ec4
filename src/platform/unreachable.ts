/** Ends a `switch` over a closed union: a forgotten case is a compile error here. */
export function unreachable(value: never): never {
  throw new Error(`unhandled variant ${JSON.stringify(value)}`);
}
