/** Failures that a test has asked a source in memory for. */
export class PlannedFailures<Method extends string> {
  readonly #failures: { readonly of: Method; readonly partition: string | undefined; readonly error: Error }[] = [];

  /** Lets the next call of a method fail; with a partition, the next one that is about it. */
  plan(of: Method, error: Error, partition?: string): void {
    this.#failures.push({ of, partition, error });
  }

  /** Throws when this call is to fail. */
  happen(of: Method, partition?: string): void {
    const index = this.#failures.findIndex(
      (failure) => failure.of === of && (failure.partition === undefined || failure.partition === partition),
    );
    const failure = this.#failures[index];
    if (failure === undefined) return;
    this.#failures.splice(index, 1);
    throw failure.error;
  }
}
