import type { DirectInvocationEvent } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import { counted, shortIds } from '../journal/short-text.js';
import { isoTime, type Clock } from '../platform/clock.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';
import { mostAgeMs, mostTries, retryDelayMs, throttlePauseMs } from './async-rules.js';
import { callDirectly, outcomeFields, type DirectCall } from './direct-call.js';
import type { FunctionSet } from './function-set.js';
import type { LambdaFunction } from './lambda-function.js';

/** An event for a function, from a caller that does not wait for the result. */
export interface AsyncEvent extends Pick<DirectCall, 'invocationId' | 'eventText'> {
  readonly name: string;
  readonly qualifier: string | undefined;
}

export interface AsyncLaneOptions {
  readonly functions: Pick<FunctionSet, 'get' | 'list'>;
  readonly clock: Clock;
  readonly journal: JournalWriter;
  /** An event is done: handled, given up or dropped. */
  readonly done: (event: AsyncEvent) => void;
}

interface Pending {
  readonly event: AsyncEvent;
  /** Counts the events of the lane. */
  readonly number: number;
  readonly since: number;
  /** Function errors so far. */
  readonly errors: number;
}

/** Without a bound, a burst of events would start as many processes as Lambda has environments. */
const mostAtOnce = 20;

/**
 * The events of one function. Each is ready, running, or waits for its next try after a function error. While the function
 * is throttled nothing is handed to it, until a pause has passed or one of these events has got through.
 */
export class AsyncLane {
  readonly #name: string;
  readonly #options: AsyncLaneOptions;
  /** The oldest first. */
  readonly #ready: Pending[] = [];
  #added = 0;
  /** Events that wait after an error → cancels the wait. */
  readonly #later = new Map<Pending, () => void>();
  readonly #life = new Lifecycle({ onStop: () => this.#letGo() });
  #running = 0;
  #throttles = 0;
  #cancelPause: (() => void) | undefined;
  #pausedUntil = 0;

  constructor(name: string, options: AsyncLaneOptions) {
    this.#name = name;
    this.#options = options;
  }

  add(event: AsyncEvent): void {
    this.#enqueue({ event, number: ++this.#added, since: this.#options.clock.now(), errors: 0 });
    this.#pump();
  }

  /** Drops what waits, and resolves when nothing runs any more. */
  close(): Promise<void> {
    return this.#life.stop();
  }

  #letGo(): void {
    this.#endPause();
    const waiting = [...this.#ready.splice(0), ...this.#later.keys()];
    for (const cancel of this.#later.values()) cancel();
    this.#later.clear();
    this.#drop(waiting);
  }

  #enqueue(pending: Pending): void {
    const before = this.#ready.findLastIndex(({ number }) => number < pending.number);
    this.#ready.splice(before + 1, 0, pending);
  }

  #pump(): void {
    while (this.#cancelPause === undefined && this.#running < this.#atOnce()) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#running++;
      const run = this.#run(next).finally(() => {
        this.#running--;
        this.#pump();
      });
      this.#life.track(run);
    }
  }

  /** More than the reservation would only be throttled; where it is 0, one at a time finds out when that has changed. */
  #atOnce(): number {
    const reserved = this.#options.functions.list().find(({ name }) => name === this.#name)?.reservedConcurrency;
    return Math.min(mostAtOnce, Math.max(1, reserved ?? mostAtOnce));
  }

  async #run(pending: Pending): Promise<void> {
    const { event, since, errors } = pending;
    const { clock, journal } = this.#options;
    if (clock.now() - since > mostAgeMs)
      return this.#discard(pending, 'it is older than 6 hours, the longest that Lambda keeps an event');
    const fn = this.#find(pending);
    if (fn === undefined) return;
    const outcome = await callDirectly(fn, { invocationId: event.invocationId, eventText: event.eventText }, journal);
    if (outcome.kind === 'throttled') return this.#throttled(pending, outcome.because);
    this.#throttles = 0;
    this.#endPause();
    const delay = outcome.kind === 'failed' && !this.#life.isStopping ? retryDelayMs(errors + 1) : undefined;
    const retry = delay === undefined ? {} : { retryAt: isoTime(clock.now() + delay) };
    this.#write(pending, { ...outcomeFields(outcome), attempt: errors + 1, ...retry });
    if (outcome.kind === 'succeeded') return this.#options.done(event);
    this.#failed({ ...pending, errors: errors + 1 }, delay);
  }

  /** Looked for at each try: the configuration may have changed. */
  #find(pending: Pending): LambdaFunction | undefined {
    const { name, qualifier } = pending.event;
    try {
      return this.#options.functions.get(name, qualifier);
    } catch (error) {
      this.#discard(pending, messageOf(error));
      return undefined;
    }
  }

  #throttled(pending: Pending, because: string): void {
    if (!this.#life.isStopping) this.#pause();
    const retry = this.#life.isStopping ? {} : { retryAt: isoTime(this.#pausedUntil) };
    this.#write(pending, { outcome: 'throttled', because, ...retry });
    if (this.#life.isStopping) this.#drop([pending]);
    else this.#enqueue(pending);
  }

  #failed(pending: Pending, delay: number | undefined): void {
    if (pending.errors === mostTries) return this.#discard(pending, `it has failed ${mostTries} times`);
    if (delay === undefined) return this.#drop([pending]);
    const cancel = this.#options.clock.after(delay, () => {
      this.#later.delete(pending);
      this.#enqueue(pending);
      this.#pump();
    });
    this.#later.set(pending, cancel);
  }

  /** Calls that were made together are throttled together: that is one reason to wait, not many. */
  #pause(): void {
    if (this.#cancelPause !== undefined) return;
    const { clock } = this.#options;
    const ms = throttlePauseMs(this.#throttles++);
    this.#pausedUntil = clock.now() + ms;
    this.#cancelPause = clock.after(ms, () => {
      this.#cancelPause = undefined;
      this.#pump();
    });
  }

  #endPause(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
  }

  #discard(pending: Pending, because: string): void {
    this.#write(pending, { outcome: 'discarded', because });
    this.#options.done(pending.event);
  }

  #drop(dropped: readonly Pending[]): void {
    if (dropped.length === 0) return;
    const ids = shortIds(dropped.map(({ event }) => event.invocationId));
    const because = `millrace stops: ${counted(dropped.length, 'event')} for ${this.#name} that waited for a call will not be handled (Event invocation ${ids})`;
    this.#options.journal.write({ type: 'notice', level: 'warn', because });
    for (const { event } of dropped) this.#options.done(event);
  }

  #write(
    { event }: Pending,
    fields: Omit<DirectInvocationEvent, 'type' | 'function' | 'invocation' | 'invocationType'>,
  ) {
    const { name, qualifier, invocationId: invocation } = event;
    const qualified = qualifier === undefined ? name : `${name}:${qualifier}`;
    const type = { type: 'direct-invocation', invocationType: 'Event' } as const;
    this.#options.journal.write({ ...type, function: qualified, invocation, ...fields });
  }
}
