import type { z } from 'zod';
import { problemsOf } from './fields.js';
import type { Problem } from './problem.js';
import { requestFields } from './request-fields.js';

interface ApiInput {
  /** What was sent, without what the API does not look at. */
  readonly input: unknown;
  readonly problems: readonly Problem[];
}

/** Reads the body of a request as AWS does: null is as good as absent, and unknown fields are ignored, at every depth. */
export function apiInput(schema: z.ZodType, body: unknown): ApiInput {
  const input = requestFields(body, schema);
  return { input, problems: problemsOf(schema, input) };
}
