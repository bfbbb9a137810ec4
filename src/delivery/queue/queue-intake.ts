import { Batcher, maxEventBytes, type ClosedBatch } from '../batching/batcher.js';
import { windowEndsAt } from '../batching/window.js';
import type { Clock } from '../../platform/clock.js';
import type { HeldMessage } from './held-message.js';
import type { Permits } from './permits.js';

/** Room for the messages of one receive. Exactly one of `fill` and `cancel` is called. */
export interface Reservation {
  /** How many messages there is room for. */
  readonly max: number;
  fill(messages: readonly HeldMessage[]): void;
  cancel(): void;
}

/** Turns what receives return into batches; gives out receives only as there is room for their messages. */
export interface QueueIntake {
  /** Undefined: there is no room now. */
  reserve(): Reservation | undefined;
  /** A permit may be free again. */
  roomMade(): void;
  /** The batches of an invocation have ended. */
  invocationDone(running: number): void;
  /** Nothing more is asked for: closes what is open, and whatever a receive in flight still brings. */
  finish(): void;
  /** Closes nothing more of what is here, and hands it back: what no batch has that was dispatched. */
  giveBack(): readonly HeldMessage[];
  /** Messages in no batch that was dispatched. */
  readonly waiting: number;
}

interface IntakeOptions {
  readonly batchSize: number;
  readonly maxReceive: number;
  readonly envelopeBytes: number;
  readonly permits: Permits;
  /** Takes closed batches over; they share one permit, which the taker gives back. */
  readonly dispatch: (batches: readonly ClosedBatch<HeldMessage>[]) => void;
}

/** A window ends so long before the moment at which one of its messages must not be kept any longer. */
const holdMarginMs = 500;

function batcherFor({ batchSize, envelopeBytes }: IntakeOptions): Batcher<HeldMessage> {
  return new Batcher({ maxRecords: batchSize, maxBytes: maxEventBytes, envelopeBytes });
}

/** Batching window 0: what one receive returned is a batch (or several, where one event would be too large). */
export class PollIntake implements QueueIntake {
  readonly waiting = 0;
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  reserve(): Reservation | undefined {
    const { permits, batchSize, maxReceive, dispatch } = this.#options;
    if (!permits.tryTake()) return undefined;
    return {
      max: Math.min(batchSize, maxReceive),
      cancel: () => permits.give(),
      fill: (messages) => {
        const batcher = batcherFor(this.#options);
        const batches = messages.flatMap((message) => batcher.add(message));
        if (batcher.size > 0) batches.push(batcher.close('poll'));
        if (batches.length > 0) dispatch(batches);
        else permits.give();
      },
    };
  }

  roomMade(): void {}

  invocationDone(): void {}

  finish(): void {}

  giveBack(): readonly HeldMessage[] {
    return [];
  }
}

/** A batching window: one open batch, fed by all receives, closed by size, bytes or the end of its window. */
export class WindowIntake implements QueueIntake {
  readonly #options: IntakeOptions;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #batcher: Batcher<HeldMessage>;
  /**
   * Closed without a permit. A receive that is in flight when its batch closes (by its window, or because a message did
   * not fit) brings messages for the next one, which has no permit yet. No more is received until it has.
   */
  #closed: ClosedBatch<HeldMessage>[] = [];
  #hasPermit = false;
  /** Messages that receives in flight may still return. */
  #asked = 0;
  #cancelWindow: (() => void) | undefined;
  #windowEndsAt = Number.POSITIVE_INFINITY;
  #previousDoneAt: number | undefined;
  #finishing = false;

  constructor(options: IntakeOptions, windowMs: number, clock: Clock) {
    this.#options = options;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#batcher = batcherFor(options);
  }

  get waiting(): number {
    return this.#closed.reduce((sum, batch) => sum + batch.records.length, this.#batcher.size);
  }

  reserve(): Reservation | undefined {
    const { batchSize, maxReceive } = this.#options;
    const room = batchSize - this.#batcher.size - this.#asked;
    if (room <= 0 || this.#closed.length > 0 || !this.#takePermit()) return undefined;
    const max = Math.min(room, maxReceive);
    this.#asked += max;
    return {
      max,
      cancel: () => this.#returned(max),
      fill: (messages) => {
        for (const message of messages) this.#add(message);
        if (this.#finishing) this.#closeOpen();
        this.#returned(max);
      },
    };
  }

  roomMade(): void {
    for (let batch = this.#closed[0]; batch !== undefined && this.#takePermit(); batch = this.#closed[0]) {
      this.#closed.shift();
      this.#dispatch(batch);
    }
  }

  invocationDone(running: number): void {
    this.#previousDoneAt = running === 0 ? this.#clock.now() : undefined;
  }

  finish(): void {
    this.#finishing = true;
    this.#closeOpen();
  }

  giveBack(): readonly HeldMessage[] {
    this.#stopWindow();
    const held = [...this.#closed.flatMap((batch) => batch.records), ...this.#batcher.close('window').records];
    this.#closed = [];
    this.#freePermit();
    return held;
  }

  #returned(max: number): void {
    this.#asked -= max;
    // An empty batch that nobody is filling must not keep others from their turn.
    if (this.#asked === 0 && this.#batcher.size === 0) this.#freePermit();
  }

  #add(message: HeldMessage): void {
    const opens = this.#batcher.size === 0;
    const closed = this.#batcher.add(message);
    for (const batch of closed) this.#close(batch);
    if (this.#batcher.size === 0) return;
    if (opens || closed.length > 0) this.#startWindow();
    const { holdUntil } = message;
    if (holdUntil !== undefined && holdUntil - holdMarginMs < this.#windowEndsAt) this.#endAt(holdUntil - holdMarginMs);
  }

  #startWindow(): void {
    const now = this.#clock.now();
    this.#endAt(windowEndsAt({ windowMs: this.#windowMs, firstRecordAt: now, previousDoneAt: this.#previousDoneAt }));
  }

  #endAt(at: number): void {
    this.#stopWindow();
    this.#windowEndsAt = at;
    const inMs = Math.max(0, at - this.#clock.now());
    this.#cancelWindow = this.#clock.after(inMs, () => this.#close(this.#batcher.close('window')));
  }

  #stopWindow(): void {
    this.#cancelWindow?.();
    this.#cancelWindow = undefined;
  }

  #closeOpen(): void {
    if (this.#batcher.size > 0) this.#close(this.#batcher.close('window'));
  }

  #close(batch: ClosedBatch<HeldMessage>): void {
    this.#stopWindow();
    if (this.#takePermit()) this.#dispatch(batch);
    else this.#closed.push(batch);
  }

  #dispatch(batch: ClosedBatch<HeldMessage>): void {
    this.#hasPermit = false; // it goes with the batch
    this.#previousDoneAt = undefined;
    this.#options.dispatch([batch]);
  }

  #takePermit(): boolean {
    this.#hasPermit ||= this.#options.permits.tryTake();
    return this.#hasPermit;
  }

  #freePermit(): void {
    if (!this.#hasPermit) return;
    this.#hasPermit = false;
    this.#options.permits.give();
  }
}
