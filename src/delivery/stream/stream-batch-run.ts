import type { ClosedBatch } from '../batching/batcher.js';
import type { CloseReason } from '../../journal/events.js';
import { isoTime, pause } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { discard } from './discard.js';
import type { Ending, PartitionContext } from './stream-parts.js';
import { callFunction, writeCallEnd, type CallVerdict } from '../function-call.js';
import { functionCall } from './stream-call.js';
import { afterStreamInvocation, expiredFront, type StreamStep } from './stream-decision.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import { inTheMiddle, type WindowRun } from './window-run.js';

/** The window that a batch is part of. */
export interface BatchWindow {
  /** The one that is open: another one after it was ended early. */
  readonly current: () => WindowRun;
  /** Called after every call that has changed the state. */
  readonly stateChanged: () => Promise<Ending>;
}

/** A batch, or what a split or progress has made of one. */
interface PendingBatch {
  readonly id: string;
  records: readonly StreamRecord[];
  recordIds: readonly string[];
  /** Calls that failed and count. */
  failures: number;
  /** Calls that were made. */
  calls: number;
  /** Throttled calls in a row. */
  throttles: number;
  /** Of the last call. */
  requestId: string | undefined;
}

/**
 * The way of one batch of a partition until nothing is left to do for its records. What a split makes of it is worked on
 * in the order of the stream, each part to its end before the next.
 */
export class StreamBatchRun {
  readonly #context: PartitionContext;
  readonly #window: BatchWindow | undefined;
  #pending: PendingBatch[] = [];

  constructor(context: PartitionContext, window: BatchWindow | undefined) {
    this.#context = context;
    this.#window = window;
  }

  async run({ records, because, bytes }: ClosedBatch<StreamRecord>): Promise<Ending> {
    this.#pending = [this.#begin(records, because, bytes, 0)];
    await this.#context.loaded();
    for (let batch = this.#pending[0]; batch !== undefined; batch = this.#pending[0]) {
      if (this.#context.halt.aborted || (await this.#expire(batch)) === 'halted') return 'halted';
      if (batch.records.length === 0) this.#pending.shift();
      else if ((await this.#call(batch)) === 'halted') return 'halted';
    }
    return 'finished';
  }

  #begin(records: readonly StreamRecord[], because: CloseReason, bytes: number, failures: number): PendingBatch {
    const { parts, partition } = this.#context;
    const id = parts.batchId();
    const recordIds = records.map((record) => record.id);
    parts.journal.write({
      type: 'batched',
      mapping: parts.mapping,
      batch: id,
      partition,
      records: recordIds,
      because,
      bytes,
    });
    return { id, records, recordIds, failures, calls: 0, throttles: 0, requestId: undefined };
  }

  /** A part of a batch, as a batch of its own. */
  #rest(records: readonly StreamRecord[], failures: number): PendingBatch {
    const { envelopeBytes } = this.#context.parts.source;
    const bytes = records.reduce((sum, record) => sum + record.bytes + 1, envelopeBytes - 1);
    return this.#begin(records, 'rest', bytes, failures);
  }

  /** Records that have become too old are given up by themselves, before every call. */
  async #expire(batch: PendingBatch): Promise<Ending> {
    const { parts, partition } = this.#context;
    const { maxAgeMs } = parts.settings.errors;
    if (maxAgeMs === undefined) return 'finished';
    const now = parts.clock.now();
    const count = expiredFront(
      batch.records.map(({ arrivedAt }) => arrivedAt),
      maxAgeMs,
      now,
    );
    const [first, ...others] = batch.records.slice(0, count);
    if (first === undefined) return 'finished';
    const because = `older than MaximumRecordAgeInSeconds allows (${maxAgeMs / 1_000} s)`;
    for (const { id } of [first, ...others]) {
      const entry = { mapping: parts.mapping, partition, batch: batch.id, record: id, because };
      parts.journal.write({ type: 'expired', ...entry });
    }
    const ending = await discard(this.#context, {
      batch: batch.id,
      records: [first, ...others],
      condition: 'RecordAgeExceeded',
      // AWS counts one call even where there was none.
      invokeCount: Math.max(1, batch.failures),
      requestId: batch.requestId,
      functionError: null,
      because,
    });
    if (ending === 'finished') this.#goOnWith(batch, batch.records.slice(count));
    return ending;
  }

  #goOnWith(batch: PendingBatch, records: readonly StreamRecord[]): void {
    batch.records = records;
    batch.recordIds = records.map((record) => record.id);
  }

  async #call(batch: PendingBatch): Promise<Ending> {
    const { parts } = this.#context;
    const window = this.#window?.current();
    const call = functionCall(this.#context, {
      batch: batch.id,
      invocation: parts.random.uuid(),
      records: batch.records,
      recordIds: batch.recordIds,
      attempt: batch.calls + 1,
      window: window && { run: window, phase: inTheMiddle },
    });
    const outcome = await callFunction(parts, call);
    const step = afterStreamInvocation(
      outcome,
      {
        recordIds: batch.recordIds,
        failures: batch.failures,
        throttles: batch.throttles,
        random: parts.random.next(),
      },
      { ...parts.settings.errors, windowed: window !== undefined },
    );
    writeCallEnd(parts, call, outcome, verdictOf(step));
    if (outcome.kind === 'throttled') batch.throttles++;
    else {
      batch.throttles = 0;
      batch.calls++;
      batch.requestId = call.invocation;
    }
    return this.#carryOut(batch, step);
  }

  async #carryOut(batch: PendingBatch, step: StreamStep): Promise<Ending> {
    switch (step.kind) {
      case 'handled':
        this.#pending.shift();
        this.#context.done(batch.records);
        return this.#keep(step.state);
      case 'advance':
        return this.#advance(batch, step);
      case 'split':
        return this.#split(batch, step);
      case 'retry':
        if (step.counts) batch.failures++;
        return this.#pause(batch, step);
      case 'discard':
        return this.#discard(batch, step);
      default:
        return unreachable(step);
    }
  }

  async #advance(batch: PendingBatch, step: Extract<StreamStep, { kind: 'advance' }>): Promise<Ending> {
    this.#context.done(batch.records.slice(0, step.index));
    const rest = this.#rest(batch.records.slice(step.index), 0);
    this.#pending[0] = rest;
    if ((await this.#keep(step.state)) === 'halted') return 'halted';
    return this.#pause(rest, step);
  }

  async #split(batch: PendingBatch, step: Extract<StreamStep, { kind: 'split' }>): Promise<Ending> {
    const { parts, partition } = this.#context;
    const first = this.#rest(batch.records.slice(0, step.index), batch.failures);
    const second = this.#rest(batch.records.slice(step.index), batch.failures);
    this.#pending.splice(0, 1, first, second);
    parts.journal.write({
      type: 'bisected',
      mapping: parts.mapping,
      batch: batch.id,
      partition,
      records: batch.recordIds,
      into: [
        { batch: first.id, records: first.records.length },
        { batch: second.id, records: second.records.length },
      ],
      because: step.because,
    });
    return this.#pause(first, step);
  }

  async #discard(batch: PendingBatch, step: Extract<StreamStep, { kind: 'discard' }>): Promise<Ending> {
    const [first, ...others] = batch.records;
    if (first === undefined) return 'finished';
    const { kind: _, ...verdict } = step;
    const { id, requestId } = batch;
    const ending = await discard(this.#context, { batch: id, records: [first, ...others], requestId, ...verdict });
    if (ending === 'finished') this.#pending.shift();
    return ending;
  }

  /** Waits before the next call, but not past the moment at which the first record becomes too old. */
  async #pause(batch: PendingBatch, { afterMs, because }: { afterMs: number; because: string }): Promise<Ending> {
    const { parts, partition, halt } = this.#context;
    const { maxAgeMs = Number.POSITIVE_INFINITY } = parts.settings.errors;
    const now = parts.clock.now();
    const expiresInMs = (batch.records[0]?.arrivedAt ?? now) + maxAgeMs + 1 - now;
    const pauseMs = Math.max(0, Math.min(afterMs, expiresInMs));
    parts.journal.write({
      type: 'retry-scheduled',
      mapping: parts.mapping,
      batch: batch.id,
      partition,
      records: batch.recordIds,
      retryAt: isoTime(now + pauseMs),
      because,
    });
    await pause(parts.clock, pauseMs, halt);
    return halt.aborted ? 'halted' : 'finished';
  }

  async #keep(state: string | undefined): Promise<Ending> {
    if (state === undefined || this.#window === undefined) return 'finished';
    this.#window.current().keep(state);
    return this.#window.stateChanged();
  }
}

function verdictOf(step: StreamStep): CallVerdict {
  switch (step.kind) {
    case 'handled':
      return step;
    case 'advance':
      return { kind: 'partially-failed', failed: step.failed, because: step.because };
    case 'split':
    case 'retry':
    case 'discard':
      return { kind: 'failed', because: step.because };
    default:
      return unreachable(step);
  }
}
