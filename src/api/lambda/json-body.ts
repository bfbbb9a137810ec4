import type { Context } from 'hono';
import { ApiFailure } from '../../control-plane/api-failure.js';

/** The largest request that Lambda takes. */
const largestRequestBytes = 6 * 1024 * 1024;

/** The body of a request as JSON; an empty one stands for no parameters. Rejects with an `ApiFailure` for what is no JSON. */
export async function jsonBody(c: Context): Promise<unknown> {
  if (Number(c.req.header('content-length') ?? 0) > largestRequestBytes) {
    throw new ApiFailure('RequestTooLargeException', `Request must be smaller than ${largestRequestBytes} bytes.`);
  }
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiFailure('SerializationException', 'The request body is not valid JSON.');
  }
}
