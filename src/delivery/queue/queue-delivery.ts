import type { ClosedBatch } from '../batching/batcher.js';
import { pause } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { BatchRun, unseenBecause, type BatchRunContext } from './batch-run.js';
import { initialConcurrency, nextConcurrency, type ConcurrencySignal, type ConcurrencyState } from './concurrency.js';
import type { HeldMessage, QueueDeliveryParts } from './queue-parts.js';
import { passing } from '../filter-step.js';
import { FirstLoad } from '../first-load.js';
import { GroupLanes } from './group-lanes.js';
import type { FirstPoll } from '../mapping-delivery.js';
import { Permits } from './permits.js';
import { PollerStatus } from '../poller-status.js';
import { FactsCache } from './queue-facts.js';
import { PollIntake, WindowIntake, type QueueIntake, type Reservation } from './queue-intake.js';
import { QueuePoller } from './queue-poller.js';
import type { QueueFacts } from '../../contracts/queue-source.js';
import { Releaser } from './releaser.js';
import { Settler } from './settler.js';

/** How old a queue's settings may be when a failure depends on them. */
const factsAgeOnFailureMs = 5_000;
/** How long a failed batch waits for them. */
const factsPatienceMs = 1_000;

/**
 * Delivers one queue to one function: receives as long as there is room, filters, batches, invokes, and deletes or
 * leaves. Starts once and stops once.
 */
export class QueueDelivery {
  readonly status: PollerStatus;
  readonly #parts: QueueDeliveryParts;
  /** Nothing more is received. */
  readonly #ending = new AbortController();
  /** What no handler has seen is given back; not without the other. */
  readonly #drain = new AbortController();
  readonly #load: FirstLoad;
  readonly #facts: FactsCache;
  readonly #permits: Permits;
  readonly #intake: QueueIntake;
  readonly #lanes = new GroupLanes();
  readonly #settler: Settler;
  readonly #releaser: Releaser;
  readonly #run: BatchRunContext;
  readonly #poller: QueuePoller;
  /** Batches, deletes and what is given back: the end waits for all of them. */
  readonly #underWay = new Set<Promise<void>>();
  #concurrency: ConcurrencyState;
  #invoking = 0;
  #lastActivityAt: number;
  #polled: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  /** `problem` tells why the queue, as it is now, cannot serve this function; it is asked again while it does. */
  constructor(parts: QueueDeliveryParts, problem: (visibilityTimeoutMs: number) => string | undefined) {
    this.#parts = parts;
    const { settings, source, clock, journal, mapping } = parts;
    this.status = new PollerStatus(journal, mapping);
    this.#load = new FirstLoad(parts.target);
    this.#facts = new FactsCache(source, clock);
    this.#lastActivityAt = clock.now();
    this.#concurrency = initialConcurrency(settings.concurrency, clock.now());
    this.#permits = new Permits(this.#concurrency.limit, () => this.#roomMade());
    this.#intake = this.#createIntake();
    this.#settler = new Settler(parts, this.#ending.signal);
    this.#releaser = new Releaser(parts, () => this.#polled);
    this.#run = this.#createRunContext();
    this.#poller = new QueuePoller({
      delivery: parts,
      status: this.status,
      facts: this.#facts,
      drain: this.#ending.signal,
      reserve: () => this.#intake.reserve(),
      accept: (messages, reservation) => this.#accept(messages, reservation),
      concurrency: () => this.#concurrency.limit,
      signal: (signal) => this.#adjust(signal),
      problem: () => problem(this.#facts.current?.visibilityTimeoutMs ?? 0),
    });
  }

  /** Begins to load the handler and, beside it or afterwards, to poll. */
  start(firstPoll: FirstPoll = 'now'): void {
    if (firstPoll === 'loaded') this.status.change('starting', `loading ${this.#parts.target.name}`);
    this.#polled = this.#load.begin(firstPoll, this.#drain.signal, () => this.#poller.run());
  }

  get longestReceiveMs(): number {
    return this.#parts.source.longestReceiveMs;
  }

  get name(): string {
    return this.#parts.mapping.name;
  }

  /** When messages last came or a batch last ended. */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /**
   * Whether the queue is polled and empty, hidden and delayed messages included, and nothing of it is in hand. Not before
   * it is known whether the handler loads.
   */
  async isDrained(): Promise<boolean> {
    if (this.status.state !== 'polling' || !this.#nothingInHand()) return false;
    const seenAt = this.#lastActivityAt;
    const depth = await this.#parts.source.depth().catch(() => undefined); // unknown is not empty
    if (depth === undefined || depth.visible + depth.hidden + depth.delayed > 0) return false;
    return this.#nothingInHand() && this.#lastActivityAt === seenAt;
  }

  #nothingInHand(): boolean {
    return this.#underWay.size === 0 && this.#intake.waiting === 0 && !this.#load.isUnderWay;
  }

  /**
   * Receives nothing more, finishes what handlers have, gives the rest back, and closes the source.
   * May be called twice. Takes as long as the receive in flight and the running invocations take.
   */
  stop(): Promise<void> {
    this.#ended ??= this.#end();
    this.#giveBack();
    return this.#ended;
  }

  /** As `stop`, but delivers what has been received, unless the function's concurrency limit keeps it waiting. */
  finish(): Promise<void> {
    if (this.#ended !== undefined) return this.#ended;
    this.#ended = this.#end();
    this.#intake.finish();
    return this.#ended;
  }

  #giveBack(): void {
    this.#drain.abort();
    const unseen = this.#intake.giveBack();
    this.#track(this.#releaser.release(unseen, unseenBecause));
  }

  async #end(): Promise<void> {
    const { source, sourceLabel } = this.#parts;
    const waitSeconds = Math.ceil(source.longestReceiveMs / 1_000);
    this.status.change(
      'stopping',
      `waiting for the receive in flight (up to ${waitSeconds} s) and ${this.#underWay.size} running batches of ${sourceLabel}`,
    );
    this.#ending.abort();
    await this.#polled;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#drain.abort(); // a receive that has hung may still bring messages: nobody is here to deliver them
    await source.close();
    this.status.change('stopped', 'stopped');
  }

  #createIntake(): QueueIntake {
    const { settings, source, clock } = this.#parts;
    const parts = {
      batchSize: settings.batchSize,
      maxReceive: source.maxReceive,
      envelopeBytes: source.envelopeBytes,
      permits: this.#permits,
      dispatch: (batches: readonly ClosedBatch<HeldMessage>[]): void => this.#track(this.#dispatch(batches)),
    };
    return settings.windowMs > 0 ? new WindowIntake(parts, settings.windowMs, clock) : new PollIntake(parts);
  }

  #createRunContext(): BatchRunContext {
    return {
      parts: this.#parts,
      settler: this.#settler,
      redrive: () => this.#currentRedrive(),
      loaded: () => this.#load.ended(this.#drain.signal),
      ending: this.#ending.signal,
      drain: this.#drain.signal,
      release: (messages, because, batch) => this.#releaser.release(messages, because, batch),
      invoked: (signal) => {
        if (signal !== 'other') this.#adjust(signal);
      },
    };
  }

  /** The rule may have been changed since it was read; a service that does not answer is not waited for. */
  async #currentRedrive(): Promise<QueueFacts['redrive']> {
    const answered = new AbortController();
    const patience = pause(this.#parts.clock, factsPatienceMs, answered.signal);
    await Promise.race([this.#facts.refresh(factsAgeOnFailureMs), patience]);
    answered.abort();
    return this.#facts.current?.redrive;
  }

  #accept(messages: readonly HeldMessage[], reservation: Reservation): void {
    if (messages.length === 0) {
      reservation.cancel();
      return;
    }
    this.#lastActivityAt = this.#parts.clock.now();
    this.#writeReceived(messages);
    if (this.#drain.signal.aborted) {
      reservation.cancel();
      this.#track(this.#releaser.release(messages, 'they arrived while the mapping was stopping'));
      return;
    }
    reservation.fill(this.#keep(messages));
  }

  #writeReceived(messages: readonly HeldMessage[]): void {
    const { journal, mapping } = this.#parts;
    const again = messages.filter((message) => message.receiveCount > 1);
    journal.write({
      type: 'received',
      mapping,
      records: messages.map((message) => message.id),
      ...(again.length === 0
        ? {}
        : { redelivered: Object.fromEntries(again.map(({ id, receiveCount }) => [id, receiveCount])) }),
    });
  }

  /** The messages that pass the filter; those that do not are deleted, as SQS mappings do. */
  #keep(messages: readonly HeldMessage[]): readonly HeldMessage[] {
    const { filter, journal, mapping } = this.#parts;
    const { kept, dropped } = passing(messages, filter, (record, because) =>
      journal.write({ type: 'filtered', mapping, record, because }),
    );
    if (dropped.length > 0) this.#track(this.#settler.settle(dropped, { because: 'filtered' }));
    return kept;
  }

  /** Batches of one receive share its permit and go one after the other; several only where one event would be too large. */
  async #dispatch(batches: readonly ClosedBatch<HeldMessage>[]): Promise<void> {
    const { journal, sourceLabel } = this.#parts;
    this.#invoking++;
    try {
      const runs = batches.map((batch) => {
        const groups = new Set(batch.records.flatMap(({ group }) => (group === undefined ? [] : [group])));
        return {
          run: new BatchRun(this.#run, batch),
          ticket: groups.size > 0 ? this.#lanes.enqueue(groups) : undefined,
        };
      });
      for (const { run, ticket } of runs) await run.run(ticket);
    } catch (error) {
      // A defect of ours or of a source: the messages come back by themselves, and other mappings go on.
      journal.write({
        type: 'notice',
        level: 'warn',
        because: `delivery of ${sourceLabel} broke off: ${messageOf(error)}`,
      });
    } finally {
      this.#invoking--;
      this.#lastActivityAt = this.#parts.clock.now();
      this.#intake.invocationDone(this.#invoking);
      this.#permits.give();
    }
  }

  #adjust(signal: ConcurrencySignal): void {
    const next = nextConcurrency(this.#concurrency, signal, this.#parts.settings.concurrency, this.#parts.clock.now());
    if (next === this.#concurrency) return;
    this.#concurrency = next;
    this.#permits.resize(next.limit);
  }

  #roomMade(): void {
    this.#intake.roomMade();
    this.#poller.pump();
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
