import { availableParallelism } from 'node:os';
import type { JournalWriter } from '../journal/journal.js';
import { isoTime, type Clock } from '../platform/clock.js';
import { MillraceError } from '../platform/millrace-error.js';
import type { Random } from '../platform/random.js';
import { CodeReporter } from './code-reporter.js';
import { CodeWatcher } from './code-watcher.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import type { FunctionDefinition, HandlerCode } from './definition.js';
import type { ContextFacts } from './environment/handler-context.js';
import { EnvironmentPool } from './environment-pool.js';
import { environmentVariables } from './environment-variables.js';
import type { EnvironmentSpec } from './execution-environment.js';
import { InlineFunction } from './inline-function.js';
import type { LambdaFunction } from './lambda-function.js';
import { ModuleFunction } from './module-function.js';

const latest = '$LATEST';
const firstInspectPort = 9229;

/** The longest time that code may take to load, unless the function itself may run longer. */
const loadTimeoutMs = 10_000;

/** Run with a debugger port: all functions, or the one that is named. Ports count up from `port` (9229). */
export interface InspectOptions {
  readonly function?: string;
  readonly port?: number;
}

export interface FunctionSetOptions {
  /** Name → function. */
  readonly definitions: ReadonlyMap<string, FunctionDefinition>;
  readonly region: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>` of the configured endpoints. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: JournalWriter;
  /** Load code anew when its files change. */
  readonly watch?: boolean;
  readonly inspect?: InspectOptions;
}

/** The configured functions, ready to be called. Ends all their processes when it is closed. */
export interface FunctionSet extends AsyncDisposable {
  /** A function by its name and, if given, version or alias; throws `NOT_FOUND` with what there is instead. */
  get(name: string, qualifier?: string): LambdaFunction;
  /** Ends everything: processes are asked first. Calls that still run fail, calls that wait are throttled. */
  close(): Promise<void>;
  /** As `close`, but nothing is asked. */
  kill(): Promise<void>;
}

export function createFunctionSet(options: FunctionSetOptions): FunctionSet {
  return new Functions(options);
}

/** One version or alias of a function. */
interface Variant {
  readonly definition: FunctionDefinition;
  readonly qualifier: string;
  readonly limit: ConcurrencyLimit;
  readonly inspectPort: number | 'not inspected';
}

class Functions implements FunctionSet {
  readonly #options: FunctionSetOptions;
  readonly #functions = new Map<string, ReadonlyMap<string, LambdaFunction>>();
  readonly #pools: EnvironmentPool[] = [];
  readonly #watchers: CodeWatcher[] = [];
  #nextPort: number;
  #closing: Promise<void> | undefined;

  constructor(options: FunctionSetOptions) {
    this.#options = options;
    this.#nextPort = options.inspect?.port ?? firstInspectPort;
    const account = ConcurrencyLimit.account();
    for (const definition of options.definitions.values()) {
      const { name, reservedConcurrency } = definition;
      const limit = reservedConcurrency === undefined ? account : ConcurrencyLimit.reserved(name, reservedConcurrency);
      const variants = new Map<string, LambdaFunction>();
      for (const [qualifier, code] of [[latest, definition.code] as const, ...definition.qualified]) {
        const inspectPort = this.#takeInspectPort(definition, code);
        variants.set(qualifier, this.#create({ definition, qualifier, limit, inspectPort }, code));
      }
      this.#functions.set(name, variants);
    }
    const inspected = options.inspect?.function;
    if (inspected !== undefined) this.get(inspected);
  }

  get(name: string, qualifier: string = latest): LambdaFunction {
    const variants = this.#functions.get(name);
    if (variants === undefined) {
      const names = [...this.#functions.keys()].join(', ') || 'none';
      throw new MillraceError('NOT_FOUND', `there is no function ${name}; configured functions: ${names}`);
    }
    const found = variants.get(qualifier);
    if (found !== undefined) return found;
    const known = [...variants.keys()].join(', ');
    const text = `function ${name} has no version or alias ${qualifier}; it has: ${known}. Add it under Versions or Aliases`;
    throw new MillraceError('NOT_FOUND', text);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#end('gracefully'));
  }

  async kill(): Promise<void> {
    // Also after `close`: a second Ctrl-C does not wait for what the first one asked for.
    await this.#end('at-once');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(how: 'gracefully' | 'at-once'): Promise<void> {
    const pools = this.#pools.map((pool) => pool.close(how));
    await Promise.all([...pools, ...this.#watchers.map((watcher) => watcher.close())]);
  }

  #create(variant: Variant, code: HandlerCode): LambdaFunction {
    const { definition, qualifier, limit, inspectPort } = variant;
    const name = qualifier === latest ? definition.name : `${definition.name}:${qualifier}`;
    const { clock } = this.#options;
    if (code.kind === 'inline') {
      const facts = this.#facts(variant);
      return new InlineFunction({
        name,
        handler: code.handler,
        facts,
        limit,
        clock,
        timed: !this.#inspects(definition),
      });
    }
    const pool: EnvironmentPool = new EnvironmentPool({
      newSpec: () => this.#newSpec(variant, code.handler),
      limits: {
        // With a reservation of 0 no call gets here, and the code can still be loaded to see whether it does.
        environments: inspectPort === 'not inspected' ? Math.max(1, limit.size) : 1,
        startsAtOnce: Math.max(2, availableParallelism()),
        oneAfterTheOther: inspectPort !== 'not inspected',
      },
      clock,
      observer: this.#reporter(name, code.handler, definition, () => pool),
    });
    this.#pools.push(pool);
    return new ModuleFunction(name, definition.timeoutMs, pool, limit);
  }

  #reporter(name: string, handler: string, { root }: FunctionDefinition, pool: () => EnvironmentPool): CodeReporter {
    const { journal, clock, watch } = this.#options;
    if (watch !== true) return new CodeReporter(name, handler, journal, { filesLoaded: () => {}, loadEnded: () => {} });
    const watcher = new CodeWatcher({
      root,
      clock,
      outdated: () => pool().hold(),
      changed: (because) => {
        reporter.changed(because);
        pool().resume();
      },
      cannotWatch: (because) => journal.write({ type: 'notice', level: 'warn', because }),
    });
    this.#watchers.push(watcher);
    const reporter: CodeReporter = new CodeReporter(name, handler, journal, {
      filesLoaded: (files, loadedAfter) => watcher.filesLoaded(files, loadedAfter),
      loadEnded: (result, startedAt) => watcher.loadEnded(result, startedAt),
    });
    return reporter;
  }

  #newSpec(variant: Variant, handler: string): EnvironmentSpec {
    const { definition, inspectPort } = variant;
    const { region, endpointVariables, random, watch } = this.#options;
    const { root, memoryMb, timeoutMs, variables } = definition;
    const { memoryMb: _, timeoutMs: __, ...facts } = this.#facts(variant);
    const limited = inspectPort === 'not inspected';
    return {
      process: {
        root,
        memoryMb,
        variables: environmentVariables(
          {
            ...facts,
            region,
            account: definition.arn.split(':')[4] ?? '',
            memoryMb,
            handler,
            root,
            endpointVariables,
            variables,
          },
          process.env,
          process.versions.node,
        ),
        inspectPort: limited ? undefined : inspectPort,
        uniqueName: random.uuid(),
      },
      load: { type: 'load', handler, root, memoryMb, timeoutMs, ...facts, reportFiles: watch === true },
      timeoutMs: limited ? timeoutMs : undefined,
      loadTimeoutMs: limited ? Math.max(loadTimeoutMs, timeoutMs) : undefined,
    };
  }

  #facts({ definition, qualifier }: Variant): ContextFacts {
    const { clock, random } = this.#options;
    const { name, arn, memoryMb, timeoutMs } = definition;
    // An alias has no version of its own here: it names code, and that code is what is on disk now.
    const functionVersion = /^\d+$/.test(qualifier) ? qualifier : latest;
    const day = isoTime(clock.now()).slice(0, 10).replaceAll('-', '/');
    return {
      functionName: name,
      functionVersion,
      invokedFunctionArn: qualifier === latest ? arn : `${arn}:${qualifier}`,
      memoryMb,
      timeoutMs,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: `${day}/[${functionVersion}]${random.uuid().replaceAll('-', '')}`,
    };
  }

  #inspects({ name }: FunctionDefinition): boolean {
    const { inspect } = this.#options;
    return inspect !== undefined && (inspect.function === undefined || inspect.function === name);
  }

  #takeInspectPort(definition: FunctionDefinition, code: HandlerCode): number | 'not inspected' {
    return this.#inspects(definition) && code.kind === 'module' ? this.#nextPort++ : 'not inspected';
  }
}
