import type { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { allowedHosts } from '../../../src/api/host-guard.js';
import { functionRoutes } from '../../../src/api/lambda/functions.js';
import { AsyncInvocations } from '../../../src/functions/async-invocations.js';
import type { InlineHandler } from '../../../src/functions/definition.js';
import { createFunctionSet, type FunctionSet } from '../../../src/functions/function-set.js';
import type { JournalEvent } from '../../../src/journal/events.js';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import type { Random } from '../../../src/platform/random.js';
import { definitionOf, type Wanted } from '../../functions/world.js';

export const place = { region: 'eu-west-1', account: '000000000000' };
export const arnOf = (name: string): string => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
export const collection = '/2015-03-31/functions';

/** A function whose code is given here. */
export function inline(handler: InlineHandler, wanted: Omit<Wanted, 'code'> = {}): Wanted {
  return { ...wanted, code: { kind: 'inline', handler } };
}

export interface FunctionsWorld {
  readonly functions: FunctionSet;
  readonly asyncInvocations: AsyncInvocations;
  readonly routes: Hono;
  readonly events: readonly JournalEvent[];
  /** Calls a path as an HTTP client would. */
  readonly call: (method: string, path: string, request?: RequestParts) => Promise<Answer>;
  /** Invoke of a function. */
  readonly invoke: (name: string, request?: RequestParts) => Promise<Answer>;
}

export interface RequestParts {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The routes of functions with what they need; closed when the test ends. Ids count up: `id-1`, `id-2`. */
export function functionsWorld(wanted: readonly Wanted[], clock: Clock = systemClock): FunctionsWorld {
  const events: JournalEvent[] = [];
  const journal = { write: (event: JournalEvent): void => void events.push(event) };
  let ids = 0;
  const random: Random = { next: () => 0.5, uuid: () => `id-${++ids}` };
  const functions = createFunctionSet({
    definitions: new Map(wanted.map(definitionOf).map((definition) => [definition.name, definition])),
    region: place.region,
    endpointVariables: {},
    clock,
    random,
    journal,
  });
  const asyncInvocations = new AsyncInvocations({ functions, clock, journal });
  onTestFinished(async () => {
    await asyncInvocations.close();
    await functions.close();
  });
  ids = 0;
  const routes = functionRoutes({ functions, asyncInvocations, place, journal, clock, random });
  const app = createApp({
    allowedHosts: allowedHosts('127.0.0.1', []),
    routes: [routes],
    defect: (error) => {
      throw error;
    },
    requestId: () => 'request',
  });
  const call: FunctionsWorld['call'] = async (method, path, { headers = {}, body } = {}) => {
    const init = { method, headers: { host: 'localhost', ...headers }, ...(body === undefined ? {} : { body }) };
    const answer = await app.request(path, init);
    return { status: answer.status, body: await answer.text(), headers: Object.fromEntries(answer.headers) };
  };
  const invoke: FunctionsWorld['invoke'] = (name, request) =>
    call('POST', `${collection}/${name}/invocations`, request);
  return { functions, asyncInvocations, routes, events, call, invoke };
}

/** The errors of the API, whole. */
export function errorAnswer(status: number, code: string, body: object, more: Record<string, string> = {}): Answer {
  return {
    status,
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': code,
      'x-amzn-requestid': 'request',
      ...more,
    },
  };
}
