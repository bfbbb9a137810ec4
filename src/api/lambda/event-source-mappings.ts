import { Hono } from 'hono';
import type { ControlPlane } from '../../control-plane/control-plane.js';
import { jsonBody } from './json-body.js';

const collection = '/2015-03-31/event-source-mappings';
const one = `${collection}/:uuid`;

/** Create, get, list, update and delete event source mappings, as the Lambda REST API does. */
export function eventSourceMappingRoutes(plane: ControlPlane): Hono {
  const routes = new Hono();
  routes.post(collection, async (c) => c.json(await plane.create(await jsonBody(c)), 202));
  routes.get(collection, (c) => c.json(plane.list(c.req.query())));
  routes.get(one, (c) => c.json(plane.get(c.req.param('uuid'))));
  routes.put(one, async (c) => c.json(await plane.update(c.req.param('uuid'), await jsonBody(c)), 202));
  routes.delete(one, async (c) => c.json(await plane.delete(c.req.param('uuid')), 202));
  return routes;
}
