import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '../platform/clock.js';
import { ensureStreams } from './ensure-streams.js';
import { listenError, loadOptional } from './optional-package.js';
import type { StreamSpec } from './streams.js';

/** A Kinesis server that millrace has started itself. It keeps everything in memory. */
export interface EmbeddedKinesis extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Creates the streams that do not exist yet, and resolves when they can be read. */
  createStreams(streams: readonly StreamSpec[]): Promise<void>;
  /** Ends the server and every connection to it. Doing it twice is fine. */
  close(): Promise<void>;
}

/** The part of the package that is used: it makes a server, which does not listen yet. */
export interface KinesaliteModule {
  default(options: KinesaliteOptions): Server;
}

/** Without a path everything is kept in memory. Times in milliseconds. */
interface KinesaliteOptions {
  readonly createStreamMs: number;
  readonly deleteStreamMs: number;
  readonly updateStreamMs: number;
  /** Of all streams together. */
  readonly shardLimit: number;
}

interface EmbeddedKinesisOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** How the optional package is loaded. */
  readonly load?: () => Promise<KinesaliteModule>;
  readonly clock?: Clock;
}

const packageName = 'kinesalite';
const version = '3.3.3';
/** Nobody but this machine. */
const loopback = '127.0.0.1';
/** The service takes its time, which nobody waits for gladly, and allows 10 shards at first. */
const settings: KinesaliteOptions = { createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 100_000 };

/** Starts the server behind `endpoints: { kinesis: embedded }`. Throws a `MillraceError` of code `EMULATOR_MISSING` or `PORT_TAKEN`. */
export async function startEmbeddedKinesis({
  port = 0,
  load = loadPackage,
  clock = systemClock,
}: EmbeddedKinesisOptions = {}): Promise<EmbeddedKinesis> {
  const module = await loadOptional({ name: packageName, version, endpoint: 'kinesis' }, load);
  const server = module.default(settings);
  surviveBrokenRequests(server);
  const url = await listening(server, port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server));
  return { url, createStreams: (streams) => ensureStreams(url, streams, clock), close, [Symbol.asyncDispose]: close };
}

function loadPackage(): Promise<KinesaliteModule> {
  // Not a literal: the package is optional, and the compiler must not insist on it.
  return import(packageName) as Promise<KinesaliteModule>;
}

/** The package throws when a client goes away in the middle of its request: that would end this process. */
function surviveBrokenRequests(server: Server): void {
  // After the package's own listener, which has added the one that throws.
  server.on('request', (request) => request.removeAllListeners('error').on('error', () => {}));
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, port)));
    server.listen(port, loopback, () => {
      resolve(`http://${loopback}:${(server.address() as AddressInfo).port}`);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The package's own `close` goes on listening for a while: a connection made then would be waited for.
    Server.prototype.close.call(server, () => resolve());
    server.closeAllConnections();
  });
}
