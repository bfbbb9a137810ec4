/** A message as a queue source hands it over. */
export interface QueueMessage {
  /** The id that the handler, the journal and a partial batch response know this message by. */
  readonly id: string;
  /** What settles this delivery of the message; new on each delivery. */
  readonly handle: string;
  /** Ordered queues: messages of one group are handled one batch at a time, in order. */
  readonly group?: string;
  /** How often it was received, this time included, as far as the queue tells: 2 for one that it only calls redelivered. */
  readonly receiveCount: number;
  /** Queues without a lease: when it must not be kept any longer, in milliseconds since the epoch. A batching window ends before that; then it is given back. */
  readonly holdUntil?: number;
  /** Fires when this delivery of the message is void, as after a lost connection: it cannot be settled any more, and the queue delivers it again. */
  readonly lost?: AbortSignal;
  /** The record as the handler will see it inside the event, as JSON text. */
  readonly record: string;
  /** UTF-8 length of `record`. */
  readonly bytes: number;
  /** What a filter pattern sees: the fields of the record, `body` being the text as it was sent. Built only when asked for. */
  readonly view: () => Readonly<Record<string, unknown>>;
}

/** What the engine needs to know about a queue before and while it delivers. */
export interface QueueFacts {
  /**
   * The lease of a message: how long it stays hidden after a receive that does not say otherwise. Undefined: a message is
   * its receiver's until it is settled, given back or lost, as with AMQP.
   */
  readonly visibilityTimeoutMs?: number;
  /** The queue's own dead-letter rule, where there is one. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetterQueue: string };
}

export interface ReceiveRequest {
  /** 1 or more; a source may return fewer, never more. */
  readonly max: number;
  /** Hide the messages for this long instead of the queue's own visibility timeout. Only where messages have a lease. */
  readonly visibilityTimeoutMs?: number;
  /** To be told of each message that the source has taken from the queue for good, because no handler can get it. It counts as received. */
  readonly dropped?: (message: DroppedMessage) => void;
}

/** A message that a source does not hand over. */
export interface DroppedMessage {
  readonly id: string;
  /** Completes "dropped: …". */
  readonly because: string;
}

/** What a queue wants to be done with messages that were not handled. */
export type FailedMessages =
  /** Nothing: their lease ends, and they are received again. */
  | { readonly kind: 'leave' }
  /**
   * They are kept as they are, unsettled and in order, and the function is called with them again. Their batch counts
   * as one of those in hand all the while: with one batch at a time, no later message overtakes it. Before a mapping
   * stops, or when a message must not be kept any longer, they are released.
   */
  | {
      readonly kind: 'again';
      /** The pause before the first further call; it doubles up to the longest. Milliseconds. */
      readonly firstPauseMs: number;
      readonly longestPauseMs: number;
      /** Left out: for ever, until a message must not be kept any longer. Only for sources that have `reject`. */
      readonly limit?: RetryLimit;
    };

/** When a batch that is called again is rejected. */
export interface RetryLimit {
  /** Further calls after the first, 0 or more; calls that the function's concurrency limit refused do not count, nor do those of an earlier delivery. */
  readonly redeliveries: number;
  /** What the queue makes of rejected messages: they are gone, dead-lettered for example, or are delivered again. */
  readonly rejectedAre: 'discarded' | 'redelivered';
  /** Completes "rejected: …". */
  readonly because: string;
}

/** A message that could not be settled. */
export interface SettleFailure {
  readonly message: QueueMessage;
  readonly retryable: boolean;
  readonly because: string;
}

/** What is in a queue, this consumer's own unsettled messages included. */
export interface QueueDepth {
  readonly visible: number;
  /** Received and not yet settled. */
  readonly hidden: number;
  readonly delayed: number;
}

/**
 * A queue: messages are settled one by one. Implementations know nothing of mapping options.
 *
 * Every method rejects with a `SourceError` when the service cannot be reached or refuses.
 */
export interface QueueSource {
  /** Most messages one `receive` can return. */
  readonly maxReceive: number;
  /** UTF-8 length of an event without records. */
  readonly envelopeBytes: number;
  /** The longest a `receive` may take, in milliseconds. */
  readonly longestReceiveMs: number;
  /** Default: `leave`. */
  readonly failedMessages?: FailedMessages;
  /** A message that is too large for any event goes alone, or is dropped: it is settled without a call. Default: `alone`. */
  readonly oversized?: 'alone' | 'drop';
  /** Reads the queue's settings. */
  describe(): Promise<QueueFacts>;
  /**
   * Waits for messages, at most a few seconds, and returns none when there were none. May be called several times at
   * once. It takes no signal on purpose: a receive that is abandoned strands the messages it takes until their
   * visibility timeout ends, so a caller that stops waits for it instead.
   */
  receive(request: ReceiveRequest): Promise<readonly QueueMessage[]>;
  /** Removes messages for good. Resolves with those that could not be removed. */
  settle(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]>;
  /**
   * Makes messages available to others at once, as far as the service can: no handler has seen them, or none is called
   * with them again. Where the queue keeps an order they go back to their places, before whatever a later receive returns.
   */
  release(messages: readonly QueueMessage[]): Promise<void>;
  /** Refuses messages for good, for sources whose `failedMessages` have a limit. Resolves as `settle` does. */
  reject?(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]>;
  /** Undefined: the queue does not tell. Then it counts as empty when a receive has brought nothing since the last message. */
  depth(): Promise<QueueDepth | undefined>;
  /** Builds the event from the records of a batch. `again`: they were kept, and an earlier call for them has failed. */
  event(messages: readonly QueueMessage[], again?: boolean): string;
  close(): Promise<void>;
}
