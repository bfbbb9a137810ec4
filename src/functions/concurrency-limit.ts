/** Concurrent executions of an account that has not asked AWS for more. */
const accountConcurrency = 1000;

/** Counts running calls against a limit: that of one function, or the one that functions without reservation share. */
export class ConcurrencyLimit {
  readonly size: number;
  readonly #because: string;
  #taken = 0;

  private constructor(size: number, because: string) {
    this.size = size;
    this.#because = because;
  }

  /** `ReservedConcurrentExecutions` of a function, counted over all its versions and aliases. */
  static reserved(functionName: string, size: number): ConcurrencyLimit {
    const because =
      size === 0
        ? `ReservedConcurrentExecutions of ${functionName} is 0: every call is throttled`
        : `${functionName} is at its ReservedConcurrentExecutions of ${size}`;
    return new ConcurrencyLimit(size, because);
  }

  static account(): ConcurrencyLimit {
    const because = `the functions without ReservedConcurrentExecutions are at the account's concurrency of ${accountConcurrency}`;
    return new ConcurrencyLimit(accountConcurrency, because);
  }

  /** Takes a place, or says why there is none. */
  take(): { readonly throttledBecause: string } | undefined {
    if (this.#taken >= this.size) return { throttledBecause: this.#because };
    this.#taken++;
    return undefined;
  }

  give(): void {
    this.#taken--;
  }
}
