/** Something that the service model asks of a value of the right type, with the words that AWS has for it. */
export interface Constraint<in T> {
  readonly text: string;
  readonly holds: (value: T) => boolean;
}

type Constraints<T> = readonly Constraint<T>[];
type Sized = string | readonly unknown[] | Readonly<Record<string, unknown>>;

export function atLeast(min: number): Constraint<number> {
  return { text: `Member must have value greater than or equal to ${min}`, holds: (value) => value >= min };
}

export function atMost(max: number): Constraint<number> {
  return { text: `Member must have value less than or equal to ${max}`, holds: (value) => value <= max };
}

/** Of a text, a list, or the keys of a map. */
export function longEnough(min: number): Constraint<Sized> {
  return { text: `Member must have length greater than or equal to ${min}`, holds: (value) => sizeOf(value) >= min };
}

export function shortEnough(max: number): Constraint<Sized> {
  return { text: `Member must have length less than or equal to ${max}`, holds: (value) => sizeOf(value) <= max };
}

function sizeOf(value: Sized): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** No parameter may be longer: its length is refused then, and a pattern could take long to say the same. */
const longestText = 10_000;

/** `pattern` as AWS writes it; `regex` is what is asked of a text, which may be less. */
export function matching(pattern: string, regex: RegExp): Constraint<string> {
  return {
    text: `Member must satisfy regular expression pattern: ${pattern}`,
    holds: (value) => value.length > longestText || regex.test(value),
  };
}

export function inSet(values: readonly string[]): Constraint<string> {
  return {
    text: `Member must satisfy enum value set: [${values.join(', ')}]`,
    holds: (value) => values.includes(value),
  };
}

export function eachItem<T>(constraints: Constraints<T>): Constraint<readonly T[]> {
  return {
    text: `Member must satisfy constraint: [${textsOf(constraints)}]`,
    holds: (items) => Array.isArray(items) && items.every((item: T) => allHold(constraints, item)),
  };
}

export function eachKey(constraints: Constraints<string>): Constraint<Readonly<Record<string, unknown>>> {
  return {
    text: `Map keys must satisfy constraint: [${textsOf(constraints)}]`,
    holds: (map) => Object.keys(map).every((key) => allHold(constraints, key)),
  };
}

export function eachValue<T>(constraints: Constraints<T>): Constraint<Readonly<Record<string, T>>> {
  return {
    text: `Map value must satisfy constraint: [${textsOf(constraints)}]`,
    holds: (map) => Object.values(map).every((value) => allHold(constraints, value)),
  };
}

export function allHold<T>(constraints: Constraints<T>, value: T): boolean {
  return constraints.every(({ holds }) => holds(value));
}

function textsOf(constraints: Constraints<never>): string {
  return constraints.map(({ text }) => text).join(', ');
}
