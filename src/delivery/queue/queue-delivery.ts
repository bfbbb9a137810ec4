import { Lifecycle } from '../../platform/lifecycle.js';
import { FirstLoad } from '../first-load.js';
import type { FirstPoll } from '../mapping-delivery.js';
import { PollerStatus } from '../poller-status.js';
import { Arrivals } from './arrivals.js';
import { BatchDispatcher } from './batch-dispatcher.js';
import { unseenBecause } from './batch-run.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import type { HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';
import { FactsCache } from './queue-facts.js';
import { PollIntake, WindowIntake, type QueueIntake, type Reservation } from './queue-intake.js';
import { QueuePoller } from './queue-poller.js';
import { Releaser } from './releaser.js';
import { Settler } from './settler.js';

/**
 * Delivers one queue to one function: receives as long as there is room, filters, batches, invokes, and settles or leaves.
 * Starts once and stops once.
 */
export class QueueDelivery {
  readonly status: PollerStatus;
  readonly #its: QueueDependencies;
  readonly #life: Lifecycle;
  /** What no handler has seen is given back; not before nothing more is received. */
  readonly #drain = new AbortController();
  readonly #load: FirstLoad;
  readonly #limit: ConcurrencyLimit;
  readonly #intake: QueueIntake;
  readonly #arrivals: Arrivals;
  readonly #releaser: Releaser;
  readonly #poller: QueuePoller;
  #lastActivityAt: number;
  #polled: Promise<void> | undefined;

  /** `problem` tells why the queue, as it is now, cannot serve this function; it is asked again while it does. */
  constructor(dependencies: QueueDependencies, problem: (visibilityTimeoutMs: number) => string | undefined) {
    this.#its = dependencies;
    const { settings, source, clock, journal, mapping, target } = dependencies;
    this.status = new PollerStatus(journal, mapping);
    this.#life = new Lifecycle({ onStop: () => this.#sayStopping(), close: () => this.#close() });
    this.#load = new FirstLoad(target);
    this.#lastActivityAt = clock.now();
    const facts = new FactsCache(source, clock);
    this.#limit = new ConcurrencyLimit(settings.concurrency, clock, () => this.#roomMade());
    const ending = this.#life.stopping;
    const settler = new Settler(dependencies, ending);
    this.#releaser = new Releaser(dependencies, () => this.#polled);
    this.#arrivals = new Arrivals(dependencies, settler, (work) => this.#life.track(work));
    const dispatcher = new BatchDispatcher(
      {
        its: dependencies,
        settler,
        releaser: this.#releaser,
        redrive: () => facts.redrive(),
        loaded: () => this.#load.ended(this.#drain.signal),
        ending,
        drain: this.#drain.signal,
        invoked: (signal) => this.#limit.tell(signal),
      },
      (running) => this.#batchEnded(running),
    );
    this.#intake = createIntake(dependencies, this.#limit, (batches) => this.#life.track(dispatcher.dispatch(batches)));
    this.#poller = new QueuePoller({
      its: dependencies,
      status: this.status,
      facts,
      drain: ending,
      reserve: () => this.#intake.reserve(),
      accept: (messages, reservation) => this.#accept(messages, reservation),
      dropped: (messages) => this.#arrivals.dropped(messages),
      limit: this.#limit,
      problem,
    });
  }

  /** Begins to load the handler and, beside it or afterwards, to poll. */
  start(firstPoll: FirstPoll = 'now'): void {
    if (firstPoll === 'loaded') this.status.change('starting', `loading ${this.#its.target.name}`);
    this.#life.start(() => {
      this.#polled = this.#load.begin(firstPoll, this.#drain.signal, () => this.#poller.run());
      return this.#polled;
    });
  }

  get longestReceiveMs(): number {
    return this.#its.source.longestReceiveMs;
  }

  get name(): string {
    return this.#its.mapping.name;
  }

  /** When messages last came or a batch last ended. */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /**
   * Whether the queue is polled and empty, hidden and delayed messages included, and nothing of it is in hand. Not before
   * it is known whether the handler loads. A queue that does not tell what it holds is empty when a receive that began
   * after the last activity brought nothing.
   */
  async isDrained(): Promise<boolean> {
    if (this.status.state !== 'polling' || !this.#nothingInHand()) return false;
    const seenAt = this.#lastActivityAt;
    if (!(await this.#isEmpty())) return false;
    return this.#nothingInHand() && this.#lastActivityAt === seenAt;
  }

  async #isEmpty(): Promise<boolean> {
    try {
      const depth = await this.#its.source.depth();
      if (depth !== undefined) return depth.visible + depth.hidden + depth.delayed === 0;
      return this.#poller.foundNothingSince(this.#lastActivityAt);
    } catch {
      return false; // what cannot be found out is not empty
    }
  }

  #nothingInHand(): boolean {
    return this.#life.underWay === 0 && this.#intake.waiting === 0 && !this.#load.isUnderWay;
  }

  /**
   * Receives nothing more, finishes what handlers have, gives the rest back, and closes the source. A batch that is held
   * after a failure is given back as well. May be called twice. Takes as long as the receive in flight and the running
   * invocations take.
   */
  stop(): Promise<void> {
    const ended = this.#life.stop();
    this.#drain.abort();
    const unseen = this.#intake.giveBack();
    this.#life.track(this.#releaser.release(unseen, unseenBecause));
    return ended;
  }

  /**
   * As `stop`, but delivers what has been received: giving it back would count as a receive. What the function's concurrency
   * limit keeps waiting, or a failure, is given back all the same.
   */
  finish(): Promise<void> {
    if (this.#life.isStopping) return this.#life.ended;
    const ended = this.#life.stop();
    this.#intake.finish();
    return ended;
  }

  #sayStopping(): void {
    const { source, sourceLabel } = this.#its;
    const waitSeconds = Math.ceil(source.longestReceiveMs / 1_000);
    this.status.change(
      'stopping',
      `waiting for the receive in flight (up to ${waitSeconds} s) and ${this.#life.underWay} running batches of ${sourceLabel}`,
    );
  }

  async #close(): Promise<void> {
    this.#drain.abort(); // a receive that has hung may still bring messages: nobody is here to deliver them
    await this.#its.source.close();
    this.status.change('stopped', 'stopped');
  }

  #accept(messages: readonly HeldMessage[], reservation: Reservation): void {
    if (messages.length === 0) {
      reservation.cancel();
      return;
    }
    this.#lastActivityAt = this.#its.clock.now();
    this.#arrivals.received(messages);
    if (this.#drain.signal.aborted) {
      reservation.cancel();
      this.#life.track(this.#releaser.release(messages, 'they arrived while the mapping was stopping'));
      return;
    }
    reservation.fill(this.#arrivals.kept(messages));
  }

  #batchEnded(running: number): void {
    this.#lastActivityAt = this.#its.clock.now();
    this.#intake.invocationDone(running);
    this.#limit.permits.give();
  }

  #roomMade(): void {
    this.#intake.roomMade();
    this.#poller.pump();
  }
}

function createIntake(
  { settings, source, clock }: QueueDependencies,
  { permits }: ConcurrencyLimit,
  dispatch: ConstructorParameters<typeof PollIntake>[0]['dispatch'],
): QueueIntake {
  const { batchSize, windowMs } = settings;
  const { maxReceive, envelopeBytes } = source;
  const parts = { batchSize, maxReceive, envelopeBytes, permits, dispatch };
  return windowMs > 0 ? new WindowIntake(parts, windowMs, clock) : new PollIntake(parts);
}
