import { Hono } from 'hono';
import { z } from 'zod';
import { MillraceError } from '../platform/millrace-error.js';
import { awsError } from './aws-error.js';

/** Sets where a mapping goes on; rejects with a `MillraceError` that says why it cannot. */
export type Rewind = (mapping: string, to: string) => Promise<readonly string[]>;

const body = z.strictObject({ mapping: z.string().min(1), to: z.string().min(1) });

/** `POST /rewind` with `{ mapping, to }`: for `millrace rewind` in another terminal. Answers with a line for each shard. */
export function rewindRoutes(rewind: Rewind): Hono {
  const routes = new Hono();
  routes.post('/rewind', async (c) => {
    const given = body.safeParse(await c.req.json().catch(() => undefined));
    if (!given.success) {
      const message = 'the body must be {"mapping": "<name or UUID>", "to": "TRIM_HORIZON | LATEST | <time>"}';
      return awsError(c, 'InvalidParameterValueException', message);
    }
    try {
      return c.json({ shards: await rewind(given.data.mapping, given.data.to) });
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return awsError(c, 'ResourceConflictException', error.message);
    }
  });
  return routes;
}
