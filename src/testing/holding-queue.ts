import { SourceError } from '../contracts/source-error.js';
import type {
  FailedMessages,
  QueueDepth,
  QueueFacts,
  QueueMessage,
  QueueSource,
  ReceiveRequest,
  SettleFailure,
} from '../contracts/queue-source.js';
import type { Clock } from '../platform/clock.js';
import { ChangeSignal } from './change-signal.js';

export interface HoldingQueueOptions {
  readonly clock: Clock;
  /** Default: kept for ever, with pauses from 1 second up to 30. */
  readonly failedMessages?: FailedMessages;
  /** Default: `drop`. */
  readonly oversized?: 'alone' | 'drop';
  /** Most messages that are with the consumer and not settled. Default: as many as it asks for. */
  readonly prefetch?: number;
  /** Whether it tells its depth. Default: true. */
  readonly tellsDepth?: boolean;
  /** How long a receive waits for messages. Default: 2 seconds. */
  readonly waitMs?: number;
}

/** What a message may be sent with. */
export interface HoldingSend {
  /** After so long the queue does not deliver it any more, and its consumer must not keep it. */
  readonly expiresInMs?: number;
  /** Of a kind that no handler can get. */
  readonly unsupported?: boolean;
}

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly unsupported: boolean;
  readonly expiresAt: number | undefined;
  /** Not delivered earlier. */
  availableAt: number;
  deliveries: number;
  /** While it is with a consumer. */
  handle: string | undefined;
}

/** When a rejected message is delivered again, where it is. */
const redeliveryDelayMs = 1_000;

const forEver: FailedMessages = { kind: 'again', firstPauseMs: 1_000, longestPauseMs: 30_000 };

/**
 * A queue in memory that behaves like a broker: messages are its consumer's, without a lease, until they are settled,
 * rejected, given back, or the connection ends. What comes back has its old place, and is redelivered.
 */
export class HoldingQueue implements QueueSource {
  readonly maxReceive = 10_000;
  readonly envelopeBytes = '{"Records":[]}'.length;
  readonly longestReceiveMs: number;
  readonly failedMessages: FailedMessages;
  readonly oversized: 'alone' | 'drop';
  /** Ids in the order in which their messages were settled. */
  readonly settled: string[] = [];
  /** Ids of messages that were rejected, or expired in the queue. */
  readonly deadLetters: string[] = [];
  /** Ids of messages that the source itself has taken away. */
  readonly dropped: string[] = [];
  readonly #options: HoldingQueueOptions;
  readonly #changes: ChangeSignal;
  #connection = new AbortController();
  #isDown = false;
  #isMissing = false;
  #stored: Stored[] = [];
  #delivered = 0;

  constructor(options: HoldingQueueOptions) {
    this.#changes = new ChangeSignal(options.clock);
    const { failedMessages = forEver, oversized = 'drop', waitMs = 2_000 } = options;
    this.#options = options;
    this.failedMessages = failedMessages;
    this.oversized = oversized;
    this.longestReceiveMs = waitMs;
  }

  /** Puts messages into the queue. The id of a message is the beginning of its body. */
  send(bodies: readonly string[], { expiresInMs, unsupported = false }: HoldingSend = {}): void {
    const expiresAt = expiresInMs === undefined ? undefined : this.#now() + expiresInMs;
    for (const body of bodies) {
      const id = body.slice(0, 40);
      this.#stored.push({ id, body, unsupported, expiresAt, availableAt: 0, deliveries: 0, handle: undefined });
    }
    this.#changes.changed();
  }

  /** Ids of what is in the queue, what is with its consumer included. */
  get left(): readonly string[] {
    return this.#stored.map((stored) => stored.id);
  }

  /** Ids of what is with its consumer. */
  get held(): readonly string[] {
    return this.#stored.filter((stored) => stored.handle !== undefined).map((stored) => stored.id);
  }

  /** Cuts the connection: what is held goes back, and receives in flight fail. The next `describe` connects again. */
  disconnect(): void {
    this.#isDown = true;
    this.#giveBack((stored) => stored.handle !== undefined);
    this.#connection.abort();
    this.#changes.changed();
  }

  /** There is no such queue. */
  remove(): void {
    this.#isMissing = true;
    this.disconnect();
  }

  async describe(): Promise<QueueFacts> {
    if (this.#isMissing) throw new SourceError('missing', 'it does not exist');
    if (this.#isDown) this.#connection = new AbortController();
    this.#isDown = false;
    return {};
  }

  async receive(request: ReceiveRequest): Promise<readonly QueueMessage[]> {
    const deadline = this.#now() + this.longestReceiveMs;
    const connection = this.#connection.signal;
    for (;;) {
      this.#checkConnection(connection);
      const taken = this.#take(request);
      if (taken.length > 0 || this.#now() >= deadline) return taken;
      await this.#changed(deadline);
    }
  }

  async settle(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    return this.#remove(messages, (id) => this.settled.push(id));
  }

  async reject(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    const { failedMessages } = this;
    const redelivers = failedMessages.kind === 'again' && failedMessages.limit?.rejectedAre === 'redelivered';
    if (!redelivers) return this.#remove(messages, (id) => this.deadLetters.push(id));
    const handles = new Set(messages.map((message) => message.handle));
    const availableAt = this.#now() + redeliveryDelayMs;
    for (const stored of this.#stored) {
      if (stored.handle !== undefined && handles.has(stored.handle)) Object.assign(stored, { availableAt });
    }
    await this.release(messages);
    return [];
  }

  async release(messages: readonly QueueMessage[]): Promise<void> {
    this.#checkConnection(this.#connection.signal);
    const handles = new Set(messages.map((message) => message.handle));
    this.#giveBack(({ handle }) => handle !== undefined && handles.has(handle));
    this.#changes.changed();
  }

  async depth(): Promise<QueueDepth | undefined> {
    if (this.#options.tellsDepth === false) return undefined;
    this.#checkConnection(this.#connection.signal);
    this.#expire();
    const hidden = this.held.length;
    const delayed = this.#stored.filter(({ availableAt }) => availableAt > this.#now()).length;
    return { visible: this.#stored.length - hidden - delayed, hidden, delayed };
  }

  event(messages: readonly QueueMessage[], again = false): string {
    const records = messages.map(({ record }) =>
      again ? record.replace('{"redelivered":false', '{"redelivered":true') : record,
    );
    return `{"Records":[${records.join(',')}]}`;
  }

  async close(): Promise<void> {
    this.disconnect();
  }

  #take({ max, dropped }: ReceiveRequest): readonly QueueMessage[] {
    this.#expire();
    const held = this.#stored.filter((stored) => stored.handle !== undefined).length;
    const room = Math.min(max, (this.#options.prefetch ?? Number.POSITIVE_INFINITY) - held);
    const taken: QueueMessage[] = [];
    for (const stored of this.#stored) {
      if (taken.length >= room) break;
      if (stored.handle !== undefined || stored.availableAt > this.#now()) continue;
      if (stored.unsupported) {
        this.#stored = this.#stored.filter((other) => other !== stored);
        this.dropped.push(stored.id);
        dropped?.({ id: stored.id, because: 'messages of its kind are not supported' });
      } else taken.push(this.#deliver(stored));
    }
    return taken;
  }

  #deliver(stored: Stored): QueueMessage {
    stored.handle = String(++this.#delivered);
    stored.deliveries++;
    const { id, body, expiresAt, handle, deliveries } = stored;
    const view = { redelivered: deliveries > 1, messageId: id, body };
    const record = JSON.stringify(view);
    return {
      id,
      handle,
      receiveCount: Math.min(deliveries, 2),
      ...(expiresAt === undefined ? {} : { holdUntil: expiresAt }),
      lost: this.#connection.signal,
      record,
      bytes: Buffer.byteLength(record),
      view: () => view,
    };
  }

  #remove(messages: readonly QueueMessage[], removed: (id: string) => void): readonly SettleFailure[] {
    this.#checkConnection(this.#connection.signal);
    const failures: SettleFailure[] = [];
    for (const message of messages) {
      const stored = this.#stored.find(({ handle }) => handle === message.handle);
      if (stored === undefined) failures.push({ message, retryable: false, because: 'its handle is unknown' });
      else {
        this.#stored = this.#stored.filter((other) => other !== stored);
        removed(stored.id);
      }
    }
    return failures;
  }

  #giveBack(which: (stored: Stored) => boolean): void {
    for (const stored of this.#stored) if (which(stored)) stored.handle = undefined;
  }

  /** A broker expires only what is with no consumer. */
  #expire(): void {
    const now = this.#now();
    const isExpired = ({ handle, expiresAt }: Stored): boolean =>
      handle === undefined && expiresAt !== undefined && expiresAt <= now;
    this.deadLetters.push(...this.#stored.filter(isExpired).map((stored) => stored.id));
    this.#stored = this.#stored.filter((stored) => !isExpired(stored));
  }

  #checkConnection(connection: AbortSignal): void {
    if (this.#isDown || connection.aborted) throw new SourceError('unreachable', 'the connection is lost');
  }

  /** Resolves when messages may have become available, or at the deadline. */
  #changed(deadline: number): Promise<void> {
    const upcoming = this.#stored.map(({ availableAt }) => availableAt).filter((at) => at > this.#now());
    const next = Math.min(deadline, ...upcoming);
    return this.#changes.wait(next);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
