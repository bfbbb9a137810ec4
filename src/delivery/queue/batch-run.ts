import type { ClosedBatch } from '../batching/batcher.js';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { isoTime, pause } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { callFunction, writeCallEnd, type CallVerdict, type FunctionCall } from '../function-call.js';
import type { HeldMessage, QueueDeliveryParts } from './queue-parts.js';
import type { LaneTicket, LeftBehind } from './group-lanes.js';
import { afterQueueInvocation, type QueueStep } from './queue-decision.js';
import type { QueueFacts } from '../../contracts/queue-source.js';
import type { Settler } from './settler.js';

/** What a batch needs beside the parts of its mapping. */
export interface BatchRunContext {
  readonly parts: QueueDeliveryParts;
  readonly settler: Settler;
  /** The queue's dead-letter rule, looked up again when it may be outdated. */
  readonly redrive: () => Promise<QueueFacts['redrive']>;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Fires when nothing more is received: a batch that the function has no room for is not kept any longer. */
  readonly ending: AbortSignal;
  /** Fires when batches that no handler has seen are given back. */
  readonly drain: AbortSignal;
  /** Messages that were not tried go back to the queue. */
  readonly release: (messages: readonly HeldMessage[], because: string, batch?: string) => Promise<void>;
  /** How an invocation ended, for the concurrency limit and the batching window. */
  readonly invoked: (signal: 'success' | 'function-error' | 'other') => void;
}

/** Why messages are given back when their mapping stops. */
export const unseenBecause = 'the mapping stops and no handler has seen them';

/** The way of one batch from closed to settled or left to the queue. */
export class BatchRun {
  readonly #context: BatchRunContext;
  readonly #id: string;
  #messages: readonly HeldMessage[];

  constructor(context: BatchRunContext, batch: ClosedBatch<HeldMessage>) {
    this.#context = context;
    this.#messages = batch.records;
    const { parts } = context;
    this.#id = parts.batchId();
    const { because, bytes } = batch;
    parts.journal.write({ type: 'batched', ...this.#step(), because, bytes });
  }

  /** Never rejects. Resolves when nothing of the batch is in hand any more. */
  async run(ticket: LaneTicket | undefined): Promise<void> {
    let left: ReadonlyMap<string, LeftBehind> = new Map();
    if (ticket !== undefined) await ticket.ready;
    try {
      if (ticket !== undefined) await this.#leaveBlocked(ticket.blocked);
      left = await this.#deliver();
    } finally {
      ticket?.leave(left);
    }
  }

  /** Resolves with the groups of messages that were not handled. */
  async #deliver(): Promise<ReadonlyMap<string, LeftBehind>> {
    const { parts, drain, ending } = this.#context;
    await this.#context.loaded();
    for (let throttles = 0; ; throttles++) {
      await this.#letGoExpired();
      if (this.#messages.length === 0) return new Map();
      if (drain.aborted || (throttles > 0 && ending.aborted)) {
        const because = throttles > 0 ? `${unseenBecause}: the function was throttled` : unseenBecause;
        await this.#giveBack(this.#messages, because);
        return groupsOf(this.#messages, 'given-back');
      }
      const call = this.#callNow();
      const outcome = await callFunction(parts, call);
      const step = afterQueueInvocation(outcome, {
        recordIds: this.#ids(this.#messages),
        reportsItemFailures: parts.settings.reportsItemFailures,
        throttles,
        visibleAgainAt: Math.min(...this.#messages.map((message) => message.visibleAgainAt)),
        now: parts.clock.now(),
        random: parts.random.next(),
      });
      writeCallEnd(parts, call, outcome, verdictOf(step));
      this.#tellConcurrency(outcome, step);
      if (step.kind !== 'call-again') return groupsOf(await this.#carryOut(step), 'failed');
      if (!ending.aborted) await this.#pause(step);
    }
  }

  async #pause({ afterMs, because }: Extract<QueueStep, { kind: 'call-again' }>): Promise<void> {
    const { parts, ending } = this.#context;
    parts.journal.write({
      type: 'retry-scheduled',
      ...this.#step(),
      retryAt: isoTime(parts.clock.now() + afterMs),
      because: `throttled (${because}): the batch is kept and called again within its visibility timeout`,
    });
    await pause(parts.clock, afterMs, ending);
  }

  #giveBack(messages: readonly HeldMessage[], because: string): Promise<void> {
    return this.#context.release(messages, because, this.#id);
  }

  #callNow(): FunctionCall {
    const { source, random } = this.#context.parts;
    return {
      step: this.#step(),
      invocation: random.uuid(),
      attempt: this.#messages.reduce((most, message) => Math.max(most, message.receiveCount), 1),
      eventText: source.event(this.#messages),
    };
  }

  /** What the end of a call means for the concurrency limit. */
  #tellConcurrency(outcome: InvocationOutcome, step: QueueStep): void {
    const { reportsItemFailures } = this.#context.parts.settings;
    if (outcome.kind === 'throttled') return;
    if (outcome.kind === 'failed') this.#context.invoked(reportsItemFailures ? 'other' : 'function-error');
    else this.#context.invoked(step.kind === 'handled' ? 'success' : 'other');
  }

  /** Resolves with the messages that were not handled. */
  async #carryOut(step: Exclude<QueueStep, { kind: 'call-again' }>): Promise<readonly HeldMessage[]> {
    const { settler } = this.#context;
    const reason = { batch: this.#id, because: 'handled' } as const;
    switch (step.kind) {
      case 'handled':
        await settler.settle(this.#messages, reason);
        return [];
      case 'partially-failed': {
        const failed = this.#messages.filter((message) => step.failed.has(message.id));
        await this.#comesBack(failed, step.because);
        await settler.settle(
          this.#messages.filter((message) => !step.failed.has(message.id)),
          reason,
        );
        return failed;
      }
      case 'failed':
      case 'let-go':
        await this.#comesBack(this.#messages, step.because);
        return this.#messages;
      default:
        return unreachable(step);
    }
  }

  /** A message whose visibility timeout has ended while it waited belongs to whoever receives it next. */
  async #letGoExpired(): Promise<void> {
    const now = this.#context.parts.clock.now();
    const expired = this.#messages.filter((message) => message.visibleAgainAt <= now);
    if (expired.length === 0) return;
    this.#messages = this.#messages.filter((message) => message.visibleAgainAt > now);
    await this.#comesBack(expired, 'its visibility timeout ended while it waited for a free invocation');
  }

  /** What is behind messages that were not handled does not overtake them: it waits for them, or goes back with them. */
  async #leaveBlocked(blocked: ReadonlyMap<string, LeftBehind>): Promise<void> {
    if (blocked.size === 0) return;
    const whyLeft = ({ group }: HeldMessage): LeftBehind | undefined =>
      group === undefined ? undefined : blocked.get(group);
    const all = this.#messages;
    this.#messages = all.filter((message) => whyLeft(message) === undefined);
    await this.#comesBack(
      all.filter((message) => whyLeft(message) === 'failed'),
      'an earlier message of its group failed: later ones wait for it',
    );
    await this.#giveBack(
      all.filter((message) => whyLeft(message) === 'given-back'),
      'an earlier message of its group was given back: later ones go with it',
    );
  }

  /** Journals what becomes of messages that stay in the queue. */
  async #comesBack(messages: readonly HeldMessage[], because: string): Promise<void> {
    if (messages.length === 0) return;
    const { journal, mapping } = this.#context.parts;
    const redrive = await this.#context.redrive();
    const usedUp =
      redrive === undefined ? [] : messages.filter((message) => message.receiveCount >= redrive.maxReceiveCount);
    const returning = messages.filter((message) => !usedUp.includes(message));
    if (returning.length > 0) {
      const retryAt = isoTime(Math.min(...returning.map((message) => message.visibleAgainAt)));
      const records = this.#ids(returning);
      journal.write({ type: 'retry-scheduled', mapping, batch: this.#id, records, retryAt, because });
    }
    if (redrive === undefined) return;
    for (const { id, receiveCount, visibleAgainAt } of usedUp) {
      journal.write({
        type: 'discarded',
        mapping,
        record: id,
        deadLetterQueue: redrive.deadLetterQueue,
        because: `received ${receiveCount} of at most ${redrive.maxReceiveCount} times (the queue's maxReceiveCount): the queue moves it to its dead-letter queue ${redrive.deadLetterQueue} when its visibility timeout ends at ${isoTime(visibleAgainAt)}`,
      });
    }
  }

  #step(): { mapping: QueueDeliveryParts['mapping']; batch: string; records: readonly string[] } {
    return { mapping: this.#context.parts.mapping, batch: this.#id, records: this.#ids(this.#messages) };
  }

  #ids(messages: readonly HeldMessage[]): readonly string[] {
    return messages.map((message) => message.id);
  }
}

function groupsOf(messages: readonly HeldMessage[], how: LeftBehind): ReadonlyMap<string, LeftBehind> {
  return new Map(messages.flatMap(({ group }) => (group === undefined ? [] : [[group, how]])));
}

/** What a step means for the call before it: what is kept or let go belongs to calls that were not answered. */
function verdictOf(step: QueueStep): CallVerdict {
  switch (step.kind) {
    case 'handled':
    case 'call-again':
    case 'let-go':
      return { kind: 'handled' };
    case 'failed':
    case 'partially-failed':
      return step;
    default:
      return unreachable(step);
  }
}
