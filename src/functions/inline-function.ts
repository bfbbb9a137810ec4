import type { Clock } from '../platform/clock.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { InlineHandler } from './definition.js';
import { handlerContext, type ContextFacts } from './environment/handler-context.js';
import { errorInfoOf, errorOfEnd } from './function-error.js';
import type { InvocationOutcome, InvocationRequest, LambdaFunction } from './lambda-function.js';
import { responseTextOf } from './response-text.js';

interface InlineFunctionOptions {
  readonly name: string;
  readonly handler: InlineHandler;
  readonly facts: ContextFacts;
  readonly limit: ConcurrencyLimit;
  /** Whether the timeout counts. */
  readonly timed: boolean;
  readonly clock: Clock;
}

/**
 * A handler given as a JavaScript function. It runs in this process: it can be timed out only in the sense that
 * nobody waits for it any more, and what it prints is printed here.
 */
export class InlineFunction implements LambdaFunction {
  readonly name: string;
  readonly timeoutMs: number;
  readonly #options: InlineFunctionOptions;

  constructor(options: InlineFunctionOptions) {
    this.name = options.name;
    this.timeoutMs = options.facts.timeoutMs;
    this.#options = options;
  }

  warmUp(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async invoke(request: InvocationRequest): Promise<InvocationOutcome> {
    const { limit, clock } = this.#options;
    const refused = limit.take();
    if (refused !== undefined) return { kind: 'throttled', because: refused.throttledBecause };
    const startedAt = clock.now();
    request.started();
    try {
      const result = await this.#inTime(request);
      return { ...result, durationMs: clock.now() - startedAt };
    } finally {
      limit.give();
    }
  }

  #inTime(request: InvocationRequest): Promise<Result> {
    const { clock, timed } = this.#options;
    if (!timed) return this.#run(request);
    return new Promise((resolve) => {
      const cancel = clock.after(this.timeoutMs, () => {
        const end = { kind: 'timed-out', afterMs: this.timeoutMs, while: 'running' } as const;
        resolve({ kind: 'failed', error: errorOfEnd(end, request.invocationId) });
      });
      const settle = (result: Result): void => {
        cancel();
        resolve(result); // without effect when the time was up
      };
      void this.#run(request).then(settle); // never rejects
    });
  }

  async #run({ eventText, invocationId, clientContext = '' }: InvocationRequest): Promise<Result> {
    const { handler, facts, clock } = this.#options;
    try {
      // Each call gets an event of its own, as from another process: a handler may change it.
      const context = handlerContext(facts, { invocationId, clientContext }, clock);
      const value: unknown = await handler(JSON.parse(eventText), context);
      const response = responseTextOf(value);
      if (response.ok) return { kind: 'succeeded', responseText: response.text };
      return { kind: 'failed', error: response.error };
    } catch (thrown) {
      return { kind: 'failed', error: errorInfoOf(thrown) };
    }
  }
}

type WithoutDuration<T> = T extends { readonly durationMs: number } ? Omit<T, 'durationMs'> : never;
type Result = WithoutDuration<InvocationOutcome>;
