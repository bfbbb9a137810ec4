import leven from 'leven';
import { z } from 'zod';
import {
  atLeast,
  atMost,
  allHold,
  eachItem,
  eachKey,
  eachValue,
  inSet,
  longEnough,
  matching,
  shortEnough,
  type Constraint,
} from './constraint.js';
import { entryIssues, keyIssues, mostReported } from './entry-issues.js';
import { constraintsOf, withModel, type ScalarType } from './field-model.js';

export { problemsOf } from './schema-problems.js';

// Every text below completes a sentence that starts with the name of the field, and is built from the numbers that are checked.

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  const error = isOpen ? `must be a whole number of at least ${min}` : `must be a whole number from ${min} to ${max}`;
  return constrained(z.int({ error }), 'Integer', isOpen ? [atLeast(min)] : [atMost(max), atLeast(min)], () => error);
}

/** A number that need not be whole. */
export function quantity({ min, max }: { readonly min: number; readonly max: number }): z.ZodType<number> {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

export function flag(): z.ZodType<boolean> {
  return constrained(z.boolean({ error: 'must be true or false' }), 'Boolean', [], () => '');
}

interface TextRules {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** The pattern as AWS writes it. */
  readonly aws?: string;
  /** What the text is, in words, for example `a Lambda function name (letters, digits, - and _)`. */
  readonly what: string;
  /** What to say of a text that does not match, where there is more to say than what it should be. */
  readonly refused?: (given: string) => string;
}

export function text({ min = 1, max, pattern, aws, what, refused }: TextRules): z.ZodType<string> {
  const error = `must be ${what}, ${min} to ${max} characters long`;
  const form = pattern === undefined ? [] : [matching(aws ?? pattern.source, pattern)];
  const length = [shortEnough(max), longEnough(min)];
  const explain = (given: string): string => (refused !== undefined && allHold(length, given) ? refused(given) : error);
  return constrained(z.string({ error }), 'String', [...length, ...form], explain);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): z.ZodType<T[number]> {
  const error = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
  return withModel(z.enum(values, { error }), { kind: 'scalar', type: 'String', constraints: [inSet(values)] });
}

function constrained<T>(
  schema: z.ZodType<T>,
  type: ScalarType,
  constraints: readonly Constraint<T>[],
  explain: (value: T) => string,
): z.ZodType<T> {
  const checked = schema.refine((value) => allHold(constraints, value), {
    error: ({ input }) => explain(input as T),
  });
  return withModel(checked, { kind: 'scalar', type, constraints });
}

export function list<T>(item: z.ZodType<T>, max: number, min = 0): z.ZodType<readonly T[]> {
  const error = `must be a list of ${min === max ? min : `${min} to ${max}`} ${max === 1 ? 'entry' : 'entries'}`;
  const length = [shortEnough(max), longEnough(min)];
  const schema = z.array(z.unknown(), { error }).check(({ value, issues }) => {
    if (allHold(length, value)) issues.push(...entryIssues(value.entries(), item));
    else issues.push({ code: 'custom', message: error, input: value, path: [] });
  }) as unknown as z.ZodType<readonly T[]>;
  const ofItems = constraintsOf(item);
  const constraints = ofItems.length === 0 ? length : [...length, eachItem(ofItems)];
  return withModel(schema, { kind: 'list', item, constraints });
}

interface Size {
  readonly min: number;
  readonly max: number;
}

const anySize: Size = { min: 0, max: Number.POSITIVE_INFINITY };

export function record<T>(
  key: z.ZodType<string>,
  value: z.ZodType<T>,
  what: string,
  size = anySize,
): z.ZodType<Record<string, T>> {
  const length = size === anySize ? [] : [shortEnough(size.max), longEnough(size.min)];
  const sizeError = `must have ${size.min} to ${size.max} entries`;
  const schema = z.custom<Record<string, T>>(isPlainObject, { error: `must be ${what}` });
  const checked = schema.check(({ value: entries, issues }) => {
    if (allHold(length, entries)) {
      issues.push(...keyIssues(Object.keys(entries), key), ...entryIssues(Object.entries(entries), value));
    } else issues.push({ code: 'custom', message: sizeError, input: entries, path: [] });
  });
  const [ofKeys, ofValues] = [constraintsOf(key), constraintsOf(value)];
  const constraints = [
    ...length,
    ...(ofKeys.length === 0 ? [] : [eachKey(ofKeys as readonly Constraint<string>[])]),
    ...(ofValues.length === 0 ? [] : [eachValue(ofValues)]),
  ];
  return withModel(checked, { kind: 'map', value, constraints });
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** An object without unknown keys; a misspelt one is answered with the key that was probably meant. */
export function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const schema = z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, mostReported)
            .map((key) => unknownKey(key, known))
            .join('\n')
        : `must be an object with the keys ${known.join(', ')}`,
  });
  return withModel(schema, { kind: 'structure', members: shape });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  return meant === undefined
    ? `is not a known setting; known here: ${known.join(', ')}`
    : `is not a known setting; did you mean ${meant}?`;
}

/** Longer than any name: nobody misspells one by so much. */
const longestWord = 300;

/** The candidate that `word` is probably a misspelling of. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const lower = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: leven(lower, candidate.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}
