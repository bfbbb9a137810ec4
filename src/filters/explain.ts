import type { CompiledFields } from './compiled-fields.js';
import { ElementSearch } from './element-search.js';
import { stepsFrom, type Field } from './field.js';
import { isLeaf, isObject, type Leaf } from './leaf.js';
import { Look } from './look.js';
import { InexactNumber } from './numbers.js';

/** Why a record matches or does not. */
export type Explanation =
  | { readonly matched: true }
  | {
      readonly matched: false;
      /** The path of the first field that did not match; not there when the record itself is the reason. */
      readonly field?: string;
      /** What the record has there, at most a few of many values. */
      readonly values?: readonly unknown[];
      /** The conditions of that field, any of which would have been enough, as they are written in the pattern. */
      readonly wanted?: readonly string[];
      /** All of it as a sentence for a person. */
      readonly because: string;
    };

export type Mismatch = Exclude<Explanation, { readonly matched: true }> & {
  /** The share of the fields that matched, 0 to 1: the pattern that was closest is the one to explain. */
  readonly closeness: number;
};

/** Of several patterns the one most of whose fields matched; the first of those. */
export function closest(mismatches: readonly Mismatch[]): Mismatch {
  return mismatches.reduce((best, each) => (each.closeness > best.closeness ? each : best));
}

/** Fields that were looked at: alternatives have most of theirs in common. */
export type MatchesAlone = Map<Field, boolean>;

const mostShown = 3;
const longestShown = 80;
/** Parts of a record beyond so many are not looked at: nobody reads so many values, and some lie in front. */
const mostLookedAt = 10_000;

/** Says why a record that these fields do not match is not matched: the first field, in the order of the pattern, without a fitting value. */
export function explainMismatch(fields: CompiledFields, record: unknown, known: MatchesAlone): Mismatch {
  const failing = fields.list.filter((_field, index) => !matchesAlone(fields, index, record, known));
  const closeness = 1 - failing.length / Math.max(1, fields.list.length);
  const first = failing.toSorted((a, b) => a.at - b.at)[0];
  if (first === undefined) return { matched: false, closeness, because: notTogether(fields) };
  const there = lookUp(first, record);
  const wanted = first.tests.map((test) => test.wanted);
  return {
    matched: false,
    field: first.path,
    values: there.leaves.slice(0, mostShown).map((leaf) => (leaf instanceof InexactNumber ? String(leaf) : leaf)),
    wanted,
    because: `${first.path} ${stateOf(there)} and the pattern wants ${wanted.join(' or ')}`,
    closeness,
  };
}

function matchesAlone(fields: CompiledFields, index: number, record: unknown, known: MatchesAlone): boolean {
  const field = fields.list[index] as Field;
  const matched = known.get(field) ?? new ElementSearch(fields, [index], record, new Look()).run();
  known.set(field, matched);
  return matched;
}

function notTogether({ list }: CompiledFields): string {
  const paths = list.map(({ path }) => path).join(', ');
  return `each of ${paths} has a value that the pattern wants, but not in the same elements of the record's arrays`;
}

interface There {
  readonly leaves: Leaf[];
  /** What is there instead of a value. */
  other: 'an object' | 'an empty array' | 'an array of objects' | undefined;
}

function lookUp(field: Field, record: unknown): There {
  const there: There = { leaves: [], other: undefined };
  const visits: { readonly node: unknown; readonly from: number }[] = [{ node: record, from: 0 }];
  let looks = 0;
  for (let visit = visits.pop(); visit !== undefined && looks < mostLookedAt; visit = visits.pop(), looks++) {
    const { node, from } = visit;
    const atEnd = from === field.parts.length;
    if (Array.isArray(node)) {
      if (atEnd && node.length === 0) there.other ??= 'an empty array';
      if (atEnd && node.some(isObject)) there.other ??= 'an array of objects';
      visits.push(
        ...node
          .slice(0, mostLookedAt)
          .map((element: unknown) => ({ node: element, from }))
          .toReversed(),
      );
    } else if (isObject(node)) {
      if (atEnd) there.other ??= 'an object';
      for (const { name, parts } of stepsFrom(field, from, node)) {
        if (Object.hasOwn(node, name)) visits.push({ node: node[name], from: from + parts });
      }
    } else if (atEnd && isLeaf(node)) {
      there.leaves.push(node);
    }
  }
  return there;
}

function stateOf({ leaves, other }: There): string {
  if (leaves.length === 0) return other === undefined ? 'is missing' : `is ${other}`;
  const shown = leaves.slice(0, mostShown).map(textOf).join(', ');
  return leaves.length > mostShown ? `is one of ${shown}, …` : `is ${shown}`;
}

function textOf(leaf: Leaf): string {
  const text = leaf instanceof InexactNumber ? String(leaf) : JSON.stringify(leaf);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
