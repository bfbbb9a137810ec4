import { pause, type Clock } from '../platform/clock.js';
import { MillraceError } from '../platform/millrace-error.js';
import type { PollerStatus } from './poller-status.js';

/** What idleness is asked of: the delivery of one mapping. */
export interface Idling {
  readonly name: string;
  readonly status: Pick<PollerStatus, 'state' | 'because'>;
  readonly lastActivityAt: number;
  isDrained(): Promise<boolean>;
}

interface IdleOptions {
  readonly clock: Clock;
  /** How long everything must have been drained. */
  readonly quietMs: number;
  /** How long a source may stay unusable in a row. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const lookEveryMs = 200;

/**
 * Resolves when every source has been drained for `quietMs`: nothing visible, hidden or delayed, and nothing in hand.
 * Rejects with a `MillraceError` when a source stays unusable for `timeoutMs`, and with the signal's reason when it fires.
 */
export async function untilIdle(all: () => readonly Idling[], options: IdleOptions): Promise<void> {
  const { clock, quietMs, signal = new AbortController().signal } = options;
  const unusableSince = new Map<Idling, number>();
  let quietSince: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const deliveries = all();
    giveUpOnUnusable(deliveries, unusableSince, options);
    const drained = (await Promise.all(deliveries.map((delivery) => delivery.isDrained()))).every(Boolean);
    const now = clock.now();
    quietSince = drained
      ? Math.max(quietSince ?? now, ...deliveries.map((delivery) => delivery.lastActivityAt))
      : undefined;
    if (quietSince !== undefined && now - quietSince >= quietMs) return;
    await pause(clock, Math.min(lookEveryMs, Math.max(quietMs, 10)), signal);
  }
}

function giveUpOnUnusable(
  deliveries: readonly Idling[],
  since: Map<Idling, number>,
  { clock, timeoutMs }: IdleOptions,
): void {
  const now = clock.now();
  const overdue = deliveries.filter((delivery) => {
    const { state } = delivery.status;
    if (state === 'polling') {
      since.delete(delivery);
      return false;
    }
    if (!since.has(delivery)) since.set(delivery, now);
    return now - (since.get(delivery) ?? now) >= timeoutMs;
  });
  if (overdue.length === 0) return;
  const reasons = overdue.map(({ name, status }) => `${name}: ${status.because}`).join('; ');
  throw new MillraceError('SOURCE_UNAVAILABLE', `not ready after ${timeoutMs / 1_000} s: ${reasons}`);
}
