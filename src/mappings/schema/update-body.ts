import { apiInput } from './api-input.js';
import { failed, type Parsed } from './problem.js';
import { updateSchema } from './request-schema.js';
import type { UpdateInput } from '../updated-request.js';

/** Reads the body of an UpdateEventSourceMapping request. */
export function readUpdate(body: unknown): Parsed<UpdateInput> {
  const { input, problems } = apiInput(updateSchema, body);
  return problems.length > 0 ? failed(...problems) : { ok: true, value: input as UpdateInput };
}
