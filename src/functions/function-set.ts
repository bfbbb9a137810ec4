import { MillraceError } from '../platform/millrace-error.js';
import { changedFunctions } from './changed-functions.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { ConfiguredFunction } from './configured-function.js';
import type { FunctionDefinition } from './definition.js';
import { latest, type SharedOptions } from './environment-spec.js';
import type { LambdaFunction } from './lambda-function.js';

const firstInspectPort = 9229;

/** Run with a debugger port: all functions, or the one that is named. Ports count up from `port` (9229). */
export interface InspectOptions {
  readonly function?: string;
  readonly port?: number;
}

export interface FunctionSetOptions extends SharedOptions {
  /** Name → function. */
  readonly definitions: ReadonlyMap<string, FunctionDefinition>;
  readonly inspect?: InspectOptions;
}

/** The configured functions, ready to be called. Ends all their processes when it is closed. */
export interface FunctionSet extends AsyncDisposable {
  /** The functions that there are now. One that was not changed has the same definition as before. */
  list(): readonly FunctionDefinition[];
  /** A function by its name and, if given, version or alias; throws `NOT_FOUND` with what there is instead. */
  get(name: string, qualifier?: string): LambdaFunction;
  /**
   * Makes these the functions that there are, and resolves with the names of those that changed, came or went. The others
   * keep everything: processes, limits, debugger ports.
   *
   * What was changed or removed finishes the calls that run or wait, and ends; that is not waited for. A `LambdaFunction`
   * of it that somebody still holds runs the old code until then, and is throttled afterwards. Calls of a function that is
   * debugged wait until its old process has left the port.
   *
   * Calls of the old code count against the account's concurrency, and against a reservation that stays the same; a
   * reservation that is changed itself counts from 0.
   */
  reconfigure(definitions: ReadonlyMap<string, FunctionDefinition>): Promise<readonly string[]>;
  /** Ends everything: processes are asked first. Calls that still run fail, calls that wait are throttled. */
  close(): Promise<void>;
  /** As `close`, but nothing is asked. */
  kill(): Promise<void>;
}

export function createFunctionSet(options: FunctionSetOptions): FunctionSet {
  return new Functions(options);
}

class Functions implements FunctionSet {
  readonly #options: FunctionSetOptions;
  readonly #account = ConcurrencyLimit.account();
  #functions: ReadonlyMap<string, ConfiguredFunction> = new Map();
  /** Functions that are not configured any more and still have calls → when they are gone. */
  readonly #leaving = new Map<ConfiguredFunction, Promise<void>>();
  /** A debugger that is told to attach to a port finds the same function there after every change. */
  readonly #inspectPorts = new Map<string, number>();
  #ended = false;

  constructor(options: FunctionSetOptions) {
    this.#options = options;
    this.#replace(options.definitions, new Set(options.definitions.keys()));
    const inspected = options.inspect?.function;
    if (inspected !== undefined) this.get(inspected);
  }

  list(): readonly FunctionDefinition[] {
    return [...this.#functions.values()].map(({ definition }) => definition);
  }

  get(name: string, qualifier: string = latest): LambdaFunction {
    const found = this.#functions.get(name);
    if (found !== undefined) return found.get(qualifier);
    const names = [...this.#functions.keys()].join(', ') || 'none';
    throw new MillraceError('NOT_FOUND', `there is no function ${name}; configured functions: ${names}`);
  }

  reconfigure(definitions: ReadonlyMap<string, FunctionDefinition>): Promise<readonly string[]> {
    if (this.#ended) return Promise.resolve([]);
    const before = new Map([...this.#functions].map(([name, { definition }]) => [name, definition]));
    const changed = changedFunctions(before, definitions);
    this.#replace(definitions, new Set(changed));
    return Promise.resolve(changed);
  }

  close(): Promise<void> {
    return this.#end('gracefully');
  }

  kill(): Promise<void> {
    // Also after `close`: a second Ctrl-C does not wait for what the first one asked for.
    return this.#end('at-once');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(how: 'gracefully' | 'at-once'): Promise<void> {
    this.#ended = true;
    const all = [...this.#functions.values(), ...this.#leaving.keys()];
    await Promise.all(all.map((each) => each.close(how)));
  }

  #replace(definitions: ReadonlyMap<string, FunctionDefinition>, changed: ReadonlySet<string>): void {
    const before = this.#functions;
    for (const [name, old] of before) {
      if (!changed.has(name)) continue;
      const because = definitions.has(name)
        ? `function ${name} was changed in the configuration, and what it was before has ended`
        : `function ${name} was removed from the configuration`;
      this.#letGo(old, because);
    }
    this.#functions = new Map(
      [...definitions].map(([name, definition]) => {
        const old = before.get(name);
        return [name, old === undefined || changed.has(name) ? this.#configure(definition, old) : old];
      }),
    );
  }

  #letGo(old: ConfiguredFunction, because: string): void {
    const gone = old.finish(because).then(() => void this.#leaving.delete(old));
    this.#leaving.set(old, gone);
  }

  #configure(definition: FunctionDefinition, before: ConfiguredFunction | undefined): ConfiguredFunction {
    const { name } = definition;
    const inspected = this.#inspects(name);
    return new ConfiguredFunction({
      definition,
      limit: this.#limitOf(definition, before),
      shared: this.#options,
      inspectPort: inspected ? (qualifier) => this.#inspectPort(`${name}:${qualifier}`) : undefined,
      portsFree: inspected ? this.#gone(name) : undefined,
    });
  }

  #limitOf(
    { name, reservedConcurrency }: FunctionDefinition,
    before: ConfiguredFunction | undefined,
  ): ConcurrencyLimit {
    if (reservedConcurrency === undefined) return this.#account;
    if (reservedConcurrency === before?.definition.reservedConcurrency) return before.limit;
    return ConcurrencyLimit.reserved(name, reservedConcurrency);
  }

  /** Settles when nothing is left of what this function was before; undefined: nothing is. */
  #gone(name: string): Promise<unknown> | undefined {
    const leaving = [...this.#leaving].filter(([{ definition }]) => definition.name === name);
    return leaving.length === 0 ? undefined : Promise.all(leaving.map(([, gone]) => gone));
  }

  #inspects(name: string): boolean {
    const { inspect } = this.#options;
    return inspect !== undefined && (inspect.function === undefined || inspect.function === name);
  }

  #inspectPort(variant: string): number {
    const { inspect } = this.#options;
    const port = this.#inspectPorts.get(variant) ?? (inspect?.port ?? firstInspectPort) + this.#inspectPorts.size;
    this.#inspectPorts.set(variant, port);
    return port;
  }
}
