import type { Server } from 'node:http';
import type { TopicSpec } from './destinations.js';
import { ensureBuckets } from './ensure-buckets.js';
import { ensureQueues } from './ensure-queues.js';
import { ensureTopics } from './ensure-topics.js';
import { listenError, loadOptional } from './optional-package.js';
import type { QueueSpec } from './queues.js';

/** A server that millrace has started itself, with SQS, SNS and S3. It keeps everything in memory. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Creates the queues that do not exist yet. */
  createQueues(queues: readonly QueueSpec[]): Promise<void>;
  /**
   * Creates the topics that do not exist yet. Rejects with a `MillraceError` of code `CONFIGURATION_INVALID` for an ARN
   * of an account that the server does not have.
   */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Creates the buckets that do not exist yet. */
  createBuckets(names: readonly string[]): Promise<void>;
  /** Ends the server and every connection to it, long polls included. Doing it twice is fine. */
  close(): Promise<void>;
}

/** The part of the package that is used. */
export interface FauxqsModule {
  buildApp(options: { readonly logger: boolean }): FauxqsApp;
}

interface FauxqsApp {
  readonly server: Pick<Server, 'closeAllConnections'>;
  /** Resolves with the address. */
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
  close(): Promise<unknown>;
}

interface EmbeddedOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** The key of `endpoints` that asks for the server, for errors. Default `sqs`. */
  readonly endpoint?: 'sqs' | 'sns' | 's3';
  /** How the optional package is loaded. */
  readonly load?: () => Promise<FauxqsModule>;
}

const packageName = 'fauxqs';
const version = '1.9.2';
/** Nobody but this machine. */
const loopback = '127.0.0.1';

/**
 * Starts the server behind `endpoints: { sqs: embedded }`, and the same for `sns` and `s3`. Throws a `MillraceError` of
 * code `EMULATOR_MISSING` or `PORT_TAKEN`.
 */
export async function startEmbedded({
  port = 0,
  endpoint = 'sqs',
  load = loadPackage,
}: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const module = await loadOptional({ name: packageName, version, endpoint }, load);
  const app = module.buildApp({ logger: false });
  const url = await listening(app, port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeApp(app));
  return {
    url,
    createQueues: (queues) => ensureQueues(url, queues),
    createTopics: (topics) => ensureTopics(url, topics),
    createBuckets: (names) => ensureBuckets(url, names),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function loadPackage(): Promise<FauxqsModule> {
  // Not a literal: the package is optional, and the compiler must not insist on it.
  return import(packageName) as Promise<FauxqsModule>;
}

async function listening(app: FauxqsApp, port: number): Promise<string> {
  try {
    return await app.listen({ port, host: loopback });
  } catch (error) {
    await app.close();
    throw listenError(error, port);
  }
}

async function closeApp(app: FauxqsApp): Promise<void> {
  // `close` lets long polls end; connections that clients keep open for later would make it wait for them.
  const closing = app.close();
  app.server.closeAllConnections();
  await closing;
}
