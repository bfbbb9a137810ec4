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

export interface HoldingQueueOptions {
  readonly clock: Clock;
  /** The longest a receive waits, in milliseconds. Default 1,000. */
  readonly waitMs?: number;
  /** Most messages that may be out unacknowledged. Default: any number. */
  readonly prefetch?: number;
  /** What is to be done with messages that were not handled. Default: call again after 500 ms and longer, for ever. */
  readonly failedMessages?: FailedMessages;
  /** Whether it tells how much is in it. Default: it does not. */
  readonly tellsDepth?: boolean;
  /** What becomes of a message that no event can carry. Default: `alone`. */
  readonly oversized?: 'alone' | 'drop';
}

/** A message to be sent. */
export interface HoldingMessage {
  readonly body: string;
  /** The broker gives it up so long after it was sent, in milliseconds. Default: never. */
  readonly expiresInMs?: number;
  /** It is of a kind that no handler gets: the source takes it from the queue, and says this. */
  readonly notForHandlers?: string;
}

interface Stored extends HoldingMessage {
  readonly id: string;
  /** Its place in the queue, which it keeps when it comes back. */
  readonly place: number;
  readonly expiresAt: number | undefined;
  deliveries: number;
  /** Of the delivery that is out; undefined: it waits in the queue. */
  handle: string | undefined;
}

const forEver: FailedMessages = { kind: 'again', firstPauseMs: 500, longestPauseMs: 30_000 };

/**
 * A queue in memory that behaves like one of a message broker: a message has no lease, but is its receiver's until it is
 * acknowledged, refused or given back, or the connection ends; then it is delivered again, in its old place and marked. For
 * tests: of millrace, of functions, and of people who write a source.
 */
export class HoldingQueue implements QueueSource {
  readonly maxReceive = 1_000;
  readonly envelopeBytes = '{"Records":[]}'.length;
  readonly longestReceiveMs: number;
  readonly failedMessages: FailedMessages;
  readonly oversized: 'alone' | 'drop';
  /** Bodies of what was acknowledged, in that order. */
  readonly acknowledged: string[] = [];
  /** Bodies of what was refused or has expired. */
  readonly deadLetters: string[] = [];
  /** Bodies of what the source has dropped. */
  readonly dropped: string[] = [];
  /** Bodies of what was still out when the source was closed, and came back by that alone. */
  readonly outAtClose: string[] = [];
  readonly #options: HoldingQueueOptions;
  #stored: Stored[] = [];
  #sent = 0;
  #deliveries = 0;
  #connection = new AbortController();
  readonly #waiting = new Set<() => void>();

  constructor(options: HoldingQueueOptions) {
    this.#options = options;
    this.longestReceiveMs = options.waitMs ?? 1_000;
    this.failedMessages = options.failedMessages ?? forEver;
    this.oversized = options.oversized ?? 'alone';
  }

  /** Bodies of what is in the queue, out or not, in order. */
  get left(): readonly string[] {
    return this.#stored.map(({ body }) => body);
  }

  /** Bodies of what is out unacknowledged, in order. */
  get unacknowledged(): readonly string[] {
    return this.#stored.flatMap(({ body, handle }) => (handle === undefined ? [] : [body]));
  }

  /** Sends in order, and returns the ids. */
  send(messages: readonly (string | HoldingMessage)[]): readonly string[] {
    const now = this.#options.clock.now();
    const sent = messages.map((given): Stored => {
      const message = typeof given === 'string' ? { body: given } : given;
      const place = ++this.#sent;
      const expiresAt = message.expiresInMs === undefined ? undefined : now + message.expiresInMs;
      return { ...message, id: `message-${place}`, place, expiresAt, deliveries: 0, handle: undefined };
    });
    this.#stored.push(...sent);
    this.#wake();
    return sent.map(({ id }) => id);
  }

  /** The connection is lost: what is out comes back to its place, and cannot be settled by who has it. */
  loseConnection(): void {
    const before = this.#connection;
    this.#connection = new AbortController();
    for (const stored of this.#stored) stored.handle = undefined;
    before.abort();
    this.#wake();
  }

  async describe(): Promise<QueueFacts> {
    return {};
  }

  async receive({ max, dropped }: ReceiveRequest): Promise<readonly QueueMessage[]> {
    const { clock } = this.#options;
    const deadline = clock.now() + this.longestReceiveMs;
    for (;;) {
      this.#expire();
      this.#drop(dropped);
      const taken = this.#take(max);
      if (taken.length > 0 || clock.now() >= deadline) return taken;
      await this.#somethingNew(deadline);
    }
  }

  async settle(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    return this.#remove(messages, this.acknowledged);
  }

  async reject(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    return this.#remove(messages, this.deadLetters);
  }

  async release(messages: readonly QueueMessage[]): Promise<void> {
    const handles = new Set(messages.map(({ handle }) => handle));
    for (const stored of this.#stored) {
      if (stored.handle !== undefined && handles.has(stored.handle)) stored.handle = undefined;
    }
    this.#expire();
    this.#wake();
  }

  async depth(): Promise<QueueDepth | undefined> {
    if (this.#options.tellsDepth !== true) return undefined;
    this.#expire();
    const hidden = this.unacknowledged.length;
    return { visible: this.#stored.length - hidden, hidden, delayed: 0 };
  }

  event(messages: readonly QueueMessage[]): string {
    return `{"Records":[${messages.map(({ record }) => record).join(',')}]}`;
  }

  async close(): Promise<void> {
    this.outAtClose.push(...this.unacknowledged);
    this.loseConnection();
  }

  #take(max: number): readonly QueueMessage[] {
    const room = Math.min(max, (this.#options.prefetch ?? Number.POSITIVE_INFINITY) - this.unacknowledged.length);
    const free = this.#stored.filter(({ handle }) => handle === undefined).slice(0, Math.max(0, room));
    return free.map((stored) => this.#deliver(stored));
  }

  #deliver(stored: Stored): QueueMessage {
    const { id, body, expiresAt } = stored;
    stored.deliveries++;
    stored.handle = `delivery-${++this.#deliveries}`;
    const fields = { messageId: id, body, redelivered: stored.deliveries > 1 };
    const record = JSON.stringify(fields);
    return {
      id,
      handle: stored.handle,
      receiveCount: Math.min(2, stored.deliveries),
      record,
      bytes: Buffer.byteLength(record),
      view: () => fields,
      lost: this.#connection.signal,
      ...(expiresAt !== undefined && { holdUntil: expiresAt }),
    };
  }

  #remove(messages: readonly QueueMessage[], into: string[]): readonly SettleFailure[] {
    const failures: SettleFailure[] = [];
    for (const message of messages) {
      const stored = this.#stored.find(({ handle }) => handle === message.handle);
      if (stored === undefined) {
        failures.push({ message, retryable: false, because: 'this delivery of it is void' });
        continue;
      }
      this.#stored.splice(this.#stored.indexOf(stored), 1);
      into.push(stored.body);
    }
    this.#wake();
    return failures;
  }

  /** What nobody has in hand goes when its time is over; what is out stays until it comes back. */
  #expire(): void {
    const now = this.#options.clock.now();
    const isOver = ({ handle, expiresAt }: Stored): boolean =>
      handle === undefined && expiresAt !== undefined && expiresAt <= now;
    this.deadLetters.push(...this.#stored.filter(isOver).map(({ body }) => body));
    this.#stored = this.#stored.filter((stored) => !isOver(stored));
  }

  #drop(told: ReceiveRequest['dropped']): void {
    const those = this.#stored.filter(({ handle, notForHandlers }) => handle === undefined && notForHandlers);
    for (const { id, body, notForHandlers = '' } of those) {
      this.dropped.push(body);
      told?.({ id, because: notForHandlers });
    }
    this.#stored = this.#stored.filter((stored) => !those.includes(stored));
  }

  /** Resolves when a receive may bring something that it did not bring before, or at the deadline. */
  #somethingNew(deadline: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = clock.after(deadline - clock.now(), wake);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
