import type { CallbackContext, CallEndings } from './handler-context.js';
import type { Handler } from './load-handler.js';

/** How a call of a handler ended, before anything is made text of. */
export type Ending =
  { readonly kind: 'returned'; readonly value: unknown } | { readonly kind: 'threw'; readonly thrown: unknown };

/** Nothing was left in the event loop, and the handler's promise was still open: nobody can settle it any more. */
class NodeJsExit extends Error {
  override readonly name = 'Runtime.NodeJsExit';

  constructor() {
    super('The event loop is empty and the promise that the handler returned never settled');
  }
}

/**
 * One call of a handler: async, callback and synchronous handlers all end in `onEnd`, which is called once.
 * `loopEmpty` must be called when the event loop has run empty: callbacks and synchronous handlers wait for it.
 */
export class HandlerCall implements CallEndings {
  readonly #onEnd: (ending: Ending) => void;
  #ended = false;
  #calledBack = false;
  /** The result as far as it is known; nothing is known while a promise is open. */
  #known: { readonly value: unknown } | 'promised' = { value: null };

  constructor(onEnd: (ending: Ending) => void) {
    this.#onEnd = onEnd;
  }

  run(handler: Handler, eventText: string, context: CallbackContext): void {
    try {
      const result = handler(JSON.parse(eventText), context, this.#callback(context));
      if (isPromise(result)) {
        // After a callback its result counts, and the promise is only waited for by the event loop.
        if (!this.#calledBack) this.#known = 'promised';
        result.then(this.succeed, this.fail);
      } else if (result !== undefined && handler.length < 3) {
        this.succeed(result);
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** The event loop is empty: whatever is known by now is the result. */
  loopEmpty(): void {
    if (this.#known === 'promised') this.fail(new NodeJsExit());
    else this.succeed(this.#known.value);
  }

  readonly succeed = (value?: unknown): void => this.#end({ kind: 'returned', value });

  readonly fail = (thrown?: unknown): void => this.#end({ kind: 'threw', thrown: thrown ?? 'handled' });

  readonly done = (error?: unknown, value?: unknown): void => {
    if (error === undefined || error === null) this.succeed(value);
    else this.fail(error);
  };

  /** Only the first call counts. An error ends the call at once, a result when the event loop is empty (or not wanted to be). */
  #callback(context: CallbackContext) {
    return (error?: unknown, value?: unknown): void => {
      if (this.#calledBack) return;
      this.#calledBack = true;
      if (error === undefined || error === null) {
        if (!context.callbackWaitsForEmptyEventLoop) this.succeed(value);
        else this.#known = { value };
      } else {
        this.fail(error);
      }
    };
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(ending);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
