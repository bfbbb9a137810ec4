import { pause } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { orAborted } from '../../platform/or-aborted.js';
import { pollBackOff } from '../back-off.js';
import type { PollerStatus } from '../poller-status.js';
import { Tries } from '../tries.js';
import type { Activity } from './activity.js';
import type { HeldMessage } from './held-message.js';
import type { FactsCache } from './queue-facts.js';
import type { Reservation } from './queue-intake.js';
import type { QueueRoute } from './queue-route.js';
import type { DroppedMessage, QueueMessage } from '../../contracts/queue-source.js';

/** How often a refused queue is looked at again: its settings can be mended while we run. */
const refusedRetryMs = 2_000;
/** How old a queue's settings may be while it is polled. */
const factsAgeMs = 60_000;
/** How long a stop waits for a receive beyond the time it may take. */
const receiveGraceMs = 500;

interface QueuePollerOptions {
  readonly route: QueueRoute;
  readonly status: PollerStatus;
  readonly facts: FactsCache;
  readonly activity: Activity;
  readonly drain: AbortSignal;
  /** Room for one receive, if there is any. */
  readonly reserve: () => Reservation | undefined;
  /** Takes messages over, and fills or cancels the reservation. Throws for a defect alone. */
  readonly accept: (messages: readonly HeldMessage[], reservation: Reservation) => void;
  /** Is told of what the source does not hand over. */
  readonly dropped: (message: DroppedMessage) => void;
  /** Most receives that are useful at once. */
  readonly concurrency: () => number;
  readonly signal: (signal: 'backlog' | 'idle') => void;
  /** Why this queue cannot serve this function, if that is so. */
  readonly problem: () => string | undefined;
}

/** Called with the error of a receive, or with nothing when the queue's settings have to be looked at again. */
type EndPolling = (failure?: { readonly error: unknown }) => void;

/**
 * Asks a queue for messages: one receive in flight when idle, several with a backlog, none without room.
 *
 * States: starting → polling ⇄ waiting (the source cannot be used) or refused (its settings do not fit) → stopping.
 */
export class QueuePoller {
  readonly #options: QueuePollerOptions;
  readonly #receives = new Set<Promise<void>>();
  readonly #tries: Tries;
  #wanted = 1;
  /** While receives may be started: ends this stretch of polling. */
  #endPolling: EndPolling | undefined;

  constructor(options: QueuePollerOptions) {
    this.#options = options;
    this.#tries = new Tries(options.route, pollBackOff);
  }

  /** Polls until told to drain; then resolves when no receive is in flight any more. */
  async run(): Promise<void> {
    const { drain, route } = this.#options;
    while (!drain.aborted) {
      if (await this.#connected()) await this.#poll();
    }
    const done = new AbortController();
    // A receive that takes longer than it may is not worth waiting for: its connection hangs.
    const patience = pause(route.clock, route.source.longestReceiveMs + receiveGraceMs, done.signal);
    await Promise.race([Promise.all(this.#receives), patience]);
    done.abort();
  }

  /** Starts receives as far as there is room and use for them. */
  pump(): void {
    if (this.#options.drain.aborted) return; // the end of polling is under way
    while (this.#endPolling !== undefined && this.#receives.size < this.#wanted) {
      const reservation = this.#options.reserve();
      if (reservation === undefined) {
        if (this.#wanted > 1) this.#options.signal('backlog');
        return;
      }
      const receive = this.#receive(reservation, this.#endPolling).finally(() => {
        this.#receives.delete(receive);
        this.pump();
      });
      this.#receives.add(receive);
    }
  }

  /** Whether polling can begin; where it cannot, resolves after the pause until the next try. */
  async #connected(): Promise<boolean> {
    const { facts, status, route, problem, drain } = this.#options;
    if (status.state === 'starting') status.change('starting', `looking for ${route.sourceLabel}`);
    try {
      await orAborted(facts.read(), drain);
    } catch (error) {
      await this.#failed(error);
      return false;
    }
    if (drain.aborted) return false;
    const refusal = problem();
    if (refusal !== undefined) {
      status.change('refused', refusal);
      await pause(route.clock, refusedRetryMs, drain);
      return false;
    }
    // After a receive has failed, only one that succeeds proves that the queue can be polled again.
    if (this.#tries.failures === 0 || status.state === 'refused') this.#answered();
    return true;
  }

  /** Resolves when polling has to end; after a failed receive, after the pause that follows it. */
  async #poll(): Promise<void> {
    const { drain } = this.#options;
    if (drain.aborted) return;
    this.#wanted = 1;
    const failure = await new Promise<{ readonly error: unknown } | undefined>((resolve) => {
      const end: EndPolling = (reason) => {
        drain.removeEventListener('abort', drained);
        resolve(reason);
      };
      const drained = (): void => end();
      drain.addEventListener('abort', drained);
      this.#endPolling = end;
      this.pump();
    });
    this.#endPolling = undefined;
    if (failure !== undefined) await this.#failed(failure.error);
  }

  async #receive(reservation: Reservation, endPolling: EndPolling): Promise<void> {
    const { route, facts, activity, accept, dropped } = this.#options;
    const { settings, source, target, clock } = route;
    const leaseMs = facts.current?.visibilityTimeoutMs;
    const visibilityTimeoutMs =
      leaseMs === undefined ? undefined : receiveVisibilityMs(leaseMs, settings.windowMs, target.timeoutMs);
    const { max } = reservation;
    const before = activity.count;
    let messages: readonly QueueMessage[];
    try {
      messages = await source.receive(
        visibilityTimeoutMs === undefined ? { max, dropped } : { max, visibilityTimeoutMs, dropped },
      );
      if (!isListOfMessages(messages)) throw new TypeError('its receive resolved with something else than messages');
    } catch (error) {
      reservation.cancel();
      endPolling({ error });
      return;
    }
    this.#answered();
    if (messages.length === 0) activity.foundEmpty(before);
    this.#adapt(messages.length, max);
    const hiddenMs = visibilityTimeoutMs ?? leaseMs;
    try {
      accept(hiddenMs === undefined ? messages : leased(messages, clock.now() + hiddenMs), reservation);
    } catch (error) {
      endPolling({ error }); // a defect, which the next messages may run into as well
    }
    void this.#lookAgain(endPolling); // never rejects; delivery does not wait for it
  }

  async #lookAgain(endPolling: EndPolling): Promise<void> {
    await this.#options.facts.refresh(factsAgeMs);
    if (this.#options.problem() !== undefined) endPolling();
  }

  /** A full receive means that there is more: ask for more at once. An empty one means that there is nothing. */
  #adapt(got: number, max: number): void {
    if (got === 0) {
      this.#wanted = 1;
      this.#options.signal('idle');
    } else if (got === max) {
      this.#wanted = Math.min(this.#wanted * 2, this.#options.concurrency());
    }
  }

  #answered(): void {
    const { status, route, drain } = this.#options;
    this.#tries.succeeded();
    if (!drain.aborted) status.change('polling', `polling ${route.sourceLabel}`);
  }

  async #failed(error: unknown): Promise<void> {
    const { route, status, drain } = this.#options;
    if (drain.aborted) return;
    const { pauseMs, nextTryAt } = this.#tries.failed();
    status.change('waiting', `waiting for ${route.sourceLabel}: ${messageOf(error)}`, nextTryAt);
    await this.#tries.wait(pauseMs, drain);
  }
}

function leased(messages: readonly QueueMessage[], visibleAgainAt: number): readonly HeldMessage[] {
  return messages.map((message) => ({ ...message, visibleAgainAt }));
}

/** A source of a configuration is plain JavaScript: what it answers is not always what its type promises. */
function isListOfMessages(answer: unknown): boolean {
  return Array.isArray(answer) && answer.every((each) => typeof each === 'object' && each !== null);
}

/** Added to window and timeout when they do not fit into the queue's visibility timeout. */
const spareMs = 30_000;

/**
 * For how long messages must be hidden while they are batched and handled; undefined: the queue's own visibility timeout
 * does (docs/semantics.md, "Effective visibility timeout").
 */
function receiveVisibilityMs(queueMs: number, windowMs: number, functionTimeoutMs: number): number | undefined {
  return windowMs > 0 && windowMs + functionTimeoutMs > queueMs ? windowMs + functionTimeoutMs + spareMs : undefined;
}
