import type {
  QueueDepth,
  QueueFacts,
  QueueMessage,
  QueueSource,
  ReceiveRequest,
  SettleFailure,
} from '../../src/contracts/queue-source.js';
import { SourceError } from '../../src/contracts/source-error.js';
import type { Clock } from '../../src/platform/clock.js';
import { ChangeSignal } from '../../src/testing/change-signal.js';

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  receives: number;
  visibleAt: number;
  handle: string;
}

export interface MemoryQueueOptions {
  readonly clock: Clock;
  readonly fifo?: boolean;
  readonly visibilityMs?: number;
  readonly maxReceiveCount?: number;
  readonly waitMs?: number;
}

/** A queue in memory that behaves like SQS: long polls, visibility timeouts, receive counts, message groups, a dead-letter rule. */
export class MemoryQueue implements QueueSource {
  readonly maxReceive = 10;
  readonly envelopeBytes = 14;
  readonly longestReceiveMs: number;
  readonly deleted: string[] = [];
  readonly deadLetters: string[] = [];
  readonly released: string[] = [];
  readonly receives: ReceiveRequest[] = [];
  /** Thrown by receive and describe while set. */
  broken: SourceError | undefined;
  /** Number of settle calls that fail next. */
  failSettles = 0;
  settleFailureIsFinal = false;
  visibilityMs: number;
  closed = false;
  mostReceivesAtOnce = 0;
  #receivesAtOnce = 0;
  #stored: Stored[] = [];
  #sequence = 0;
  readonly #changes: ChangeSignal;
  readonly #options: MemoryQueueOptions;

  constructor(options: MemoryQueueOptions) {
    this.#changes = new ChangeSignal(options.clock);
    this.#options = options;
    this.visibilityMs = options.visibilityMs ?? 30_000;
    this.longestReceiveMs = options.waitMs ?? 2_000;
  }

  /** Puts messages into the queue; with a group on ordered queues. The id of a message is the beginning of its body. */
  send(bodies: readonly string[], group?: string): void {
    for (const body of bodies) {
      this.#stored.push({ id: body.slice(0, 40), body, group, receives: 0, visibleAt: 0, handle: '' });
    }
    this.#changes.changed();
  }

  /** What is still in the queue. */
  get left(): readonly string[] {
    return this.#stored.map((stored) => stored.id);
  }

  get hidden(): readonly string[] {
    return this.#stored.filter((stored) => stored.visibleAt > this.#now()).map((stored) => stored.id);
  }

  async describe(): Promise<QueueFacts> {
    this.#throwIfBroken();
    const { maxReceiveCount } = this.#options;
    return {
      visibilityTimeoutMs: this.visibilityMs,
      ...(maxReceiveCount === undefined ? {} : { redrive: { maxReceiveCount, deadLetterQueue: 'dead' } }),
    };
  }

  async receive(request: ReceiveRequest): Promise<readonly QueueMessage[]> {
    this.receives.push(request);
    this.mostReceivesAtOnce = Math.max(this.mostReceivesAtOnce, ++this.#receivesAtOnce);
    try {
      this.#throwIfBroken();
      const deadline = this.#now() + this.longestReceiveMs;
      for (;;) {
        const taken = this.#take(request);
        if (taken.length > 0 || this.#now() >= deadline) return taken;
        await this.#changed(deadline);
        this.#throwIfBroken();
      }
    } finally {
      this.#receivesAtOnce--;
    }
  }

  async settle(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    await Promise.resolve();
    if (this.failSettles > 0) {
      this.failSettles--;
      return messages.map((message) => ({ message, retryable: !this.settleFailureIsFinal, because: 'told to fail' }));
    }
    for (const message of messages) {
      if (!this.#stored.some((stored) => stored.handle === message.handle)) continue; // a stale receipt deletes nothing
      this.#stored = this.#stored.filter((stored) => stored.handle !== message.handle);
      this.deleted.push(message.id);
    }
    this.#changes.changed();
    return [];
  }

  async release(messages: readonly QueueMessage[]): Promise<void> {
    for (const message of messages) {
      this.released.push(message.id);
      for (const stored of this.#stored) if (stored.handle === message.handle) stored.visibleAt = 0;
    }
    this.#changes.changed();
  }

  async depth(): Promise<QueueDepth> {
    return { visible: this.#stored.length - this.hidden.length, hidden: this.hidden.length, delayed: 0 };
  }

  event(messages: readonly QueueMessage[]): string {
    return `{"Records":[${messages.map((message) => message.record).join(',')}]}`;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #throwIfBroken(): void {
    if (this.broken !== undefined) throw this.broken;
  }

  #take({ max, visibilityTimeoutMs = this.visibilityMs }: ReceiveRequest): QueueMessage[] {
    const now = this.#now();
    this.#moveDeadLetters(now);
    const blocked = new Set(this.#stored.filter((stored) => stored.visibleAt > now).map((stored) => stored.group));
    const free = this.#stored.filter(
      (stored) => stored.visibleAt <= now && !(this.#options.fifo === true && blocked.has(stored.group)),
    );
    return free.slice(0, max).map((stored) => {
      stored.receives++;
      stored.visibleAt = now + visibilityTimeoutMs;
      stored.handle = `${stored.id}#${++this.#sequence}`;
      const record = JSON.stringify({ messageId: stored.id, body: stored.body });
      return {
        id: stored.id,
        handle: stored.handle,
        ...(stored.group === undefined ? {} : { group: stored.group }),
        receiveCount: stored.receives,
        record,
        bytes: Buffer.byteLength(record),
        view: () => ({ messageId: stored.id, body: stored.body }),
      };
    });
  }

  #moveDeadLetters(now: number): void {
    const { maxReceiveCount = Number.POSITIVE_INFINITY } = this.#options;
    const isDead = (stored: Stored): boolean => stored.visibleAt <= now && stored.receives >= maxReceiveCount;
    this.deadLetters.push(...this.#stored.filter(isDead).map((stored) => stored.id));
    this.#stored = this.#stored.filter((stored) => !isDead(stored));
  }

  /** Resolves when messages may have become available, or at the deadline. */
  #changed(deadline: number): Promise<void> {
    const upcoming = this.#stored.map((stored) => stored.visibleAt).filter((at) => at > this.#now());
    const next = Math.min(deadline, ...upcoming);
    return this.#changes.wait(next);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
