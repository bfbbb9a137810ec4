import { pause } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { orAborted } from '../../platform/or-aborted.js';
import { pollBackOff } from '../back-off.js';
import { Tries } from '../tries.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';
import type { PollerStatus } from '../poller-status.js';
import type { FactsCache } from './queue-facts.js';
import type { Reservation } from './queue-intake.js';
import type { DroppedMessage, QueueMessage, ReceiveRequest } from '../../contracts/queue-source.js';

/** How often a refused queue is looked at again: its settings can be mended while we run. */
const refusedRetryMs = 2_000;
/** How old a queue's settings may be while it is polled. */
const factsAgeMs = 60_000;
/** How long a stop waits for a receive beyond the time it may take. */
const receiveGraceMs = 500;

/** What a poller works for, and whom it tells. */
export interface PollerContext {
  readonly its: QueueDependencies;
  readonly status: PollerStatus;
  readonly facts: FactsCache;
  readonly drain: AbortSignal;
  /** Room for one receive, if there is any. */
  readonly reserve: () => Reservation | undefined;
  /** Takes messages over, and fills or cancels the reservation. */
  readonly accept: (messages: readonly HeldMessage[], reservation: Reservation) => void;
  /** Told of messages that the source has taken for good. */
  readonly dropped: (messages: readonly DroppedMessage[]) => void;
  /** Its batches are the most receives that are useful at once; it is told of backlogs and of idleness. */
  readonly limit: Pick<ConcurrencyLimit, 'batches' | 'tell'>;
  /** Why a queue with such a lease cannot serve this function, if that is so. */
  readonly problem: (visibilityTimeoutMs: number) => string | undefined;
}

/** Called with the error of a receive, or with nothing when the queue's settings have to be looked at again. */
type EndPolling = (failure?: { readonly error: unknown }) => void;

/**
 * Asks a queue for messages: one receive in flight when idle, several with a backlog, none without room.
 *
 * States: starting → polling ⇄ waiting (the source cannot be used) or refused (its settings do not fit) → stopping.
 */
export class QueuePoller {
  readonly #context: PollerContext;
  readonly #receives = new Set<Promise<void>>();
  #wanted = 1;
  readonly #tries: Tries;
  /** When the last receive began that brought nothing. */
  #foundNothingAt = Number.NEGATIVE_INFINITY;
  /** While receives may be started: ends this stretch of polling. */
  #endPolling: EndPolling | undefined;

  constructor(context: PollerContext) {
    this.#context = context;
    this.#tries = new Tries(context.its, pollBackOff);
  }

  /** Polls until told to drain; then resolves when no receive is in flight any more. */
  async run(): Promise<void> {
    const { drain, its } = this.#context;
    while (!drain.aborted) {
      if (await this.#connected()) await this.#poll();
    }
    const done = new AbortController();
    // A receive that takes longer than it may is not worth waiting for: its connection hangs.
    const patience = pause(its.clock, its.source.longestReceiveMs + receiveGraceMs, done.signal);
    await Promise.race([Promise.all(this.#receives), patience]);
    done.abort();
  }

  /** Starts receives as far as there is room and use for them. */
  pump(): void {
    if (this.#context.drain.aborted) return; // the end of polling is under way
    while (this.#endPolling !== undefined && this.#receives.size < this.#wanted) {
      const reservation = this.#context.reserve();
      if (reservation === undefined) {
        if (this.#wanted > 1) this.#context.limit.tell('backlog');
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
    const { facts, status, its, drain } = this.#context;
    if (status.state === 'starting') status.change('starting', `looking for ${its.sourceLabel}`);
    try {
      await orAborted(facts.read(), drain);
    } catch (error) {
      await this.#failed(error);
      return false;
    }
    if (drain.aborted) return false;
    const refusal = this.#problem();
    if (refusal !== undefined) {
      status.change('refused', refusal);
      await pause(its.clock, refusedRetryMs, drain);
      return false;
    }
    // After a receive has failed, only one that succeeds proves that the queue can be polled again.
    if (this.#tries.failures === 0 || status.state === 'refused') this.#answered();
    return true;
  }

  /** Resolves when polling has to end; after a failed receive, after the pause that follows it. */
  async #poll(): Promise<void> {
    const { drain } = this.#context;
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
    const { its, facts, accept } = this.#context;
    const { settings, target, clock } = its;
    const startedAt = clock.now();
    const queueMs = facts.current?.visibilityTimeoutMs;
    const visibilityTimeoutMs = receiveVisibilityMs(queueMs, settings.windowMs, target.timeoutMs);
    let messages: readonly QueueMessage[];
    try {
      const wanted = { max: reservation.max, ...(visibilityTimeoutMs !== undefined && { visibilityTimeoutMs }) };
      messages = await this.#messages(wanted);
    } catch (error) {
      reservation.cancel();
      endPolling({ error });
      return;
    }
    this.#answered();
    this.#adapt(messages.length, reservation.max);
    if (messages.length === 0) this.#foundNothingAt = startedAt;
    const leaseMs = visibilityTimeoutMs ?? queueMs;
    const leaseEndsAt = leaseMs === undefined ? undefined : clock.now() + leaseMs;
    accept(
      messages.map((message) => ({ ...message, leaseEndsAt })),
      reservation,
    );
    void this.#lookAgain(endPolling); // never rejects; delivery does not wait for it
  }

  /** Rejects as the receive does; what the source has dropped is told of in any case. */
  async #messages(wanted: ReceiveRequest): Promise<readonly QueueMessage[]> {
    const { its, dropped } = this.#context;
    const gone: DroppedMessage[] = [];
    try {
      return await its.source.receive({ ...wanted, dropped: (message) => gone.push(message) });
    } finally {
      if (gone.length > 0) dropped(gone);
    }
  }

  async #lookAgain(endPolling: EndPolling): Promise<void> {
    await this.#context.facts.refresh(factsAgeMs);
    if (this.#problem() !== undefined) endPolling();
  }

  /** A full receive means that there is more: ask for more at once. An empty one means that there is nothing. */
  #adapt(got: number, max: number): void {
    if (got === 0) {
      this.#wanted = 1;
      this.#context.limit.tell('idle');
    } else if (got === max) {
      this.#wanted = Math.min(this.#wanted * 2, this.#context.limit.batches);
    }
  }

  #answered(): void {
    const { status, its, drain } = this.#context;
    this.#tries.succeeded();
    if (!drain.aborted) status.change('polling', `polling ${its.sourceLabel}`);
  }

  async #failed(error: unknown): Promise<void> {
    const { its, status, drain } = this.#context;
    if (drain.aborted) return;
    const { pauseMs, nextTryAt } = this.#tries.failed();
    status.change('waiting', `waiting for ${its.sourceLabel}: ${messageOf(error)}`, nextTryAt);
    await this.#tries.wait(pauseMs, drain);
  }

  /** Whether a receive that began then, or later, brought nothing, and none has brought anything since. */
  foundNothingSince(at: number): boolean {
    return this.#foundNothingAt >= at;
  }

  #problem(): string | undefined {
    const visibilityTimeoutMs = this.#context.facts.current?.visibilityTimeoutMs;
    return visibilityTimeoutMs === undefined ? undefined : this.#context.problem(visibilityTimeoutMs);
  }
}

/** Added to window and timeout when they do not fit into the queue's visibility timeout. */
const spareMs = 30_000;

/**
 * For how long messages must be hidden while they are batched and handled; undefined: the queue's own visibility timeout
 * does, or messages have no lease (docs/semantics.md, "Effective visibility timeout").
 */
function receiveVisibilityMs(
  queueMs: number | undefined,
  windowMs: number,
  functionTimeoutMs: number,
): number | undefined {
  if (queueMs === undefined || windowMs === 0 || windowMs + functionTimeoutMs <= queueMs) return undefined;
  return windowMs + functionTimeoutMs + spareMs;
}
