import { Hono, type Context } from 'hono';
import type { FunctionDefinition } from '../../functions/definition.js';
import type { FunctionSet } from '../../functions/function-set.js';
import type { Place } from '../../mappings/arn.js';
import { awsError } from '../aws-error.js';
import { findFunction, type FoundFunction } from './find-function.js';
import {
  functionConfiguration,
  functionDescription,
  listedFunction,
  type DescribedFunction,
} from './function-configuration.js';
import { functionPage } from './function-list.js';
import { invoke, type InvokeServices } from './invoke.js';
import { Refusal } from './refusal.js';
import { unsupportedOperations, unsupportedText } from './unsupported-operations.js';

interface FunctionServices extends InvokeServices {
  readonly functions: Pick<FunctionSet, 'get' | 'list'>;
  readonly place: Place;
}

const collection = '/2015-03-31/functions';
const one = `${collection}/:name`;
const invocations = `${one}/invocations`;

/** List, get and invoke the configured functions, as the Lambda REST API does; what would change them is refused by name. */
export function functionRoutes(services: FunctionServices): Hono {
  const routes = new Hono({ strict: false });
  const describe = describing(services);
  const find = (c: Context): FoundFunction | Refusal => {
    const name = c.req.param('name') ?? '';
    return findFunction(services.functions.list(), { name, qualifier: c.req.query('Qualifier') }, services.place);
  };
  const show = (text: (described: DescribedFunction) => object) => (c: Context) => {
    const found = find(c);
    return found instanceof Refusal ? found.answer(c) : c.json(text(describe(found)));
  };
  routes.get(collection, (c) => {
    const page = functionPage(services.functions.list(), c.req.query());
    if (page instanceof Refusal) return page.answer(c);
    const { items, nextMarker } = page;
    const Functions = items.map((item) => listedFunction(describe(item)));
    return c.json({ ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }), Functions });
  });
  routes.get(one, show(functionDescription));
  routes.get(`${one}/configuration`, show(functionConfiguration));
  routes.post(invocations, (c) => invoke(c, () => find(c), services));
  refuseTheRest(routes);
  return routes;
}

/** What has changed since a definition was seen first is another definition. */
function describing({ functions, clock }: FunctionServices): (found: FoundFunction) => DescribedFunction {
  const seen = new WeakMap<FunctionDefinition, number>();
  const modifiedAt = (definition: FunctionDefinition): number => {
    const at = seen.get(definition) ?? clock.now();
    seen.set(definition, at);
    return at;
  };
  functions.list().forEach(modifiedAt);
  const here = { nodeVersion: process.versions.node, arch: process.arch };
  return ({ definition, qualifier }) => ({ definition, qualifier, modifiedAt: modifiedAt(definition), ...here });
}

const allowed: ReadonlyMap<string, string> = new Map([
  [collection, 'GET, HEAD'],
  [one, 'GET, HEAD'],
  [`${one}/configuration`, 'GET, HEAD'],
  [invocations, 'POST'],
]);

function refuseTheRest(routes: Hono): void {
  for (const { method, path, operation } of unsupportedOperations) {
    routes.on(method, path, (c) => awsError(c, 'InvalidParameterValueException', unsupportedText(operation)));
  }
  for (const path of new Set([...allowed.keys(), ...unsupportedOperations.map(({ path }) => path)])) {
    routes.all(path, (c) => {
      const methods = allowed.get(path) ?? '';
      c.header('Allow', methods);
      const advice = methods === '' ? '' : `; use ${methods}`;
      return awsError(c, 'MethodNotAllowedException', `${c.req.method} is not possible here${advice}`);
    });
  }
}
