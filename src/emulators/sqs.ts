import type { Server } from 'node:http';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { ensureQueues } from './ensure-queues.js';
import type { QueueSpec } from './queues.js';

/** A server that millrace has started itself, with SQS, SNS and S3. It keeps everything in memory. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Creates the queues that do not exist yet. */
  createQueues(queues: readonly QueueSpec[]): Promise<void>;
  /** Ends the server and every connection to it, long polls included. Doing it twice is fine. */
  close(): Promise<void>;
}

/** The part of the package that is used. */
export interface FauxqsModule {
  buildApp(options: { readonly logger: boolean }): FauxqsApp;
}

export interface FauxqsApp {
  readonly server: Pick<Server, 'closeAllConnections'>;
  /** Resolves with the address. */
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
  close(): Promise<unknown>;
}

export interface EmbeddedOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** How the optional package is loaded. */
  readonly load?: () => Promise<FauxqsModule>;
}

const packageName = 'fauxqs';
const packageVersion = '1.9.2';
/** Nobody but this machine. */
const loopback = '127.0.0.1';

/** Starts the server behind `endpoints: { sqs: embedded }`. */
export async function startEmbedded({ port = 0, load = loadPackage }: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const module = await loaded(load);
  const app = module.buildApp({ logger: false });
  const url = await listening(app, port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeApp(app));
  return { url, createQueues: (queues) => ensureQueues(url, queues), close, [Symbol.asyncDispose]: close };
}

function loadPackage(): Promise<FauxqsModule> {
  // Not a literal: the package is optional, and the compiler must not insist on it.
  return import(packageName) as Promise<FauxqsModule>;
}

async function loaded(load: () => Promise<FauxqsModule>): Promise<FauxqsModule> {
  try {
    return await load();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = isMissing ? '' : ` (${packageName} is there and cannot be loaded: ${messageOf(error)})`;
    throw new MillraceError(
      'EMULATOR_MISSING',
      `endpoints.sqs: embedded needs the optional package ${packageName}; install it with npm install ${packageName}@${packageVersion}${reason}`,
      { cause: error },
    );
  }
}

async function listening(app: FauxqsApp, port: number): Promise<string> {
  try {
    return await app.listen({ port, host: loopback });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new MillraceError(
      'PORT_TAKEN',
      `the embedded server cannot use port ${port}: it is taken; choose another one`,
      {
        cause: error,
      },
    );
  }
}

async function closeApp(app: FauxqsApp): Promise<void> {
  // `close` lets long polls end; connections that clients keep open for later would make it wait for them.
  const closing = app.close();
  app.server.closeAllConnections();
  await closing;
}
