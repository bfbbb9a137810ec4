import path from 'node:path';
import type { HttpPort } from '../api/http.js';
import type { Rewind } from '../api/rewind.js';
import type { Service } from '../contracts/services.js';
import type { Configuration } from '../config/configuration.js';
import type { ConfigurationInput } from '../config/input.js';
import { loadInput } from '../config/load.js';
import { endpointVariables, idleServers, resolveEndpoints } from '../config/resolve-endpoints.js';
import type { MappingControl } from '../control-plane/mapping-control.js';
import type { MappingRegistry } from '../control-plane/mapping-registry.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { untilIdle } from '../delivery/idle.js';
import { createFunctionSet, type FunctionSet } from '../functions/function-set.js';
import { JournalMemory } from '../readers/invocations.js';
import { Journal, type JournalWriter } from '../journal/journal.js';
import { StatusBoard, type MappingStatus } from '../readers/status/status.js';
import { isoTime, systemClock } from '../platform/clock.js';
import { Closers } from '../platform/closers.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { systemRandom } from '../platform/random.js';
import { MillraceError } from '../platform/millrace-error.js';
import type { HttpServices } from './open-http.js';
import { openControlPlane } from './open-control-plane.js';
import { LazyCheckpoints, openCheckpointStore, openState } from './open-state.js';
import type { Addressing } from './reach.js';
import { rewind } from './rewind.js';
import { parseRewindTarget, rewoundLines } from './rewind-target.js';
import type { RunOptions, StartOptions } from './runtime-options.js';
import { sendTo, type OutgoingRecord } from './send-records.js';
import { startEmulators, type Emulators } from './start-emulators.js';
import type { StateFolder } from '../state/state-folder.js';
import { noStoredMappings, StoredMappings } from '../state/stored-mappings.js';
import { withStored } from './with-stored.js';

export interface IdleWait {
  /** How long every source must have been drained, in seconds. Default 2. */
  readonly seconds?: number;
  /** How long a source may stay unusable in a row before waiting is given up, in seconds. Default 30. */
  readonly timeoutSeconds?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A running millrace: pollers, functions, journal. */
export interface Runtime extends AsyncDisposable {
  /** What happened, for assertions: the newest 10,000 invocations, oldest first. */
  readonly journal: JournalMemory;
  /** Addresses of the servers that were started for `embedded`, by service: `{ sqs: 'http://127.0.0.1:…' }`. */
  readonly endpoints: Readonly<Partial<Record<Service, string>>>;
  /** Address of the HTTP port, when one was asked for. */
  readonly url: string | undefined;
  /** State, reason and counters of every mapping. */
  status(): readonly MappingStatus[];
  /**
   * Resolves when every enabled mapping's source is drained (nothing visible, hidden or delayed) and nothing is in
   * hand. Rejects with a `MillraceError` of code `SOURCE_UNAVAILABLE` when a source stays unusable for too long.
   */
  idle(wait?: IdleWait): Promise<void>;
  /**
   * Puts messages into the queue of a mapping (its name, UUID, or the beginning of one) and resolves with their ids.
   * Messages of FIFO queues need a `group`. Rejects with a `MillraceError` of code `NOT_FOUND` or `SOURCE_UNAVAILABLE`.
   */
  send(mapping: string, messages: readonly (string | OutgoingRecord)[]): Promise<readonly string[]>;
  /**
   * Sets where a stream mapping that is not enabled goes on, as `millrace rewind` does. `to`: `TRIM_HORIZON`, `LATEST`, an
   * ISO time, or seconds since the epoch. Resolves with a line for each shard; rejects with a `MillraceError`.
   */
  rewind(mapping: string, to: string): Promise<readonly string[]>;
  /**
   * Receives nothing more, lets running invocations finish, gives back what no handler has seen, and closes
   * everything. Waits for the receive in flight: up to 2 s, and up to 20 s on AWS. May be called twice.
   */
  stop(): Promise<void>;
}

/** A runtime as the commands hold it. */
export interface CommandRuntime extends Runtime {
  readonly board: StatusBoard;
  /** How long a stop may have to wait for receives in flight. */
  readonly longestReceiveMs: number;
  /** What else there is to tell goes into the same journal. */
  readonly writer: JournalWriter;
  /** Goes over to another configuration; what is the same in both goes on undisturbed. */
  reload(configuration: Configuration): Promise<void>;
  /** Ends handlers at once; nothing is settled any more. */
  kill(): void;
}

/**
 * Starts the event source mappings of a configuration and resolves when their pollers have begun; a source that cannot
 * be used yet is a state of its mapping (`status()`), not an error.
 *
 * Throws a `MillraceError`: `CONFIGURATION_INVALID` with every problem of the configuration, `EMULATOR_MISSING`,
 * `STATE_LOCKED`, `PORT_TAKEN`.
 *
 * @example
 * await using runtime = await startRuntime({
 *   functions: { orders: { handler: async (event) => console.log(event.Records.length) } },
 *   mappings: [{ FunctionName: 'orders', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' }],
 *   endpoints: { sqs: 'http://localhost:9324' },
 * });
 * await runtime.idle();
 * runtime.journal.invocations('orders');
 */
export async function startRuntime(configuration: ConfigurationInput, options: StartOptions = {}): Promise<Runtime> {
  const { root = process.cwd(), ...rest } = options;
  return runConfiguration(await loadInput(configuration, { root: path.resolve(root) }), { ...rest, remember: true });
}

/** As `startRuntime`, for a configuration that has been checked already. */
export async function runConfiguration(
  configuration: Configuration,
  options: RunOptions = {},
): Promise<CommandRuntime> {
  const closers = new Closers();
  try {
    return await open(configuration, options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(first: Configuration, options: RunOptions, closers: Closers): Promise<CommandRuntime> {
  const { env = process.env } = options;
  const recording = await openRecording(first, options, closers);
  const { journal, board, state } = recording;
  const store = state === undefined ? noStoredMappings : new StoredMappings(state.path);
  const stored = await store.all();
  const servers = await openServers(first, { env, stored, journal }, closers);
  const functions = openFunctions(first, { ...options, embedded: servers.addresses, journal }, closers);

  let configuration = first;
  const place = (): Addressing => ({ configuration, env, embedded: servers.addresses });
  // Before anything is polled: who sees that in one terminal may send from another.
  const running = { startedAt: isoTime(systemClock.now()), endpoints: servers.addresses };
  await state?.writeRunning(running);
  const checkpoints = new LazyCheckpoints(() => openCheckpointStore(place(), state?.path));
  closers.add(() => checkpoints.close());
  const mappings = openControlPlane({
    place,
    functions,
    shortPolls: options.shortPolls ?? false,
    checkpoints: () => checkpoints.get(),
    journal,
    board,
    clock: systemClock,
    random: systemRandom,
    batchId: batchIds(),
    store,
    prepare: (mapping) => servers.prepare({ ...configuration, mappings: [mapping] }),
  });
  closers.add(() => mappings.stop());
  await mappings.file.begin(first.mappings, stored);

  const rewindTo: Rewind = (name, to) => rewindMapping(mappings.registry, { name, to }, place(), checkpoints);
  const http = await openPort(options, { board, journal, mappings, functions, rewind: rewindTo }, closers);
  if (http !== undefined) await state?.writeRunning({ ...running, port: http.port });
  const reload = async (next: Configuration): Promise<void> => {
    const before = configuration;
    resolveEndpoints(next, env); // refuses what a start would refuse
    await servers.prepare(next);
    await functions.reconfigure(next.functions);
    configuration = next;
    mappings.notify(next.notices.filter((notice) => !before.notices.includes(notice)));
    await mappings.file.reload(next.mappings);
  };
  return runtimeOf({ recording, servers, http, functions, mappings, place, rewind: rewindTo, reload }, closers);
}

/** The journal, and those who read it from its first entry on. */
interface Recording {
  readonly journal: Journal;
  readonly board: StatusBoard;
  readonly memory: JournalMemory;
  /** Undefined: everything stays in memory. */
  readonly state: StateFolder | undefined;
}

async function openRecording(
  configuration: Configuration,
  { remember = false, attach }: RunOptions,
  closers: Closers,
): Promise<Recording> {
  const journal = new Journal(systemClock);
  const state = await openState(configuration, journal, closers);
  const board = new StatusBoard([]);
  const memory = new JournalMemory();
  journal.subscribe(board.read);
  if (remember) journal.subscribe(memory.read);
  for (const reader of attach?.(board, journal) ?? []) journal.subscribe(reader);
  return { journal, board, memory, state };
}

/** Starts the embedded servers, and says where everything is looked for. */
async function openServers(
  configuration: Configuration,
  {
    env,
    stored,
    journal,
  }: Pick<Addressing, 'env'> & { readonly stored: readonly MappingRecord[]; readonly journal: Journal },
  closers: Closers,
): Promise<Emulators> {
  const addresses = resolveEndpoints(configuration, env);
  const emulators = await startEmulators(withStored(configuration, stored, env), closers);
  const embedded = emulators.addresses;
  for (const because of configuration.notices) journal.write({ type: 'notice', level: 'warn', because });
  for (const { line, target, service } of [...addresses, ...idleServers(configuration, addresses, embedded)]) {
    const address = embedded[service];
    const because =
      target === 'embedded' && address !== undefined ? line.replace('embedded', `embedded at ${address}`) : line;
    journal.write({ type: 'notice', level: target === 'AWS' ? 'warn' : 'info', because });
  }
  return emulators;
}

function openFunctions(
  configuration: Configuration,
  { watch = false, inspect, embedded, journal }: RunOptions & Pick<Addressing, 'embedded'> & Pick<Recording, 'journal'>,
  closers: Closers,
): FunctionSet {
  const functions = createFunctionSet({
    definitions: configuration.functions,
    region: configuration.region,
    endpointVariables: endpointVariables(configuration, embedded),
    clock: systemClock,
    random: systemRandom,
    journal,
    watch,
    ...(inspect === undefined ? {} : { inspect }),
  });
  closers.add(() => functions.close());
  return functions;
}

/** Names of batches, which no other run has. */
function batchIds(): () => string {
  const run = systemRandom.uuid().slice(0, 6);
  let batches = 0;
  return () => `b-${run}-${++batches}`;
}

async function rewindMapping(
  registry: MappingRegistry,
  { name, to }: { readonly name: string; readonly to: string },
  place: Addressing,
  checkpoints: LazyCheckpoints,
): Promise<readonly string[]> {
  const mapping = registry.named(name);
  if (registry.isDelivering(mapping.uuid)) {
    throw new MillraceError(
      'STATE_LOCKED',
      `mapping ${mapping.name} is running; stop millrace, or set Enabled to false`,
    );
  }
  const target = parseRewindTarget(to, systemClock.now());
  return rewoundLines(await rewind(mapping, target, place, await checkpoints.get()));
}

interface Opened {
  readonly recording: Recording;
  readonly servers: Emulators;
  readonly http: HttpPort | undefined;
  readonly functions: FunctionSet;
  readonly mappings: MappingControl;
  readonly place: () => Addressing;
  readonly rewind: Rewind;
  readonly reload: (configuration: Configuration) => Promise<void>;
}

function runtimeOf(
  { recording, servers, http, functions, mappings, ...rest }: Opened,
  closers: Closers,
): CommandRuntime {
  const { board, memory, journal } = recording;
  const life = new Lifecycle({ close: () => closers.close() });
  const stop = (): Promise<void> => life.stop();
  return {
    journal: memory,
    board,
    endpoints: servers.addresses,
    url: http?.url,
    status: () => board.mappings(),
    idle: ({ seconds = 2, timeoutSeconds = 30, signal } = {}) =>
      untilIdle(() => mappings.registry.awaited(), {
        clock: systemClock,
        quietMs: seconds * 1_000,
        timeoutMs: timeoutSeconds * 1_000,
        ...(signal === undefined ? {} : { signal }),
      }),
    rewind: rest.rewind,
    send: async (mapping, messages) =>
      sendTo(
        mappings.registry.named(mapping),
        messages.map((message) => (typeof message === 'string' ? { body: message } : message)),
        rest.place(),
      ),
    reload: rest.reload,
    writer: journal,
    stop,
    get longestReceiveMs() {
      return mappings.registry.longestReceiveMs;
    },
    kill: () => void functions.kill(),
    [Symbol.asyncDispose]: stop,
  };
}

async function openPort({ http }: RunOptions, parts: HttpServices, closers: Closers): Promise<HttpPort | undefined> {
  if (http === undefined) return undefined;
  const { openHttp } = await import('./open-http.js');
  return openHttp(http, parts, closers);
}
