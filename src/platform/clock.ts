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

/** Resolves after `ms`; rejects with the signal's reason as soon as the signal fires. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const cancel = (): void => {
      cancelTimer();
      reject(signal?.reason as Error);
    };
    const cancelTimer = clock.after(ms, () => {
      signal?.removeEventListener('abort', cancel);
      resolve();
    });
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/** As `sleep`, but simply ends early when the signal fires: for pauses that a stop may cut short. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return sleep(clock, ms, signal).catch(() => {});
}

/** The time as it is written in the journal: ISO 8601, milliseconds, `Z`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
