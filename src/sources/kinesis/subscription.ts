import type { SubscribeToShardEvent, SubscribeToShardEventStream } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../platform/clock.js';
import type { KinesisApi } from './api.js';
import type { ShardPosition } from './position.js';

interface SubscriptionRequest {
  readonly api: KinesisApi;
  readonly clock: Clock;
  readonly consumerArn: string;
  readonly shard: string;
  readonly position: ShardPosition;
  /** Ends the attempt, not the subscription. */
  readonly signal: AbortSignal;
}

/** AWS ends a subscription after 5 minutes. */
const renewAfterMs = 4 * 60_000 + 45_000;
/** AWS sends something every few seconds, records or not. */
const silenceMs = 30_000;

/** The records of one shard, pushed by the service for a few minutes. Nothing is taken before it is asked for. */
export class Subscription {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #events: AsyncIterator<SubscribeToShardEventStream>;
  readonly #end: AbortController;
  #coming: Promise<IteratorResult<SubscribeToShardEventStream>> | undefined;

  private constructor(clock: Clock, events: AsyncIterator<SubscribeToShardEventStream>, end: AbortController) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#events = events;
    this.#end = end;
  }

  /** Rejects as the SDK does. */
  static async start({ api, clock, consumerArn, shard, position, signal }: SubscriptionRequest): Promise<Subscription> {
    const end = new AbortController();
    const give = (): void => end.abort(signal.reason);
    signal.addEventListener('abort', give, { once: true });
    try {
      signal.throwIfAborted();
      const limits = { signal: end.signal, answerMs: silenceMs };
      const events = await api.subscribe(consumerArn, shard, position, limits);
      return new Subscription(clock, events[Symbol.asyncIterator](), end);
    } finally {
      signal.removeEventListener('abort', give);
    }
  }

  /** It is about to end by itself: another one should take its place. */
  get isOld(): boolean {
    return this.#clock.now() - this.#startedAt > renewAfterMs;
  }

  /**
   * The next event; undefined when the subscription has ended. Rejects when it broke, or was silent for too long, and
   * with the signal's reason: then the event that was on its way is the next one's.
   */
  async next(signal: AbortSignal): Promise<SubscribeToShardEvent | undefined> {
    for (;;) {
      this.#coming ??= this.#events.next();
      const { done, value } = await this.#inTime(this.#coming, signal);
      this.#coming = undefined;
      if (done === true) return undefined;
      if (value.SubscribeToShardEvent !== undefined) return value.SubscribeToShardEvent;
    }
  }

  close(): void {
    this.#end.abort();
  }

  #inTime<T>(coming: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        cancel();
        signal.removeEventListener('abort', stop);
        how();
      };
      const stop = (): void => settle(() => reject(signal.reason as Error));
      const silent = new Error(`nothing came for ${silenceMs / 1_000} s`);
      const cancel = this.#clock.after(silenceMs, () => settle(() => reject(silent)));
      coming.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}
