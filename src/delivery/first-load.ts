import type { LambdaFunction } from '../functions/lambda-function.js';
import type { FirstPoll } from './mapping-delivery.js';
import { orAborted } from '../platform/or-aborted.js';

/**
 * The first load of a function's code, beside which its source may be polled already. Batches wait for it here and not with
 * the function: what no handler has seen can still be given back when the mapping stops meanwhile.
 */
export class FirstLoad {
  readonly #target: Pick<LambdaFunction, 'warmUp'>;
  #loading: Promise<void> | undefined;

  constructor(target: Pick<LambdaFunction, 'warmUp'>) {
    this.#target = target;
  }

  /** Begins, and polls beside it or when it has ended. Resolves when polling has. */
  async begin(firstPoll: FirstPoll, drain: AbortSignal, poll: () => Promise<void>): Promise<void> {
    const ended = (): void => (this.#loading = undefined);
    this.#loading = this.#target.warmUp().then(ended, ended); // code that does not load fails the calls
    if (firstPoll === 'loaded') await this.ended(drain);
    await poll();
  }

  get isUnderWay(): boolean {
    return this.#loading !== undefined;
  }

  /** Resolves when the code has loaded, or does not load, or the signal fires. */
  async ended(signal: AbortSignal): Promise<void> {
    if (this.#loading !== undefined) await orAborted(this.#loading, signal);
  }
}
