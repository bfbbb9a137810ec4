import { maxEventBytes } from '../batching/batcher.js';
import { RecordQueue } from '../batching/record-queue.js';
import { windowFor, type TumblingWindow } from '../batching/tumbling-window.js';
import { isoTime, pause } from '../../platform/clock.js';
import { Wakeup } from '../../platform/wakeup.js';
import { batchStep, type BatchContext, type Ending, type PartitionContext } from './stream-route.js';
import { StreamBatchRun } from './stream-batch-run.js';
import { callFunction, writeCallEnd } from '../function-call.js';
import { functionCall } from './stream-call.js';
import { afterFinalCall } from './stream-decision.js';
import type { TumblingSettings } from './stream-route.js';
import type { StreamRecord } from '../../contracts/stream-source.js';
import { WindowRun, type WindowPhase } from './window-run.js';

/** Keeps the checkpoint where it is while a window is open. */
export interface CheckpointHold {
  hold(): void;
  release(): void;
}

/**
 * One lane of a partition: its records are handled in order, one batch at a time. Whatever keeps a batch from being done
 * keeps the lane, and no other.
 */
export class StreamLane {
  readonly #context: PartitionContext;
  readonly #batches: BatchContext;
  readonly #checkpoint: CheckpointHold;
  readonly #queue: RecordQueue<StreamRecord>;
  readonly #wakeup: Wakeup;
  #complete = false;
  #atTip = false;
  #busy = false;
  #previousDoneAt: number | undefined;
  #window: WindowRun | undefined;
  /** The window of the batch that is being worked on. */
  #batchWindow: TumblingWindow | undefined;
  /** No window begins before this. */
  #earliestStartMs = Number.NEGATIVE_INFINITY;

  /** `number`: which of the lanes of the partition it is, where there are several. */
  constructor(context: PartitionContext, checkpoint: CheckpointHold, number: number | undefined) {
    this.#context = context;
    this.#batches = batchContext(context, number);
    this.#checkpoint = checkpoint;
    this.#wakeup = new Wakeup(context.parts.clock);
    const { tumbling } = context.parts.settings;
    this.#queue = new RecordQueue(tumbling && ((first, other) => this.#areApart(first, other, tumbling)));
  }

  /** Whether nothing is waiting, under way, or in a window that is open. */
  get idle(): boolean {
    return !this.#busy && this.#queue.size === 0 && this.#window === undefined;
  }

  /** `atTip`: nothing more was there when these were read. */
  push(records: readonly StreamRecord[], atTip: boolean): void {
    const now = this.#context.parts.clock.now();
    for (const record of records) this.#queue.push(record, now);
    if (records.length === 0 && (atTip === this.#atTip || this.#window === undefined)) {
      this.#atTip = atTip;
      return;
    }
    this.#atTip = atTip;
    this.#wakeup.wake();
  }

  /** No more records come. */
  complete(): void {
    this.#complete = true;
    this.#wakeup.wake();
  }

  /** Resolves when everything is done and nothing more comes, or when the lane has to stop. */
  async run(): Promise<Ending> {
    const { halt } = this.#context;
    while (!halt.aborted) {
      if (this.#windowIsOver()) {
        if ((await this.#work(() => this.#closeWindow(false))) === 'halted') return 'halted';
        continue;
      }
      const taken = this.#take();
      if ('batch' in taken) {
        if ((await this.#work(() => this.#batch(taken.batch))) === 'halted') return 'halted';
        continue;
      }
      if (this.#complete && this.#queue.size === 0) return 'finished';
      await this.#wakeup.wait(halt, taken.waitUntil ?? this.#windowDueAt());
    }
    return 'halted';
  }

  async #work(work: () => Promise<Ending>): Promise<Ending> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.#previousDoneAt = this.#context.parts.clock.now();
    }
  }

  #take(): ReturnType<RecordQueue<StreamRecord>['take']> {
    const { settings, source, clock } = this.#context.parts;
    const first = this.#queue.first;
    let envelopeBytes = source.envelopeBytes;
    if (settings.tumbling !== undefined && first !== undefined) {
      this.#batchWindow = this.#windowOf(first, settings.tumbling);
      envelopeBytes += (this.#window ?? this.#newWindow(this.#batchWindow)).extraBytes;
    }
    return this.#queue.take({
      limits: { maxRecords: settings.batchSize, maxBytes: maxEventBytes, envelopeBytes },
      windowMs: settings.windowMs,
      previousDoneAt: this.#previousDoneAt,
      complete: this.#complete,
      now: clock.now(),
    });
  }

  #batch(batch: Parameters<StreamBatchRun['run']>[0]): Promise<Ending> {
    const windowed = this.#context.parts.settings.tumbling !== undefined;
    const window = {
      current: () => this.#openWindow(),
      stateChanged: async (): Promise<Ending> =>
        this.#window?.stateIsTooLarge === true ? this.#closeWindow(true) : 'finished',
    };
    return new StreamBatchRun(this.#batches, windowed ? window : undefined).run(batch);
  }

  #windowOf({ arrivedAt }: StreamRecord, { lengthMs }: TumblingSettings): TumblingWindow {
    const open = this.#window?.window.startMs ?? this.#earliestStartMs;
    return windowFor(arrivedAt, lengthMs, Math.max(open, this.#earliestStartMs));
  }

  #areApart(first: StreamRecord, other: StreamRecord, tumbling: TumblingSettings): boolean {
    const { startMs, endMs } = this.#windowOf(first, tumbling);
    return windowFor(other.arrivedAt, tumbling.lengthMs, startMs).startMs >= endMs;
  }

  #newWindow(window: TumblingWindow): WindowRun {
    const { partition, parts } = this.#context;
    return new WindowRun(window, { partition, sourceArn: parts.sourceArn });
  }

  #openWindow(): WindowRun {
    if (this.#window === undefined) {
      const window = this.#batchWindow;
      if (window === undefined) throw new Error('a batch without a window');
      this.#checkpoint.hold();
      this.#window = this.#newWindow(window);
      this.#earliestStartMs = window.startMs;
    }
    return this.#window;
  }

  #windowIsOver(): boolean {
    const { tumbling } = this.#context.parts.settings;
    const open = this.#window;
    if (tumbling === undefined || open === undefined) return false;
    const first = this.#queue.first;
    if (first !== undefined) return this.#windowOf(first, tumbling).startMs > open.window.startMs;
    return this.#complete || this.#context.parts.clock.now() >= (this.#windowDueAt() ?? Number.POSITIVE_INFINITY);
  }

  /** When an open window without new records is closed. Only once everything that is there has been read. */
  #windowDueAt(): number | undefined {
    const { tumbling } = this.#context.parts.settings;
    if (tumbling === undefined || this.#window === undefined || !this.#atTip) return undefined;
    return this.#window.window.endMs + tumbling.idleMs;
  }

  /** The last call of a window, as often as it takes; then its records are done. */
  async #closeWindow(terminatedEarly: boolean): Promise<Ending> {
    const open = this.#window;
    if (open === undefined) return 'finished';
    const { parts, halt } = this.#context;
    const phase: WindowPhase = { final: true, terminatedEarly };
    const batch = parts.batchId();
    const step = batchStep(this.#batches, batch, { records: [], recordIds: [] });
    parts.journal.write({ type: 'batched', ...step, because: 'window-end', bytes: open.extraBytes });
    for (let tries = 1; !halt.aborted; tries++) {
      const call = functionCall(this.#batches, {
        step,
        invocation: parts.random.uuid(),
        records: [],
        attempt: tries,
        window: { run: open, phase },
      });
      const outcome = await callFunction(parts, call);
      const next = afterFinalCall(outcome, tries, parts.random.next());
      writeCallEnd(
        parts,
        call,
        outcome,
        next.kind === 'closed' ? { kind: 'handled' } : { kind: 'failed', because: next.because },
      );
      if (next.kind === 'closed') {
        this.#window = undefined;
        // What is left of a window that was ended early goes on with a fresh state.
        this.#earliestStartMs = terminatedEarly ? open.window.startMs : open.window.endMs;
        this.#checkpoint.release();
        return 'finished';
      }
      const because = `the last call of the window failed, and the ${parts.partitionWord} waits for it: ${next.because}`;
      const retryAt = isoTime(parts.clock.now() + next.afterMs);
      parts.journal.write({ type: 'retry-scheduled', ...step, retryAt, because });
      await pause(parts.clock, next.afterMs, halt);
    }
    return 'halted';
  }
}

/** What the work on a batch needs, where all of it is of one partition. */
function batchContext(context: PartitionContext, lane: number | undefined): BatchContext {
  const { parts, partition, halt, loaded, done } = context;
  const where = lane === undefined ? { partition } : { partition, lane };
  return {
    parts,
    halt,
    loaded,
    done,
    place: (_, ids) => ({ ...where, records: ids }),
    partitionOf: () => partition,
    interrupt: () => halt,
    held: (records) => records,
    keeping: (work) => work(),
  };
}
