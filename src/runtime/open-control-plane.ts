import type { Configuration } from '../config/configuration.js';
import { functionsToName } from '../config/functions.js';
import { resolveEndpoints } from '../config/resolve-endpoints.js';
import {
  createMappingControl,
  type MappingControl,
  type MappingControlOptions,
} from '../control-plane/mapping-control.js';
import type { MappingStore } from '../control-plane/mapping-changes.js';
import type { CheckpointStore } from '../contracts/checkpoint-store.js';
import type { MappingDelivery } from '../delivery/mapping-delivery.js';
import { currentFunction } from '../functions/current-function.js';
import type { FunctionSet } from '../functions/function-set.js';
import type { JournalWriter } from '../journal/journal.js';
import type { StatusBoard } from '../readers/status/status.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { invalidParameter, type AwsError } from '../mappings/schema/problem.js';
import { MillraceError } from '../platform/millrace-error.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { probeSource } from './probe-source.js';
import type { Place } from './reach.js';
import { createDelivery } from './start-mapping.js';

interface ControlPlaneOptions {
  /** The configuration that is in effect now, and where its services are. */
  readonly place: () => Place;
  readonly functions: FunctionSet;
  readonly shortPolls: boolean;
  readonly checkpoints: () => Promise<CheckpointStore>;
  readonly journal: JournalWriter;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly random: Random;
  readonly batchId: () => string;
  readonly store: MappingStore;
  /** Creates what a mapping names and an embedded server does not have yet. */
  readonly prepare: (mapping: EventSourceMapping) => Promise<void>;
}

/** The mappings of a runtime: they read real sources and call the configured functions. */
export function openControlPlane(options: ControlPlaneOptions): MappingControl {
  const { place, functions, clock, random, journal, board, store } = options;
  const announcer = new Announcer(options);
  return createMappingControl({
    clock,
    random,
    journal,
    board,
    store,
    world: () => worldOf(place().configuration),
    deliver: (mapping) => deliver(mapping, options),
    admit: (mapping) => announcer.admit(mapping),
    probe: async (mapping, because) => {
      const { name, qualifier } = mapping.function;
      const functionTimeoutMs = functions.get(name, qualifier).timeoutMs;
      const refusal = await prepared(mapping, options);
      return refusal ?? probeSource(mapping, { place: place(), clock, functionTimeoutMs, because });
    },
  });
}

/** Embedded servers have what mappings name, whoever made them. Why that cannot be, or undefined. */
async function prepared(mapping: EventSourceMapping, { prepare }: ControlPlaneOptions): Promise<AwsError | undefined> {
  try {
    await prepare(mapping);
    return undefined;
  } catch (error) {
    if (error instanceof MillraceError) return invalidParameter(error.message);
    throw error;
  }
}

function worldOf(configuration: Configuration): ReturnType<MappingControlOptions['world']> {
  const { region, account, functions, sources, maximumConcurrency } = configuration;
  return { region, account, functions: functionsToName(functions), sources, maximumConcurrency };
}

function deliver(mapping: EventSourceMapping, options: ControlPlaneOptions): Promise<MappingDelivery> {
  const { name, qualifier } = mapping.function;
  const target = currentFunction(options.functions, name, qualifier);
  return createDelivery(mapping, { ...options.place(), ...options, target });
}

/** Says once where the calls of mappings go that come while the runtime runs, and refuses what a start would refuse. */
class Announcer {
  readonly #options: ControlPlaneOptions;
  readonly #said = new Set<string>();

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { configuration, env } = options.place();
    for (const { line } of resolveEndpoints(configuration, env)) this.#said.add(line);
  }

  /** Why a mapping may not be polled from here, or undefined. */
  admit(mapping: EventSourceMapping): string | undefined {
    const { configuration, env } = this.#options.place();
    try {
      for (const { line, target } of resolveEndpoints({ ...configuration, mappings: [mapping] }, env)) {
        if (target === 'embedded' || this.#said.has(line)) continue; // servers of our own are told at the start
        this.#said.add(line);
        const level = target === 'AWS' ? 'warn' : 'info';
        this.#options.journal.write({ type: 'notice', level, because: line });
      }
      return undefined;
    } catch (error) {
      if (error instanceof MillraceError) return error.message;
      throw error;
    }
  }
}
