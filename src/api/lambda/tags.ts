import { Hono } from 'hono';
import type { Tags } from '../../control-plane/tags.js';
import { jsonBody } from './json-body.js';

/** ARNs have colons, which clients may or may not encode. */
const resource = '/2017-03-31/tags/:arn{.+}';

/** List, set and remove tags, as the Lambda REST API does. */
export function tagRoutes(tags: Tags): Hono {
  const routes = new Hono();
  routes.get(resource, (c) => c.json({ Tags: tags.list(c.req.param('arn')) }));
  routes.post(resource, async (c) => {
    await tags.add(c.req.param('arn'), await jsonBody(c));
    return c.body(null, 204);
  });
  routes.delete(resource, async (c) => {
    await tags.remove(c.req.param('arn'), c.req.queries('tagKeys') ?? []);
    return c.body(null, 204);
  });
  return routes;
}
