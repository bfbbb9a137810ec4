import type { FunctionErrorInfo } from '../journal/events.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { EnvironmentPool } from './environment-pool.js';
import type { InvocationOutcome, InvocationRequest, LambdaFunction } from './lambda-function.js';

/** A function whose code is a module: it runs in processes of its own. */
export class ModuleFunction implements LambdaFunction {
  readonly name: string;
  readonly timeoutMs: number;
  readonly #pool: EnvironmentPool;
  readonly #limit: ConcurrencyLimit;

  constructor(name: string, timeoutMs: number, pool: EnvironmentPool, limit: ConcurrencyLimit) {
    this.name = name;
    this.timeoutMs = timeoutMs;
    this.#pool = pool;
    this.#limit = limit;
  }

  warmUp(): Promise<FunctionErrorInfo | undefined> {
    return this.#pool.warmUp();
  }

  invoke(request: InvocationRequest): Promise<InvocationOutcome> {
    const refused = this.#limit.take();
    if (refused !== undefined) return Promise.resolve({ kind: 'throttled', because: refused.throttledBecause });
    return new Promise((resolve) => {
      const settle = (outcome: InvocationOutcome): void => {
        this.#limit.give();
        resolve(outcome);
      };
      this.#pool.dispatch({ request, settle, started: false, moves: 0 });
    });
  }
}
