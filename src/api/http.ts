import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { MillraceError, messageOf } from '../platform/millrace-error.js';
import { createApp } from './app.js';
import { healthRoutes, type Health } from './health.js';
import { allowedHosts } from './host-guard.js';

export interface HttpOptions {
  /** The address to bind; 127.0.0.1 unless the user says otherwise. */
  readonly host: string;
  readonly port: number;
  /** The user named the port: another one would not do. */
  readonly explicitPort: boolean;
  /** Further names that the `Host` and `Origin` of a request may have. */
  readonly allowHosts: readonly string[];
  readonly health: () => Health;
  /** Further parts of the API. */
  readonly routes?: readonly Hono[];
  readonly clock: Clock;
  readonly random: Random;
  /** Told when answering a request failed for a reason of ours. */
  readonly defect?: (error: Error) => void;
}

export interface HttpPort {
  readonly url: string;
  /** The port in use, which is another than asked for when that one was taken. */
  readonly port: number;
  /** Stops listening at once; answers that are being given get a moment to finish. */
  close(): Promise<void>;
}

const portsToTry = 20;
const lastPort = 65_535;
const closeGraceMs = 200;

/** Opens the HTTP port. A taken port is replaced by the next free one, unless the user named it. */
export async function startHttp(options: HttpOptions): Promise<HttpPort> {
  const { host, clock, health, routes = [], defect = () => {} } = options;
  const app = createApp({
    allowedHosts: allowedHosts(host, options.allowHosts),
    routes: [healthRoutes(health), ...routes],
    defect,
    requestId: () => options.random.uuid(),
  });
  // The request and response of this process stay as they are: handlers of the library's user run here as well.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => {
    listener(request, response).catch(defect);
  });
  const port = await listenSomewhere(server, options);
  server.on('error', defect);
  let closed: Promise<void> | undefined;
  return { url: `http://${urlHost(host)}:${port}`, port, close: () => (closed ??= close(server, clock)) };
}

async function listenSomewhere(server: Server, { host, port, explicitPort }: HttpOptions): Promise<number> {
  const last = explicitPort || port === 0 ? port : Math.min(lastPort, port + portsToTry - 1);
  for (let candidate = port; candidate <= last; candidate++) {
    try {
      return await listen(server, host, candidate);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cannotBind(host, error);
      if (explicitPort) throw portTaken(port, code, error);
    }
  }
  throw new MillraceError(
    'PORT_TAKEN',
    `ports ${port} to ${last} are all in use. Stop what uses them, or name a free one with --port (0: any free port).`,
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.off('listening', opened);
      reject(error);
    };
    const opened = (): void => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    };
    server.once('error', failed).once('listening', opened).listen(port, host);
  });
}

function portTaken(port: number, code: string, cause: unknown): MillraceError {
  const problem = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another program';
  const advice = 'Stop that program, name another port with --port, or leave --port out to get the next free one';
  return new MillraceError('PORT_TAKEN', `port ${port} ${problem}. ${advice}.`, { cause });
}

function cannotBind(host: string, cause: unknown): MillraceError {
  return new MillraceError(
    'CONFIGURATION_INVALID',
    `--host ${host}: cannot listen there (${messageOf(cause)}). Give an address of this machine, such as 127.0.0.1 or 0.0.0.0.`,
    { cause },
  );
}

/** Idle keep-alive connections end with `close`; those in use, and feeds that would never end, after a moment. */
async function close(server: Server, clock: Clock): Promise<void> {
  const cancel = clock.after(closeGraceMs, () => server.closeAllConnections());
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  cancel();
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
