/**
 * Undoes what was opened, newest first; every step runs even when one fails. Stands in for `AsyncDisposableStack`,
 * which Node has only from version 24.
 */
export class Closers {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => errors.push(error));
    }
    throwCollected(errors, 'closing');
  }
}

/** Throws what went wrong while everything was tried; nothing when nothing did. */
export function throwCollected(errors: readonly unknown[], whileDoing: string): void {
  if (errors.length === 1) throw errors[0] as Error;
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} steps failed while ${whileDoing}`);
}
