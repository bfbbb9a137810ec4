import { isComparable } from './numbers.js';
import { anyOf, type Predicate } from './predicate.js';
import type { PatternField, ValueTest } from './pattern.js';

/** A way from an object of a record towards a field: an own name, and how many parts of the path it stands for. */
interface Step {
  readonly name: string;
  readonly parts: number;
}

/** A field, ready to be looked up in records. */
export interface Field {
  readonly path: string;
  readonly at: number;
  readonly tests: readonly ValueTest[];
  /** The path at its dots. */
  readonly parts: readonly string[];
  /** For each part the steps that lead on from there; undefined for paths so long that these would be too many. */
  readonly steps: readonly (readonly Step[])[] | undefined;
  readonly accepts: Predicate;
  /** Whether the field matches where there is no value (`exists: false`). */
  readonly acceptsAbsent: boolean;
  /** Whether the pattern has a number that JavaScript would round: numbers of records have to be known as they are written. */
  readonly comparesText: boolean;
}

/** Names of records may have dots in them, and then stand for several parts: the steps grow with the square of the parts. */
const mostPrepared = 32;

export function compileField({ path, at, tests }: PatternField): Field {
  const parts = path.split('.');
  const conditions = tests.map(({ condition }) => condition);
  return {
    path,
    at,
    tests,
    parts,
    steps: parts.length > mostPrepared ? undefined : parts.map((_part, from) => allSteps(parts.slice(from))),
    accepts: anyOf(conditions),
    acceptsAbsent: conditions.some((condition) => condition.kind === 'exists' && !condition.wanted),
    comparesText: conditions.some((condition) => condition.kind === 'number' && !isComparable(condition.text)),
  };
}

/** The steps that may lead on from an object at this part of the path. */
export function stepsFrom({ parts, steps }: Field, from: number, object: object): readonly Step[] {
  if (steps !== undefined) return steps[from] ?? [];
  const rest = parts.slice(from).join('.');
  return Object.keys(object)
    .filter((name) => rest.startsWith(name) && (rest.length === name.length || rest[name.length] === '.'))
    .map((name) => ({ name, parts: name.split('.').length }));
}

function allSteps(rest: readonly string[]): readonly Step[] {
  return rest.map((_part, index) => ({ name: rest.slice(0, index + 1).join('.'), parts: index + 1 }));
}

/** How many parts at the beginning of their paths two fields have in common. */
export function commonParts(a: Field, b: Field): number {
  const differs = a.parts.findIndex((part, index) => part !== b.parts[index]);
  return differs === -1 ? a.parts.length : differs;
}

/** The order of paths part by part, which keeps those together that begin with the same parts. */
export function compareParts(a: Field, b: Field): number {
  const at = commonParts(a, b);
  const [one, other] = [a.parts[at], b.parts[at]];
  if (one === undefined || other === undefined) return a.parts.length - b.parts.length;
  return one < other ? -1 : 1;
}
