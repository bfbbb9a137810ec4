import type { z } from 'zod';
import { frontDoor, type Refusal } from './front-door.js';
import type { Path, Problem } from './problem.js';

/** Runs a schema and translates what it found. Paths start with `at`; how AWS refuses it does not depend on that. */
export function problemsOf(schema: z.ZodType, input: unknown, at: Path = []): readonly Problem[] {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return [];
  const refusal = frontDoor(schema, input);
  const problems = result.error.issues.flatMap((issue) => translated(issue, at, refusal));
  const texts = new Set<string>();
  return problems.filter((problem) => {
    const text = JSON.stringify([problem.path, problem.message]);
    return !texts.has(text) && texts.add(text);
  });
}

function translated(issue: z.core.$ZodIssue, at: Path, refusal: (path: Path) => Refusal): readonly Problem[] {
  const where = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const path = [...at, ...where];
  if (issue.code === 'unrecognized_keys') {
    // There is a line for each key that is told of: thousands of them would be told of by none.
    const texts = issue.message.split('\n');
    return texts.map((message, index) => ({ path: [...path, issue.keys[index] ?? ''], message, about: 'unknown-key' }));
  }
  const aws = refusal(where);
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues[0]?.message ?? issue.message, about: 'key', ...aws }];
  }
  if (issue.input === undefined) return [{ path, message: `is missing; it ${issue.message}`, ...aws }];
  return [{ path, message: issue.message, got: { value: issue.input }, ...aws }];
}
