import leven from 'leven';
import { z } from 'zod';
import type { Path, Problem } from './problem.js';

// Every text below completes a sentence that starts with the name of the field, and is built from the numbers that are checked.

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  const error =
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${min}`
      : `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number that need not be whole. */
export function quantity({ min, max }: { readonly min: number; readonly max: number }): z.ZodType<number> {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

export function flag(): z.ZodType<boolean> {
  return z.boolean({ error: 'must be true or false' });
}

export interface TextRules {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** What the text is, in words, for example `a Lambda function name (letters, digits, - and _)`. */
  readonly what: string;
}

export function text({ min = 1, max, pattern, what }: TextRules): z.ZodType<string> {
  const error = `must be ${what}, ${min} to ${max} characters long`;
  const schema = z.string({ error }).min(min, { error }).max(max, { error });
  return pattern === undefined ? schema : schema.regex(pattern, { error });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): z.ZodType<T[number]> {
  const error = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
  return z.enum(values, { error });
}

export function list<T>(item: z.ZodType<T>, max: number, min = 0): z.ZodType<readonly T[]> {
  const error = `must be a list of ${min === max ? min : `${min} to ${max}`} ${max === 1 ? 'entry' : 'entries'}`;
  return z.array(item, { error }).min(min, { error }).max(max, { error });
}

export function record<T>(key: z.ZodType<string>, value: z.ZodType<T>, what: string): z.ZodType<Record<string, T>> {
  return z.record(key as z.ZodString, value, { error: `must be ${what}` });
}

/** An object without unknown keys; a misspelt one is answered with the key that was probably meant. */
export function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known)).join('\n')
        : `must be an object with the keys ${known.join(', ')}`,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  return meant === undefined
    ? `is not a known setting; known here: ${known.join(', ')}`
    : `is not a known setting; did you mean ${meant}?`;
}

/** The candidate that `word` is probably a misspelling of. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: leven(lower, candidate.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Runs a schema and translates what it found. Paths start with `at`. */
export function problemsOf(schema: z.ZodType, input: unknown, at: Path = []): readonly Problem[] {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return [];
  const problems = result.error.issues.flatMap((issue) => translated(issue, at));
  const texts = new Set<string>();
  return problems.filter((problem) => {
    const text = JSON.stringify([problem.path, problem.message]);
    return !texts.has(text) && texts.add(text);
  });
}

function translated(issue: z.core.$ZodIssue, at: Path): readonly Problem[] {
  const path = [...at, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const texts = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: [...path, key], message: texts[index] ?? '', about: 'key' }));
  }
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? issue.message, about: 'key' }];
  if (issue.input === undefined) return [{ path, message: `is missing; it ${issue.message}` }];
  const problem = { path, message: issue.message, got: { value: issue.input } };
  return [issue.code === 'invalid_value' ? { ...problem, aws: enumError(path, issue) } : problem];
}

function enumError(path: Path, issue: z.core.$ZodIssueInvalidValue): NonNullable<Problem['aws']> {
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  const field = name.charAt(0).toLowerCase() + name.slice(1);
  const set = issue.values.map(String).join(', ');
  return {
    status: 400,
    code: 'ValidationException',
    message: `1 validation error detected: Value '${String(issue.input)}' at '${field}' failed to satisfy constraint: Member must satisfy enum value set: [${set}]`,
  };
}
