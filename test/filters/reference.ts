// A matcher that is slow and obvious, to compare the real one with: it lists every value of the record with its path and
// the array elements it lies in, and then tries all combinations of values. Patterns are given as data, not as text.

/** A field and the values that it accepts; `absent`: also matches where there is none. */
export interface ReferenceField {
  readonly path: string;
  readonly accepts: (leaf: unknown) => boolean;
  readonly absent: boolean;
}

interface Value {
  readonly path: string;
  readonly leaf: unknown;
  /** Which element of which array, for every array around it; scalars are not bound to the array they stand in. */
  readonly bound: ReadonlyMap<object, number>;
}

export function referenceMatches(fields: readonly ReferenceField[], record: unknown): boolean {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return false;
  const values: Value[] = [];
  collect(record, [], new Map(), values);
  const sorted = fields.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return satisfied(sorted, values, new Map());
}

function collect(node: unknown, path: readonly string[], bound: ReadonlyMap<object, number>, values: Value[]): void {
  if (Array.isArray(node)) {
    for (const [index, element] of node.entries()) {
      const isScalar = typeof element !== 'object' || element === null;
      collect(element, path, isScalar ? bound : new Map(bound).set(node, index), values);
    }
  } else if (typeof node === 'object' && node !== null) {
    for (const [name, value] of Object.entries(node)) collect(value, [...path, name], bound, values);
  } else {
    values.push({ path: path.join('.'), leaf: node, bound });
  }
}

function satisfied(
  [field, ...others]: readonly ReferenceField[],
  values: readonly Value[],
  bound: ReadonlyMap<object, number>,
): boolean {
  if (field === undefined) return true;
  const there = values.filter((value) => value.path === field.path && agrees(value.bound, bound));
  if (field.absent && there.length === 0 && satisfied(others, values, bound)) return true;
  return there.some(
    (value) => field.accepts(value.leaf) && satisfied(others, values, new Map([...bound, ...value.bound])),
  );
}

function agrees(one: ReadonlyMap<object, number>, other: ReadonlyMap<object, number>): boolean {
  return [...one].every(([array, index]) => (other.get(array) ?? index) === index);
}
