import type { ClosedBatch } from '../batching/batcher.js';
import type { FailedMessages } from '../../contracts/queue-source.js';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import type { BatchStep } from '../../journal/events.js';
import { isoTime, pause, type Clock } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { unreachable } from '../../platform/unreachable.js';
import { callFunction, writeCallEnd, type FunctionCall } from '../function-call.js';
import type { ConcurrencySignal } from './concurrency.js';
import type { GroupTurn, LeftBehind } from './group-turns.js';
import { earliest, sortMessages, type HeldMessage, type SortedMessages } from './held-message.js';
import { afterBrokenCall, afterQueueInvocation, leftToQueue, type QueueStep } from './queue-decision.js';
import type { FactsCache } from './queue-facts.js';
import type { QueueRoute } from './queue-route.js';
import type { Releaser } from './releaser.js';
import type { Settler } from './settler.js';

/** What the batches of a mapping share. */
export interface BatchRunContext {
  readonly route: QueueRoute;
  readonly settler: Settler;
  readonly releaser: Releaser;
  readonly facts: Pick<FactsCache, 'redrive'>;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Fires when nothing more is received: a batch that was not handled at once is not kept any longer. */
  readonly ending: AbortSignal;
  /** Fires when batches that no handler has seen are given back. */
  readonly drain: AbortSignal;
  /** In which order a message stands: batches of one order go one after the other. */
  readonly orderOf: (message: HeldMessage) => string | undefined;
  /** What the end of a call means for the number of batches at once. */
  readonly adjust: (signal: ConcurrencySignal) => void;
}

/** Why messages are given back when their mapping stops. */
export const unseenBecause = 'the mapping stops and no handler has seen them';

/** How long a batch that may not be called even once keeps its room, so that it does not go back and forth all the time. */
const overduePauseMs = 1_000;

const leave: FailedMessages = { kind: 'leave' };
const nothingLeft: ReadonlyMap<string, LeftBehind> = new Map();

/**
 * The way of one batch from closed to settled, rejected, given back or left to the queue.
 *
 * A batch that is kept for another call is given back when its mapping ends, also by a `finish`: the same function would
 * fail again, and what comes after it gets the batch as a new delivery, whose calls are counted anew. So no update of a
 * mapping, however often it comes, turns into a rejection.
 */
export class BatchRun {
  readonly #context: BatchRunContext;
  readonly #id: string;
  /** Of ordered queues: the group that all messages of the batch are of. */
  readonly #group: string | undefined;
  #messages: readonly HeldMessage[];
  /** Refused calls in a row. */
  #throttles = 0;
  /** Calls that have failed, in part or as a whole. */
  #failures = 0;
  /** Calls that broke off in a row, by a defect. */
  #breaks = 0;
  /** It was not handled at once, and waits for another call. */
  #isKept = false;
  /** Not earlier. */
  #callAt = 0;
  #wentBack = false;

  constructor(context: BatchRunContext, batch: ClosedBatch<HeldMessage>) {
    this.#context = context;
    this.#messages = batch.records;
    this.#group = groupOf(batch.records);
    const { route } = context;
    this.#id = route.batchId();
    const { because, bytes } = batch;
    route.journal.write({ type: 'batched', ...this.#step(), because, bytes });
  }

  /** Whether messages of it went back to the queue without having been handled, so that later ones must not be ahead of them. */
  get wentBack(): boolean {
    return this.#wentBack;
  }

  /**
   * Resolves when nothing of the batch is in hand any more. Rejects for a defect alone: then what is left of it comes back when
   * its lease ends, and what is behind it waits for that.
   */
  async run(turn: GroupTurn | undefined): Promise<void> {
    let left = nothingLeft;
    const all = this.#messages;
    if (turn !== undefined) await turn.ready;
    try {
      if (turn !== undefined) await this.#leaveBlocked(turn.blocked);
      left = await this.#deliver();
      if (this.#wentBack) left = new Map([...this.#ordersOf(all, 'given-back'), ...left]);
    } catch (error) {
      left = this.#ordersOf(all, 'failed');
      throw error;
    } finally {
      turn?.leave(left);
    }
  }

  /** Resolves with the orders in which messages are left that have failed. */
  async #deliver(): Promise<ReadonlyMap<string, LeftBehind>> {
    const { route, drain, ending } = this.#context;
    await this.#context.loaded();
    for (;;) {
      const now = route.clock.now();
      const sorted = sortMessages(this.#messages, now);
      if (sorted.usable !== this.#messages) await this.#letGo(sorted);
      else if (this.#messages.length === 0) return nothingLeft;
      else if (drain.aborted || (this.#isKept && ending.aborted)) await this.#giveBack();
      else if (now < this.#callAt) await pauseWith(this.#messages, this.#callAt - now, route.clock, ending);
      else {
        const step = await this.#tryCall();
        if (step.kind !== 'call-again') return this.#ordersOf(await this.#carryOut(step), 'failed');
        await this.#keep(step);
      }
    }
  }

  /**
   * A defect of ours or of a source costs no message its place. What has no lease is kept: nobody would give it back, and given
   * back at once it would be received again at once.
   */
  async #tryCall(): Promise<QueueStep> {
    const { source, random } = this.#context.route;
    try {
      const step = await this.#call();
      this.#breaks = 0;
      return step;
    } catch (error) {
      const step = afterBrokenCall(messageOf(error), {
        messages: this.#messages,
        failedMessages: source.failedMessages ?? leave,
        breaks: ++this.#breaks,
        random: random.next(),
      });
      if (step === undefined) throw error;
      return step;
    }
  }

  async #call(): Promise<QueueStep> {
    const { route } = this.#context;
    const { source, settings, clock, random } = route;
    const messages = this.#messages;
    const call: FunctionCall = {
      step: this.#step(),
      invocation: random.uuid(),
      attempt: messages.reduce((most, { receiveCount }) => Math.max(most, receiveCount), 1) + this.#failures,
      eventText: source.event(messages, this.#failures > 0),
    };
    const outcome = await callFunction(route, call);
    const { verdict, step } = afterQueueInvocation(outcome, {
      messages,
      reportsItemFailures: settings.reportsItemFailures,
      failedMessages: source.failedMessages ?? leave,
      throttles: this.#throttles,
      failures: this.#failures,
      now: clock.now(),
      random: random.next(),
    });
    writeCallEnd(route, call, outcome, verdict);
    this.#count(outcome, step);
    return step;
  }

  /** What was kept for later calls says nothing about how many batches the function can take at once. */
  #count(outcome: InvocationOutcome, step: QueueStep): void {
    const { route, adjust } = this.#context;
    if (outcome.kind === 'throttled') {
      this.#throttles++;
      return;
    }
    this.#throttles = 0;
    if (step.kind === 'handled') adjust('success');
    else {
      this.#failures++;
      if (step.kind === 'left' && outcome.kind === 'failed' && !route.settings.reportsItemFailures)
        adjust('function-error');
    }
  }

  /** Settles what need not be called again, and lets some time pass for the rest. */
  async #keep({ failed, afterMs, because }: Extract<QueueStep, { kind: 'call-again' }>): Promise<void> {
    const { route, ending } = this.#context;
    await this.#settleAllBut(failed);
    this.#messages = failed;
    this.#isKept = true;
    if (ending.aborted) return;
    this.#callAt = route.clock.now() + afterMs;
    route.journal.write({ type: 'retry-scheduled', ...this.#step(), retryAt: isoTime(this.#callAt), because });
  }

  /** Resolves with the messages that were not handled and are still the queue's. */
  async #carryOut(step: Exclude<QueueStep, { kind: 'call-again' }>): Promise<readonly HeldMessage[]> {
    switch (step.kind) {
      case 'handled':
        await this.#context.settler.settle(this.#messages, 'handled', this.#id);
        return [];
      case 'left':
        await this.#comesBack(step.failed, step.because);
        await this.#settleAllBut(step.failed);
        return step.failed;
      case 'rejected':
        await this.#settleAllBut(step.failed);
        await this.#context.settler.reject(step.failed, step.limit.rejectedAre, step.because, this.#id);
        return [];
      default:
        return unreachable(step);
    }
  }

  async #settleAllBut(failed: readonly HeldMessage[]): Promise<void> {
    if (failed.length === this.#messages.length) return;
    const kept = new Set(failed);
    const others = this.#messages.filter((message) => !kept.has(message));
    await this.#context.settler.settle(others, 'handled', this.#id);
  }

  /** A message whose lease has ended or whose delivery is void belongs to whoever receives it next. */
  async #letGo({ usable, expired, lost, overdue }: SortedMessages): Promise<void> {
    const { route, releaser, ending } = this.#context;
    this.#messages = usable;
    await this.#comesBack(expired, 'its visibility timeout ended while it waited for a free invocation');
    await this.#comesBack(lost, 'their delivery became void before they were handled: the queue delivers them again');
    await releaser.release(overdue, 'they must not be kept any longer', this.#id);
    if (lost.length + overdue.length > 0) this.#wentBack = true;
    // By another clock than ours it may be time enough: then the queue delivers them again at once.
    if (overdue.length > 0 && !this.#isKept) await pause(route.clock, overduePauseMs, ending);
  }

  async #giveBack(): Promise<void> {
    const messages = this.#messages;
    this.#messages = [];
    this.#wentBack = true;
    const because =
      this.#throttles > 0
        ? `${unseenBecause}: the function was throttled`
        : this.#failures > 0
          ? 'the mapping stops, and the handler is not called with them again'
          : unseenBecause;
    await this.#context.releaser.release(messages, because, this.#id);
  }

  /** What is behind messages that were not handled does not overtake them: it waits for them, or goes back with them. */
  async #leaveBlocked(blocked: ReadonlyMap<string, LeftBehind>): Promise<void> {
    if (blocked.size === 0) return;
    const { orderOf, releaser } = this.#context;
    const whyLeft = (message: HeldMessage): LeftBehind | undefined => {
      const order = orderOf(message);
      return order === undefined ? undefined : blocked.get(order);
    };
    const all = this.#messages;
    this.#messages = all.filter((message) => whyLeft(message) === undefined);
    await this.#comesBack(
      all.filter((message) => whyLeft(message) === 'failed'),
      'an earlier message of its group failed: later ones wait for it',
    );
    await releaser.release(
      all.filter((message) => whyLeft(message) === 'given-back'),
      'an earlier message of its group was given back: later ones go with it',
      this.#id,
    );
  }

  /** Journals what becomes of messages that stay in the queue. */
  async #comesBack(messages: readonly HeldMessage[], because: string): Promise<void> {
    if (messages.length === 0) return;
    const { route, facts } = this.#context;
    const { source, journal, mapping, clock } = route;
    const redrive = source.failedMessages?.kind === 'again' ? undefined : await facts.redrive();
    const { returning, returnAt, usedUp } = leftToQueue(messages, redrive);
    if (returning.length > 0) {
      const retryAt = isoTime(returnAt ?? clock.now());
      journal.write({ type: 'retry-scheduled', ...this.#step(returning), retryAt, because });
    }
    if (redrive === undefined) return;
    const { deadLetterQueue } = redrive;
    for (const { message, because: why } of usedUp) {
      journal.write({ type: 'discarded', mapping, record: message.id, deadLetterQueue, because: why });
    }
  }

  #step(messages: readonly HeldMessage[] = this.#messages): BatchStep {
    const records = messages.map((message) => message.id);
    const { mapping } = this.#context.route;
    const group = this.#group;
    return group === undefined ? { mapping, batch: this.#id, records } : { mapping, batch: this.#id, group, records };
  }

  #ordersOf(messages: readonly HeldMessage[], how: LeftBehind): ReadonlyMap<string, LeftBehind> {
    if (messages.length === 0) return nothingLeft;
    const { orderOf } = this.#context;
    const orders = messages.map((message) => orderOf(message)).filter((order) => order !== undefined);
    return new Map(orders.map((order) => [order, how]));
  }
}

/** Ends early when some of the messages are lost, or must not be kept any longer. */
function pauseWith(messages: readonly HeldMessage[], ms: number, clock: Clock, ending: AbortSignal): Promise<void> {
  const holdUntil = earliest(messages, 'holdUntil');
  const inMs = holdUntil === undefined ? ms : Math.min(ms, holdUntil - clock.now());
  const lost = new Set(messages.flatMap((message) => (message.lost === undefined ? [] : [message.lost])));
  return pause(clock, inMs, ending, ...lost);
}

/** The group of messages that are all of one. */
function groupOf(messages: readonly HeldMessage[]): string | undefined {
  const group = messages[0]?.group;
  return group !== undefined && messages.every((message) => message.group === group) ? group : undefined;
}
