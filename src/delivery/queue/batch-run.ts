import type { FailedMessages, QueueFacts } from '../../contracts/queue-source.js';
import type { InvocationOutcome } from '../../functions/lambda-function.js';
import { isoTime, pause } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import type { ClosedBatch } from '../batching/batcher.js';
import { callFunction, writeCallEnd, type CallVerdict, type FunctionCall } from '../function-call.js';
import type { LeftBehind, Turn } from './group-turns.js';
import { firstLeaseEnd, idsOf, type HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';
import {
  afterQueueInvocation,
  leftToQueue,
  noLongerOurs,
  type FailureStep,
  type NoLongerOurs,
  type QueueStep,
} from './queue-decision.js';
import type { Releaser } from './releaser.js';
import type { Settler } from './settler.js';

/** What a batch needs beside the dependencies of its mapping. */
export interface BatchRunContext {
  readonly its: QueueDependencies;
  readonly settler: Settler;
  readonly releaser: Releaser;
  /** The queue's dead-letter rule, looked up again when it may be outdated. */
  readonly redrive: () => Promise<QueueFacts['redrive']>;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Fires when nothing more is received: a batch that has to be called again is not kept any longer. */
  readonly ending: AbortSignal;
  /** Fires when batches that no handler has seen are given back. */
  readonly drain: AbortSignal;
  /** How an invocation ended, for the concurrency limit. */
  readonly invoked: (signal: 'success' | 'function-error') => void;
}

/** Why messages are given back when their mapping stops. */
export const unseenBecause = 'the mapping stops and no handler has seen them';

const leave: FailedMessages = { kind: 'leave' };

const whyGiven: Readonly<Record<Exclude<NoLongerOurs, 'lease-ended'>, string>> = {
  'held-long-enough': 'they must not be kept any longer, and are given back',
  lost: 'the connection that they came over is lost, and the queue delivers them again',
};

/** How many calls of a batch came to nothing. */
interface Attempts {
  /** The function was not reached, so often in a row. */
  throttles: number;
  failures: number;
}

/** The way of one batch from closed to settled, or left, given back or refused to the queue. */
export class BatchRun {
  readonly #context: BatchRunContext;
  readonly #id: string;
  readonly #group: string | undefined;
  #messages: readonly HeldMessage[];
  readonly #attempts: Attempts = { throttles: 0, failures: 0 };

  constructor(context: BatchRunContext, { records, because, bytes }: ClosedBatch<HeldMessage>) {
    this.#context = context;
    this.#messages = records;
    const { batchId, journal } = context.its;
    this.#id = batchId();
    this.#group = onlyGroup(records);
    journal.write({ type: 'batched', ...this.#step(), because, bytes });
  }

  /** Never rejects. Resolves when nothing of the batch is in hand any more. */
  async run(turn: Turn | undefined): Promise<void> {
    let left: ReadonlyMap<string, LeftBehind> = new Map();
    if (turn !== undefined) await turn.ready;
    try {
      if (turn !== undefined) await this.#leaveBlocked(turn.blocked);
      left = await this.#deliver();
    } finally {
      turn?.leave(left);
    }
  }

  /** Resolves with the groups of messages that were not handled. */
  async #deliver(): Promise<ReadonlyMap<string, LeftBehind>> {
    const { its, drain, ending } = this.#context;
    await this.#context.loaded();
    for (;;) {
      await this.#letGo();
      if (this.#messages.length === 0) return new Map();
      const { throttles, failures } = this.#attempts;
      if (drain.aborted || (throttles + failures > 0 && ending.aborted)) {
        const tried = failures > 0 ? 'the mapping stops, and they were not handled yet' : unseenBecause;
        await this.#giveBack(this.#messages, throttles > 0 ? `${tried}: the function was throttled` : tried);
        return groupsOf(this.#messages, 'given-back');
      }
      const call = this.#callNow();
      const outcome = await callFunction(its, call);
      const step = afterQueueInvocation(outcome, this.#attempt());
      writeCallEnd(its, call, outcome, verdictOf(step));
      this.#tellConcurrency(outcome, step);
      const left = await this.#carryOut(step);
      if (left !== 'held') return groupsOf(left, 'failed');
    }
  }

  #attempt(): Parameters<typeof afterQueueInvocation>[1] {
    const { settings, source, clock, random } = this.#context.its;
    return {
      recordIds: idsOf(this.#messages),
      reportsItemFailures: settings.reportsItemFailures,
      failedMessages: source.failedMessages ?? leave,
      ...this.#attempts,
      leaseEndsAt: firstLeaseEnd(this.#messages),
      now: clock.now(),
      random: random.next(),
    };
  }

  #callNow(): FunctionCall {
    const { source, random } = this.#context.its;
    const receives = this.#messages.reduce((most, { receiveCount }) => Math.max(most, receiveCount), 1);
    return {
      step: this.#step(),
      invocation: random.uuid(),
      attempt: receives + this.#attempts.failures,
      eventText: source.event(this.#messages),
    };
  }

  /** What the end of a call means for the concurrency limit. */
  #tellConcurrency(outcome: InvocationOutcome, step: QueueStep): void {
    const { reportsItemFailures } = this.#context.its.settings;
    if (outcome.kind === 'failed' && !reportsItemFailures) this.#context.invoked('function-error');
    if (outcome.kind === 'succeeded' && step.kind === 'handled') this.#context.invoked('success');
  }

  /** Resolves with the messages that were not handled, or that some are held for another call. */
  async #carryOut(step: QueueStep): Promise<readonly HeldMessage[] | 'held'> {
    const { settler } = this.#context;
    const reason = { batch: this.#id, because: 'handled' } as const;
    switch (step.kind) {
      case 'handled':
        await settler.settle(this.#messages, reason);
        return [];
      case 'partially-failed': {
        const failed = this.#messages.filter(({ id }) => step.failed.has(id));
        const others = this.#messages.filter(({ id }) => !step.failed.has(id));
        const settled = (): Promise<void> => settler.settle(others, reason);
        return this.#afterFailure(failed, step, settled);
      }
      case 'failed':
        return this.#afterFailure(this.#messages, step, () => Promise.resolve());
      case 'call-again': {
        this.#attempts.throttles++;
        const kept = this.#messages[0]?.leaseEndsAt === undefined ? '' : ' within its visibility timeout';
        await this.#pause(step.afterMs, `throttled (${step.because}): the batch is kept and called again${kept}`);
        return 'held';
      }
      case 'let-go':
        await this.#comesBack(this.#messages, step.because);
        return this.#messages;
      default:
        return unreachable(step);
    }
  }

  async #afterFailure(
    failed: readonly HeldMessage[],
    { because, next }: { readonly because: string; readonly next: FailureStep },
    settleOthers: () => Promise<void>,
  ): Promise<readonly HeldMessage[] | 'held'> {
    switch (next.kind) {
      case 'leave':
        await this.#comesBack(failed, because);
        await settleOthers();
        return failed;
      case 'hold':
        await settleOthers();
        this.#messages = failed;
        this.#attempts.failures++;
        this.#attempts.throttles = 0;
        await this.#pause(next.afterMs, `${because}; the batch is held and called again`);
        return 'held';
      case 'reject':
        await settleOthers();
        await this.#reject(failed, `${because}; ${next.because}`);
        return failed;
      default:
        return unreachable(next);
    }
  }

  /** Waits before the next call, but no longer than the messages are ours, and not when nothing more is received. */
  async #pause(afterMs: number, because: string): Promise<void> {
    const { its, ending } = this.#context;
    if (ending.aborted) return;
    const now = its.clock.now();
    const holdUntil = this.#messages.map((message) => message.holdUntil ?? Number.POSITIVE_INFINITY);
    const pauseMs = Math.max(0, Math.min(afterMs, Math.min(...holdUntil) - now));
    its.journal.write({ type: 'retry-scheduled', ...this.#step(), retryAt: isoTime(now + pauseMs), because });
    const lost = new Set(this.#messages.flatMap((message) => message.lost ?? []));
    await pause(its.clock, pauseMs, lost.size === 0 ? ending : AbortSignal.any([ending, ...lost]));
  }

  #giveBack(messages: readonly HeldMessage[], because: string): Promise<void> {
    return this.#context.releaser.release(messages, because, this.#id);
  }

  /** Messages that are not ours any more, or must not be any longer, leave the batch before it is called for. */
  async #letGo(): Promise<void> {
    const { its, releaser } = this.#context;
    const now = its.clock.now();
    if (this.#messages.every((message) => noLongerOurs(message, now) === undefined)) return;
    const all = this.#messages;
    const those = (why: NoLongerOurs): readonly HeldMessage[] =>
      all.filter((message) => noLongerOurs(message, now) === why);
    this.#messages = all.filter((message) => noLongerOurs(message, now) === undefined);
    await this.#comesBack(those('lease-ended'), 'its visibility timeout ended while it waited for a free invocation');
    await releaser.releaseNow(those('held-long-enough'), whyGiven['held-long-enough'], this.#id);
    const lost = those('lost');
    if (lost.length > 0) releaser.written(lost, whyGiven.lost, this.#id);
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

  /** Writes down what becomes of messages that stay in the queue. */
  async #comesBack(messages: readonly HeldMessage[], because: string): Promise<void> {
    if (messages.length === 0) return;
    const { journal, mapping, clock } = this.#context.its;
    const { returning, deadLettered } = leftToQueue(messages, await this.#context.redrive());
    if (returning.length > 0) {
      const retryAt = isoTime(firstLeaseEnd(returning) ?? clock.now());
      journal.write({ type: 'retry-scheduled', ...this.#step(returning), retryAt, because });
    }
    for (const { message, deadLetterQueue, because: why } of deadLettered) {
      journal.write({ type: 'discarded', mapping, record: message.id, deadLetterQueue, because: why });
    }
  }

  /** Refuses messages, and writes down what the queue makes of that. */
  async #reject(messages: readonly HeldMessage[], because: string): Promise<void> {
    const { its, settler, releaser } = this.#context;
    const { source, journal, mapping } = its;
    const { failedMessages = leave } = source;
    const areGone = failedMessages.kind === 'again' && failedMessages.limit?.outcome === 'discarded';
    await settler.reject(messages, this.#id, (refused) => {
      if (!areGone) releaser.written(refused, because, this.#id);
      else
        for (const record of idsOf(refused)) {
          journal.write({ type: 'discarded', mapping, batch: this.#id, record, because });
        }
    });
  }

  #step(messages = this.#messages): FunctionCall['step'] {
    const group = this.#group === undefined ? {} : { group: this.#group };
    return { mapping: this.#context.its.mapping, batch: this.#id, ...group, records: idsOf(messages) };
  }
}

function groupsOf(messages: readonly HeldMessage[], how: LeftBehind): ReadonlyMap<string, LeftBehind> {
  return new Map(messages.flatMap(({ group }) => (group === undefined ? [] : [[group, how]])));
}

/** The message group that all of these are of. */
function onlyGroup(messages: readonly HeldMessage[]): string | undefined {
  const group = messages[0]?.group;
  return messages.every((message) => message.group === group) ? group : undefined;
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
