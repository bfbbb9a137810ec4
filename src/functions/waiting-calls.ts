import type { Call } from './execution-environment.js';

/**
 * How long a call waits for a busy environment before another is started for it, which costs a core for much longer: a
 * handler that takes a few milliseconds is served faster by the environments that are there.
 */
export const patienceMs = 20;

interface WaitingCall {
  readonly call: Call;
  readonly since: number;
}

/** Calls that wait for an environment, the longest waiting first. */
export class WaitingCalls {
  readonly #calls: WaitingCall[] = [];

  get count(): number {
    return this.#calls.length;
  }

  add(call: Call, now: number): void {
    this.#calls.push({ call, since: now });
  }

  /** A call that had its turn already, and whose environment did not begin it. */
  addFirst(call: Call): void {
    this.#calls.unshift({ call, since: Number.NEGATIVE_INFINITY });
  }

  take(): Call | undefined {
    return this.#calls.shift()?.call;
  }

  takeAll(): readonly Call[] {
    return this.#calls.splice(0).map(({ call }) => call);
  }

  /** How many have waited long enough to have an environment started for them. */
  impatient(now: number): number {
    const patient = this.#calls.findIndex(({ since }) => since > now - patienceMs);
    return patient === -1 ? this.#calls.length : patient;
  }

  /** Since when the first waits whose patience lasts. */
  patientSince(now: number): number | undefined {
    return this.#calls[this.impatient(now)]?.since;
  }
}
