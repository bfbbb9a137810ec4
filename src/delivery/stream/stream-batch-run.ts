import { maxEventBytes, type ClosedBatch } from '../batching/batcher.js';
import { isoTime, pause } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { callFunction, writeCallEnd, type CallVerdict } from '../function-call.js';
import { discard, type Verdict } from './discard.js';
import { PendingBatch } from './pending-batch.js';
import type { BatchContext, Ending } from './stream-route.js';
import { functionCall } from './stream-call.js';
import { afterStreamInvocation, type StreamErrorRules, type StreamStep } from './stream-decision.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import { inTheMiddle, type WindowRun } from './window-run.js';

/** The window that a batch is part of. */
interface BatchWindow {
  /** The one that is open: another one after it was ended early. */
  readonly current: () => WindowRun;
  /** Called after every call that has changed the state. */
  readonly stateChanged: () => Promise<Ending>;
}

/**
 * The way of one batch until nothing is left to do for its records. What a split makes of it is worked on in the order of
 * the stream, each part to its end before the next.
 */
export class StreamBatchRun {
  readonly #context: BatchContext;
  readonly #window: BatchWindow | undefined;
  readonly #rules: StreamErrorRules;
  #pending: PendingBatch[] = [];

  constructor(context: BatchContext, window: BatchWindow | undefined) {
    this.#context = context;
    this.#window = window;
    const { settings, source } = context.parts;
    this.#rules = {
      ...settings.errors,
      windowed: window !== undefined,
      partialResponses: source.partialResponses ?? 'suffix',
      ...(source.identifierOf !== undefined && { identifierOf: (given) => source.identifierOf?.(given) }),
    };
  }

  async run({ records, because, bytes }: ClosedBatch<StreamRecord>): Promise<Ending> {
    const { halt, loaded, keeping } = this.#context;
    const begun = PendingBatch.begin(this.#context, records, because, bytes);
    begun.verdict = this.#tooLarge(records, bytes);
    this.#pending = [begun];
    await loaded();
    for (let batch = this.#pending[0]; batch !== undefined; batch = this.#pending[0]) {
      await this.#untilDue(batch);
      if (halt.aborted) return 'halted';
      this.#letGo(batch);
      const current = batch;
      if (batch.records.length === 0) this.#pending.shift();
      else if ((await keeping(() => this.#work(current))) === 'halted' && halt.aborted) return 'halted';
    }
    return 'finished';
  }

  /** Waits for the time of the next call. A partition that has left meanwhile is let go at once. */
  async #untilDue(batch: PendingBatch): Promise<void> {
    const { parts, halt, interrupt } = this.#context;
    while (!halt.aborted && batch.records.length > 0) {
      const waitMs = batch.dueAt - parts.clock.now();
      if (waitMs <= 0) return;
      await pause(parts.clock, waitMs, interrupt());
      this.#letGo(batch);
    }
  }

  /** What is of a partition that has left is another process's to handle, or is read again. */
  #letGo(batch: PendingBatch): void {
    const held = this.#context.held(batch.records);
    if (held.length < batch.records.length) batch.keep(held);
  }

  async #work(batch: PendingBatch): Promise<Ending> {
    if (batch.verdict !== undefined) return this.#giveUp(batch, batch.verdict);
    return this.#expire(batch) ? 'finished' : this.#call(batch);
  }

  /**
   * Records that have become too old are given up by themselves, before every call: true when there are some, which are the
   * next batch then.
   */
  #expire(batch: PendingBatch): boolean {
    const { parts, partitionOf } = this.#context;
    const { maxAgeMs } = this.#rules;
    if (maxAgeMs === undefined) return false;
    const expired = batch.expired(maxAgeMs, parts.clock.now());
    if (expired.size === 0) return false;
    const because = `older than MaximumRecordAgeInSeconds allows (${maxAgeMs / 1_000} s)`;
    for (const record of expired) {
      const entry = {
        mapping: parts.mapping,
        partition: partitionOf(record),
        batch: batch.id,
        record: record.id,
        because,
      };
      parts.journal.write({ type: 'expired', ...entry });
    }
    this.#pending.unshift(batch.giveUp(expired, uncalled('RecordAgeExceeded', batch.failures, because)));
    return true;
  }

  #tooLarge([first, another]: readonly StreamRecord[], bytes: number): Verdict | undefined {
    const { oversized } = this.#context.parts.source;
    if (oversized !== 'discard' || bytes <= maxEventBytes || first === undefined || another !== undefined)
      return undefined;
    const because = `its event would have ${bytes} bytes, more than the ${maxEventBytes} that a function may get`;
    return uncalled('MaximumPayloadSizeExceeded', 0, because);
  }

  async #call(batch: PendingBatch): Promise<Ending> {
    const { parts } = this.#context;
    const window = this.#window?.current();
    const call = functionCall(this.#context, {
      step: batch.step,
      invocation: parts.random.uuid(),
      records: batch.records,
      attempt: batch.calls + 1,
      window: window && { run: window, phase: inTheMiddle },
    });
    const outcome = await callFunction(parts, call);
    const { recordIds, failures, throttles } = batch;
    const attempt = { recordIds, failures, throttles, random: parts.random.next() };
    const next = afterStreamInvocation(outcome, attempt, this.#rules);
    writeCallEnd(parts, call, outcome, verdictOf(next));
    if (outcome.kind === 'throttled') batch.throttles++;
    else {
      batch.throttles = 0;
      batch.calls++;
      batch.requestId = call.invocation;
    }
    return this.#carryOut(batch, next);
  }

  async #carryOut(batch: PendingBatch, next: StreamStep): Promise<Ending> {
    switch (next.kind) {
      case 'handled':
        this.#pending.shift();
        this.#context.done(batch.records);
        return this.#keep(next.state);
      case 'advance':
        return this.#progress(batch, (_, index) => index >= next.index, next);
      case 'retry-some':
        return this.#progress(batch, ({ id }) => next.failed.has(id), next);
      case 'split':
        this.#split(batch, next);
        return 'finished';
      case 'retry':
        if (next.counts) batch.failures++;
        this.#schedule(batch, next);
        return 'finished';
      case 'discard': {
        const { kind: _, ...verdict } = next;
        batch.verdict = verdict;
        return 'finished';
      }
      default:
        return unreachable(next);
    }
  }

  /** Some of the records are done, and what is left is a new batch. */
  async #progress(
    batch: PendingBatch,
    isLeft: (record: StreamRecord, index: number) => boolean,
    next: Extract<StreamStep, { kind: 'advance' | 'retry-some' }>,
  ): Promise<Ending> {
    const left = batch.records.filter((record, index) => isLeft(record, index));
    const handled = batch.records.filter((record, index) => !isLeft(record, index));
    this.#context.done(handled);
    const rest = PendingBatch.rest(this.#context, left);
    this.#pending[0] = rest;
    if ((await this.#keep(next.state)) === 'halted') return 'halted';
    this.#schedule(rest, next);
    return 'finished';
  }

  #split(batch: PendingBatch, next: Extract<StreamStep, { kind: 'split' }>): void {
    const first = PendingBatch.rest(this.#context, batch.records.slice(0, next.index));
    const second = PendingBatch.rest(this.#context, batch.records.slice(next.index));
    this.#pending.splice(0, 1, first, second);
    this.#context.parts.journal.write({
      type: 'bisected',
      ...batch.step,
      into: [
        { batch: first.id, records: first.records.length },
        { batch: second.id, records: second.records.length },
      ],
      because: next.because,
    });
    this.#schedule(first, next);
  }

  async #giveUp(batch: PendingBatch, verdict: Verdict): Promise<Ending> {
    const [first, ...others] = batch.records;
    if (first === undefined) return 'finished';
    const { id, step, requestId } = batch;
    const ending = await discard(this.#context, {
      batch: id,
      step,
      records: [first, ...others],
      requestId,
      ...verdict,
    });
    if (ending === 'finished') this.#pending.shift();
    return ending;
  }

  /** Puts the next call off, but not past the moment at which a first record becomes too old. */
  #schedule(batch: PendingBatch, { afterMs, because }: { afterMs: number; because: string }): void {
    const { journal, clock } = this.#context.parts;
    const now = clock.now();
    batch.dueAt = Math.max(now, Math.min(now + afterMs, batch.expiresAt(this.#rules.maxAgeMs)));
    journal.write({ type: 'retry-scheduled', ...batch.step, retryAt: isoTime(batch.dueAt), because });
  }

  async #keep(state: string | undefined): Promise<Ending> {
    if (state === undefined || this.#window === undefined) return 'finished';
    this.#window.current().keep(state);
    return this.#window.stateChanged();
  }
}

/** Of records that are given up by themselves. AWS counts one call even where there was none. */
function uncalled(condition: Verdict['condition'], failures: number, because: string): Verdict {
  return { condition, invokeCount: Math.max(1, failures), functionError: null, because };
}

function verdictOf(next: StreamStep): CallVerdict {
  switch (next.kind) {
    case 'handled':
      return next;
    case 'advance':
      return { kind: 'partially-failed', failed: next.failed, because: next.because };
    case 'retry-some':
      return { kind: 'partially-failed', failed: next.failed, leaves: 'reported', because: next.because };
    case 'split':
    case 'retry':
    case 'discard':
      return { kind: 'failed', because: next.because };
    default:
      return unreachable(next);
  }
}
