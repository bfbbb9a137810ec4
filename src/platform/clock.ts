/**
 * The only door to time and timers (decision "Time and chance are injected" in docs/decisions.md).
 * Everything under `src` that waits or looks at the time is given one of these.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now, unless the returned function is called first. */
  after(ms: number, run: () => void): () => void;
}

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the reason of the first of the signals that fires, as soon as it does. */
export function sleep(clock: Clock, ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const signal of signals) signal?.throwIfAborted();
    // Not a signal made of them: Node 20 remembers each of those for as long as the longest-lived of them lives.
    const end = (): void => {
      cancelTimer();
      for (const signal of signals) signal?.removeEventListener('abort', cancel);
    };
    const cancel = ({ target }: Event): void => {
      end();
      reject((target as AbortSignal).reason as Error);
    };
    const cancelTimer = clock.after(ms, () => {
      end();
      resolve();
    });
    for (const signal of signals) signal?.addEventListener('abort', cancel);
  });
}

/** As `sleep`, but simply ends early when a signal fires: for pauses that a stop may cut short. */
export function pause(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return sleep(clock, ms, ...signals).catch(() => {});
}

/** The time as it is written in the journal: ISO 8601, milliseconds, `Z`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
