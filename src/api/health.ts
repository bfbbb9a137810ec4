import { Hono } from 'hono';
import { awsError } from './aws-error.js';

export interface Health {
  readonly mappings: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  readonly functions: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
}

/** `GET /health`: that the runtime answers, and what each of its parts is doing. */
export function healthRoutes(health: () => Health): Hono {
  const routes = new Hono();
  routes.get('/health', (c) => {
    const { mappings, functions } = health();
    return c.json({ status: 'ok', mappings: mappings.map(summary), functions: functions.map(summary) });
  });
  routes.all('/health', (c) => {
    c.header('Allow', 'GET, HEAD');
    return awsError(c, 'MethodNotAllowedException', `${c.req.method} is not possible here; use GET`);
  });
  return routes;
}

/** Callers may hand over whole status rows; only these fields are part of the answer. */
function summary({ name, state, reason }: Health['mappings'][number]): Health['mappings'][number] {
  return { name, state, reason };
}
