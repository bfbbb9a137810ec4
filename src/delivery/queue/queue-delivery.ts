import type { ClosedBatch } from '../batching/batcher.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import { messageOf } from '../../platform/millrace-error.js';
import { FirstLoad } from '../first-load.js';
import type { FirstPoll, MappingDelivery } from '../mapping-delivery.js';
import { PollerStatus } from '../poller-status.js';
import { Activity } from './activity.js';
import { ScalingLimit } from './scaling-limit.js';
import type { HeldMessage } from './held-message.js';
import { Incoming } from './incoming.js';
import { QueueBatches } from './queue-batches.js';
import { FactsCache } from './queue-facts.js';
import { PollIntake, WindowIntake, type QueueIntake, type Reservation } from './queue-intake.js';
import { QueuePoller } from './queue-poller.js';
import type { QueueRoute } from './queue-route.js';
import { Releaser } from './releaser.js';
import { Settler } from './settler.js';

/**
 * Delivers one queue to one function: receives as long as there is room, filters, batches, invokes, and settles, keeps or
 * leaves. Starts once and stops once.
 */
export class QueueDelivery implements MappingDelivery {
  readonly status: PollerStatus;
  readonly #route: QueueRoute;
  /** Its stop means that nothing more is received; batches, deletes and what is given back are its work. */
  readonly #life = new Lifecycle({ onStop: () => this.#tellStopping(), close: () => this.#close() });
  /** What no handler has seen is given back; not without a stop. */
  readonly #drain = new AbortController();
  readonly #load: FirstLoad;
  readonly #activity: Activity;
  readonly #limit: ScalingLimit;
  readonly #intake: QueueIntake;
  readonly #releaser: Releaser;
  readonly #incoming: Incoming;
  readonly #batches: QueueBatches;
  readonly #poller: QueuePoller;
  #polled: Promise<void> | undefined;

  /** `problem` tells why the queue, with the lease it has now, cannot serve this function; it is asked again while it does. */
  constructor(route: QueueRoute, problem: (visibilityTimeoutMs: number) => string | undefined) {
    this.#route = route;
    const { settings, source, clock, journal, mapping } = route;
    const ending = this.#life.stopping;
    const facts = new FactsCache(source, clock);
    const settler = new Settler(route, ending);
    this.status = new PollerStatus(journal, mapping);
    this.#load = new FirstLoad(route.target);
    this.#activity = new Activity(clock);
    this.#limit = new ScalingLimit(settings.concurrency, clock, () => this.#roomMade());
    this.#intake = this.#createIntake();
    this.#releaser = new Releaser(route, ending, () => this.#polled);
    this.#incoming = new Incoming(route, settler, this.#activity, (work) => this.#life.track(work));
    this.#batches = new QueueBatches({
      run: {
        route,
        settler,
        releaser: this.#releaser,
        facts,
        loaded: () => this.#load.ended(this.#drain.signal),
        ending,
        drain: this.#drain.signal,
        adjust: (signal) => this.#limit.adjust(signal),
      },
      waiting: () => this.#intake.giveBack(),
      ended: (running) => this.#batchesEnded(running),
    });
    this.#poller = new QueuePoller({
      route,
      status: this.status,
      facts,
      activity: this.#activity,
      drain: ending,
      reserve: () => this.#intake.reserve(),
      accept: (messages, reservation) => this.#accept(messages, reservation),
      dropped: (message) => this.#incoming.dropped(message),
      concurrency: () => this.#limit.current,
      signal: (signal) => this.#limit.adjust(signal),
      problem: () => {
        const leaseMs = facts.current?.visibilityTimeoutMs;
        return leaseMs === undefined ? undefined : problem(leaseMs);
      },
    });
  }

  /** Begins to load the handler and, beside it or afterwards, to poll. */
  start(firstPoll: FirstPoll = 'now'): void {
    if (firstPoll === 'loaded') this.status.change('starting', `loading ${this.#route.target.name}`);
    this.#life.start(() => {
      this.#polled = this.#load.begin(firstPoll, this.#drain.signal, () => this.#poller.run());
      return this.#polled;
    });
  }

  get longestReceiveMs(): number {
    return this.#route.source.longestReceiveMs;
  }

  get name(): string {
    return this.#route.mapping.name;
  }

  get lastActivityAt(): number {
    return this.#activity.lastAt;
  }

  /**
   * Whether the queue is polled and empty, hidden and delayed messages included, and nothing of it is in hand. A queue that
   * does not tell its depth is empty when a receive that began after the last activity brought nothing. Not before it is
   * known whether the handler loads.
   */
  async isDrained(): Promise<boolean> {
    if (this.status.state !== 'polling' || !this.#nothingInHand()) return false;
    const seen = this.#activity.count;
    return (await this.#isEmpty()) && this.#nothingInHand() && this.#activity.count === seen;
  }

  async #isEmpty(): Promise<boolean> {
    try {
      const depth = await this.#route.source.depth();
      return depth === undefined ? this.#activity.isQuiet : depth.visible + depth.hidden + depth.delayed === 0;
    } catch {
      return false; // a queue that does not answer is not empty
    }
  }

  #nothingInHand(): boolean {
    return this.#life.underWay === 0 && this.#intake.waiting === 0 && !this.#load.isUnderWay;
  }

  /**
   * Receives nothing more, finishes what handlers have, gives the rest back, and closes the source.
   * May be called twice. Takes as long as the receive in flight and the running invocations take.
   */
  stop(): Promise<void> {
    const ended = this.#life.stop();
    this.#drain.abort();
    this.#life.track(this.#batches.giveBack(this.#intake.giveBack()));
    return ended;
  }

  /**
   * As `stop`, but delivers what has been received. What the function's concurrency limit keeps waiting, or what waits to be
   * called again after a failure, is given back.
   */
  finish(): Promise<void> {
    if (this.#life.isStopping) return this.#life.ended;
    const ended = this.#life.stop();
    this.#intake.finish();
    return ended;
  }

  #tellStopping(): void {
    const { source, sourceLabel } = this.#route;
    const waitSeconds = Math.ceil(source.longestReceiveMs / 1_000);
    this.status.change(
      'stopping',
      `waiting for the receive in flight (up to ${waitSeconds} s) and ${this.#life.underWay} running batches of ${sourceLabel}`,
    );
  }

  async #close(): Promise<void> {
    this.#drain.abort(); // a receive that has hung may still bring messages: nobody is here to deliver them
    await this.#route.source.close();
    this.status.change('stopped', 'stopped');
  }

  #createIntake(): QueueIntake {
    const { settings, source, clock } = this.#route;
    const options = {
      batchSize: settings.batchSize,
      maxReceive: source.maxReceive,
      envelopeBytes: source.envelopeBytes,
      permits: this.#limit.permits,
      dispatch: (batches: readonly ClosedBatch<HeldMessage>[]): void =>
        this.#life.track(this.#batches.deliver(batches)),
    };
    return settings.windowMs > 0 ? new WindowIntake(options, settings.windowMs, clock) : new PollIntake(options);
  }

  #accept(messages: readonly HeldMessage[], reservation: Reservation): void {
    if (messages.length === 0) {
      reservation.cancel();
      return;
    }
    this.#incoming.received(messages);
    if (this.#drain.signal.aborted) {
      reservation.cancel();
      this.#life.track(this.#releaser.release(messages, 'they arrived while the mapping was stopping'));
      return;
    }
    let handled: readonly HeldMessage[];
    try {
      handled = this.#incoming.handled(messages);
    } catch (error) {
      reservation.cancel();
      this.#giveBackUnread(messages, error);
      throw error;
    }
    reservation.fill(handled);
  }

  /** Of a defect of ours or of a source: what has a lease comes back by itself. */
  #giveBackUnread(messages: readonly HeldMessage[], error: unknown): void {
    const held = messages.filter(({ visibleAgainAt }) => visibleAgainAt === undefined);
    this.#life.track(this.#releaser.release(held, `what they are for could not be found out: ${messageOf(error)}`));
  }

  #batchesEnded(running: number): void {
    this.#activity.happened();
    this.#intake.invocationDone(running);
    this.#limit.permits.give();
  }

  #roomMade(): void {
    this.#intake.roomMade();
    this.#poller.pump();
  }
}
