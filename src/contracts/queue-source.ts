/** A message as a queue source hands it over. */
export interface QueueMessage {
  /** The id that the handler, the journal and a partial batch response know this message by. */
  readonly id: string;
  /** What settles this delivery of the message; new on each delivery. */
  readonly handle: string;
  /** Ordered queues: messages of one group are handled one batch at a time, in order. */
  readonly group?: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** The record as the handler will see it inside the event, as JSON text. */
  readonly record: string;
  /** UTF-8 length of `record`. */
  readonly bytes: number;
  /** What a filter pattern sees: the fields of the record, `body` being the text as it was sent. Built only when asked for. */
  readonly view: () => Readonly<Record<string, unknown>>;
}

/** What the engine needs to know about a queue before and while it delivers. */
export interface QueueFacts {
  /** How long a received message stays hidden unless the receive says otherwise. */
  readonly visibilityTimeoutMs: number;
  /** The queue's own dead-letter rule, where there is one. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetterQueue: string };
}

export interface ReceiveRequest {
  /** 1 or more; a source may return fewer, never more. */
  readonly max: number;
  /** Hide the messages for this long instead of the queue's own visibility timeout. */
  readonly visibilityTimeoutMs?: number;
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
  /** Makes messages that no handler has seen available to others at once, as far as the service can. */
  release(messages: readonly QueueMessage[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  /** Builds the event from the records of a batch. */
  event(messages: readonly QueueMessage[]): string;
  close(): Promise<void>;
}
