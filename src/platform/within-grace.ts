import type { Clock } from './clock.js';

/**
 * Settles as `work` does, but not later than `graceMs` after the signal: then it resolves with undefined, and `work` goes
 * on without anybody waiting for it.
 */
export function withinGrace<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs: number,
  clock: Clock,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let cancelTimer: (() => void) | undefined;
    const hurry = (): void => {
      cancelTimer = clock.after(graceMs, () => resolve(undefined));
    };
    if (signal.aborted) hurry();
    else signal.addEventListener('abort', hurry, { once: true });
    const done = (): void => {
      signal.removeEventListener('abort', hurry);
      cancelTimer?.();
    };
    work.then(resolve, reject).finally(done).catch(reject);
  });
}
