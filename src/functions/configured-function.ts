import { availableParallelism } from 'node:os';
import { MillraceError } from '../platform/millrace-error.js';
import { CodeReporter } from './code-reporter.js';
import { CodeWatcher } from './code-watcher.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { FunctionDefinition, HandlerCode } from './definition.js';
import { EnvironmentPool } from './environment-pool.js';
import {
  contextFacts,
  latest,
  newEnvironmentSpec,
  type ModuleVariant,
  type SharedOptions,
  type Variant,
} from './environment-spec.js';
import { InlineFunction } from './inline-function.js';
import type { LambdaFunction } from './lambda-function.js';
import { ModuleFunction } from './module-function.js';

interface ConfiguredFunctionOptions {
  readonly definition: FunctionDefinition;
  /** Of all versions and aliases together. */
  readonly limit: ConcurrencyLimit;
  readonly shared: SharedOptions;
  /** The debugger port of a version or alias; undefined: the function is not debugged. */
  readonly inspectPort: ((qualifier: string) => number) | undefined;
  /** Settles when the debugger ports are free; undefined: they are. */
  readonly portsFree: Promise<unknown> | undefined;
}

/** A function as one definition describes it: its versions and aliases, with their processes and what watches their code. */
export class ConfiguredFunction {
  readonly definition: FunctionDefinition;
  readonly limit: ConcurrencyLimit;
  readonly #options: ConfiguredFunctionOptions;
  readonly #variants = new Map<string, LambdaFunction>();
  readonly #pools: EnvironmentPool[] = [];
  readonly #watchers: CodeWatcher[] = [];

  constructor(options: ConfiguredFunctionOptions) {
    const { definition, limit } = options;
    this.#options = options;
    this.definition = definition;
    this.limit = limit;
    for (const [qualifier, code] of [[latest, definition.code] as const, ...definition.qualified]) {
      this.#variants.set(qualifier, this.#create({ definition, qualifier }, code));
    }
  }

  /** A version or alias; throws `NOT_FOUND` with what there is instead. */
  get(qualifier: string = latest): LambdaFunction {
    const found = this.#variants.get(qualifier);
    if (found !== undefined) return found;
    const { name } = this.definition;
    const known = [...this.#variants.keys()].join(', ');
    const text = `function ${name} has no version or alias ${qualifier}; it has: ${known}. Add it under Versions or Aliases`;
    throw new MillraceError('NOT_FOUND', text);
  }

  /**
   * Ends everything when no call runs or waits; calls that come later are throttled with `because`. A handler in this
   * process has nothing that could end: who still holds it may go on calling it.
   */
  async finish(because: string): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.finish(because)));
    // Not before: code that changes while calls still wait for it must be loaded when it is complete.
    await this.#stopWatching();
  }

  /** Ends everything now: calls that run fail, calls that wait are throttled. */
  async close(how: 'gracefully' | 'at-once'): Promise<void> {
    await Promise.all([...this.#pools.map((pool) => pool.close(how)), this.#stopWatching()]);
  }

  async #stopWatching(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }

  #create(variant: Variant, code: HandlerCode): LambdaFunction {
    const { definition, qualifier } = variant;
    const { limit, shared, inspectPort } = this.#options;
    const name = qualifier === latest ? definition.name : `${definition.name}:${qualifier}`;
    if (code.kind === 'inline') {
      const facts = contextFacts(variant, shared);
      const timed = inspectPort === undefined;
      return new InlineFunction({ name, handler: code.handler, facts, limit, timed, clock: shared.clock });
    }
    const { handler } = code;
    const pool = this.#createPool(name, {
      ...variant,
      handler,
      inspectPort: inspectPort?.(qualifier) ?? 'not inspected',
    });
    return new ModuleFunction(name, definition.timeoutMs, pool, limit);
  }

  #createPool(name: string, variant: ModuleVariant): EnvironmentPool {
    const { limit, shared, portsFree } = this.#options;
    const inspected = variant.inspectPort !== 'not inspected';
    const pool: EnvironmentPool = new EnvironmentPool({
      newSpec: () => newEnvironmentSpec(variant, shared),
      limits: {
        // With a reservation of 0 no call gets here, and the code can still be loaded to see whether it does.
        environments: inspected ? 1 : Math.max(1, limit.size),
        startsAtOnce: Math.max(2, availableParallelism()),
        oneAfterTheOther: inspected,
      },
      clock: shared.clock,
      observer: this.#reporter(name, variant.handler, () => pool),
    });
    if (inspected && portsFree !== undefined) {
      pool.hold();
      void portsFree.then(() => pool.resume()); // never rejects
    }
    this.#pools.push(pool);
    return pool;
  }

  #reporter(name: string, handler: string, pool: () => EnvironmentPool): CodeReporter {
    const { journal, clock, watch } = this.#options.shared;
    if (watch !== true) return new CodeReporter(name, handler, journal, { filesLoaded: () => {}, loadEnded: () => {} });
    const watcher = new CodeWatcher({
      root: this.definition.root,
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
}
