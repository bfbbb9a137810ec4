import type { z } from 'zod';

/** Of the entries of one list or map. Who made more mistakes made one, and a request of megabytes must not take long. */
export const mostReported = 100;

/** What is wrong with the values of entries, as `zod` reports it. */
export function entryIssues(
  entries: Iterable<readonly [number | string, unknown]>,
  schema: z.ZodType,
): readonly z.core.$ZodRawIssue[] {
  const found: z.core.$ZodRawIssue[] = [];
  for (const [key, value] of entries) {
    const issues = schema.safeParse(value, { reportInput: true }).error?.issues ?? [];
    found.push(...issues.map((issue) => within(key, issue)));
    if (found.length >= mostReported) break;
  }
  return found;
}

function within(key: number | string, issue: z.core.$ZodIssue): z.core.$ZodRawIssue {
  return { ...issue, path: [key, ...issue.path] } as z.core.$ZodRawIssue;
}

/** What is wrong with names. */
export function keyIssues(names: readonly string[], schema: z.ZodType<string>): readonly z.core.$ZodRawIssue[] {
  const found: z.core.$ZodRawIssue[] = [];
  for (const name of names) {
    const { error } = schema.safeParse(name);
    if (error) found.push({ code: 'invalid_key', origin: 'record', issues: error.issues, input: name, path: [name] });
    if (found.length >= mostReported) break;
  }
  return found;
}
