import { Hono } from 'hono';
import type { MappingProgress } from '../readers/status/progress.js';

/** `GET /status`: how far every mapping has come, for `millrace status` in another terminal. */
export function statusRoutes(progress: () => readonly MappingProgress[]): Hono {
  const routes = new Hono();
  routes.get('/status', (c) => c.json(progress()));
  return routes;
}
