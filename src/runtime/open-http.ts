import { hostname } from 'node:os';
import type { Hono } from 'hono';
import type { HttpPort } from '../api/http.js';
import type { Rewind } from '../api/rewind.js';
import type { MappingControl } from '../control-plane/mapping-control.js';
import { AsyncInvocations } from '../functions/async-invocations.js';
import type { FunctionSet } from '../functions/function-set.js';
import type { JournalWriter } from '../journal/journal.js';
import { progressOf } from '../readers/status/progress.js';
import type { StatusBoard } from '../readers/status/status.js';
import { systemClock } from '../platform/clock.js';
import type { Closers } from '../platform/closers.js';
import { systemRandom } from '../platform/random.js';
import type { HttpSettings } from './runtime-options.js';

export interface HttpServices {
  readonly board: StatusBoard;
  readonly journal: JournalWriter;
  readonly mappings: MappingControl;
  readonly functions: FunctionSet;
  readonly rewind: Rewind;
}

/** Opens the HTTP port of a runtime. Loaded when a port is asked for, and after the pollers: they must not wait for it. */
export async function openHttp(settings: HttpSettings, parts: HttpServices, closers: Closers): Promise<HttpPort> {
  const { board } = parts;
  const { startHttp } = await import('../api/http.js');
  const health = () => ({ mappings: board.mappings(), functions: board.functions() });
  const routes = await routesOf(parts, closers);
  const defect = (error: Error): void => {
    const because = `a request over HTTP met a defect of millrace: ${error.stack ?? error.message}`;
    parts.journal.write({ type: 'notice', level: 'warn', because });
  };
  const port = await startHttp({ ...settings, clock: systemClock, random: systemRandom, health, routes, defect });
  closers.add(() => port.close());
  return port;
}

async function routesOf(
  { board, journal, mappings, functions, rewind }: HttpServices,
  closers: Closers,
): Promise<readonly Hono[]> {
  const { rewindRoutes } = await import('../api/rewind.js');
  const { eventSourceMappingRoutes } = await import('../api/lambda/event-source-mappings.js');
  const { functionRoutes } = await import('../api/lambda/functions.js');
  const { tagRoutes } = await import('../api/lambda/tags.js');
  const { metricsRoutes } = await import('../api/metrics.js');
  const { statusRoutes } = await import('../api/status.js');
  const parts = { clock: systemClock, journal, functions };
  const asyncInvocations = new AsyncInvocations(parts);
  closers.add(() => asyncInvocations.close());
  const measured = () => {
    const asked = mappings.registry.measured();
    return board.mappings().filter(({ uuid }) => asked.has(uuid));
  };
  return [
    rewindRoutes(rewind),
    eventSourceMappingRoutes(mappings.api),
    functionRoutes({ ...parts, random: systemRandom, asyncInvocations, place: mappings.place }),
    tagRoutes(mappings.tags),
    metricsRoutes(measured),
    statusRoutes(() => progressOf(board.mappings(), `${hostname()}-${process.pid}`)),
  ];
}
