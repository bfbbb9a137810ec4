import type { FailureCondition } from '../contracts/failure-conditions.js';
import type { BatchStep, MappingRef } from './batch-step.js';
import type {
  BisectedEvent,
  CheckpointedEvent,
  DestinationDeliveredEvent,
  DestinationFailedEvent,
  ExpiredEvent,
  PartitionEvent,
  TumblingWindowCall,
} from './stream-events.js';

export type { BatchStep, MappingRef, PartitionShare } from './batch-step.js';

/** A function error as Lambda reports it. */
export interface FunctionErrorInfo {
  readonly errorType: string;
  readonly errorMessage: string;
  /** Stack lines, mapped to the user's TypeScript sources where source maps exist. */
  readonly trace: readonly string[];
}

/**
 * Large or sensitive data that in-process readers of the journal may look at and that is never written to a file:
 * it disappears in `JSON.stringify`.
 */
export class Payload {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): undefined {
    return undefined;
  }
}

/**
 * Why a batch was closed. `poll`: window 0, the batch is what was there. `window-end`: the next record belongs to another
 * tumbling window, or the window is over. `rest`: what was left of a batch after a split or after progress.
 */
export type CloseReason = 'size' | 'window' | 'bytes' | 'poll' | 'window-end' | 'rest';

/** States of the poller of a mapping. The API's `State` is something else. */
export type PollerState = 'starting' | 'polling' | 'waiting' | 'refused' | 'disabled' | 'stopping' | 'stopped';

/** States of a mapping as the Lambda API reports them. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';

/** States of a function's code. */
export type FunctionState = 'loading' | 'ready' | 'failed' | 'reloaded';

type InvocationStep = BatchStep & {
  readonly function: string;
  readonly invocation: string;
};

interface ReceivedEvent {
  readonly type: 'received';
  readonly mapping: MappingRef;
  /** Streams: the partition that the records are of. */
  readonly partition?: string;
  readonly records: readonly string[];
  /** Receive counts of those records that were received before. */
  readonly redelivered?: Readonly<Record<string, number>>;
  /** What else the records may be called by, in the same order, where that is not made of partition and record. */
  readonly eventIds?: readonly string[];
}

interface FilteredEvent {
  readonly type: 'filtered';
  readonly mapping: MappingRef;
  readonly partition?: string;
  readonly record: string;
  readonly because: string;
}

type BatchedEvent = BatchStep & {
  readonly type: 'batched';
  readonly because: CloseReason;
  /** UTF-8 size of the event JSON. */
  readonly bytes: number;
};

export type InvokedEvent = InvocationStep & {
  readonly type: 'invoked';
  /** Queues: how often the most-delivered record of the batch was received, this time included. Streams: the calls of this batch. */
  readonly attempt: number;
  /** Streams: how long the last record of the batch had been in the stream, in milliseconds. */
  readonly iteratorAgeMs?: number;
  /** The last call of a tumbling window, or a call in its middle. */
  readonly window?: TumblingWindowCall;
  /** The event the handler gets. */
  readonly payload: Payload;
};

/** One line (or chunk) of output of a handler. */
export interface LogLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

export interface FunctionLogEvent extends LogLine {
  readonly type: 'function-log';
  readonly function: string;
  /** Absent for output between invocations or while the module loads. */
  readonly invocation?: string;
}

type SucceededEvent = InvocationStep & {
  readonly type: 'succeeded';
  readonly durationMs: number;
  /** What the handler returned, as JSON. */
  readonly payload: Payload;
};

type FailedEvent = InvocationStep & {
  readonly type: 'failed';
  readonly durationMs: number;
  /** Absent when the call succeeded and its response was what failed the batch (a malformed partial batch response). */
  readonly error?: FunctionErrorInfo;
  readonly payload?: Payload;
  readonly because: string;
};

type PartiallyFailedEvent = InvocationStep & {
  readonly type: 'partially-failed';
  readonly durationMs: number;
  /** Those of `records` that the handler reported as failed. */
  readonly failedRecords: readonly string[];
  /**
   * Streams: what is called again: everything from the first reported record on, or the reported ones alone. Default: the
   * latter for a batch of several partitions, else the former.
   */
  readonly leaves?: 'suffix' | 'reported';
  readonly payload: Payload;
  readonly because: string;
};

type ThrottledEvent = InvocationStep & {
  readonly type: 'throttled';
  readonly because: string;
};

type RetryScheduledEvent = BatchStep & {
  readonly type: 'retry-scheduled';
  /** ISO time of the next try, as far as it is known. */
  readonly retryAt: string;
  readonly because: string;
};

interface DiscardedEvent {
  readonly type: 'discarded';
  readonly mapping: MappingRef;
  /** Streams: the partition that the record is of. */
  readonly partition?: string;
  readonly batch?: string;
  readonly record: string;
  /** Where the record went, when it is kept somewhere. */
  readonly deadLetterQueue?: string;
  /** Streams: what AWS calls the reason. */
  readonly condition?: FailureCondition;
  /** ARN of the on-failure destination that was told. */
  readonly destination?: string;
  readonly because: string;
}

interface SettledEvent {
  readonly type: 'settled';
  readonly mapping: MappingRef;
  readonly batch?: string;
  readonly records: readonly string[];
  readonly because: 'handled' | 'filtered';
}

interface SettleFailedEvent {
  readonly type: 'settle-failed';
  readonly mapping: MappingRef;
  readonly batch?: string;
  readonly records: readonly string[];
  readonly because: string;
}

interface ReleasedEvent {
  readonly type: 'released';
  readonly mapping: MappingRef;
  readonly batch?: string;
  readonly records: readonly string[];
  readonly because: string;
}

interface StateChangedEvent {
  readonly type: 'state-changed';
  readonly mapping: MappingRef;
  readonly state: PollerState;
  readonly because: string;
  /** ISO time of the next try when the state is one of waiting. */
  readonly nextTryAt?: string;
}

/** What has become of a mapping: that it was made, changed or deleted, and what followed from that. */
interface MappingChangedEvent {
  readonly type: 'mapping-changed';
  readonly mapping: MappingRef;
  /** The state that the API reports from now on; `Deleted` is the last that is heard of a mapping. */
  readonly state: MappingState | 'Deleted';
  readonly because: string;
  /** Of a mapping of the configuration file: the parameters in which it differs from it, by a change over the API. */
  readonly differs?: readonly string[];
}

/**
 * A call that came over the Lambda API and from no mapping. One entry for each try that has ended, and one more when an
 * event is given up.
 */
export interface DirectInvocationEvent {
  readonly type: 'direct-invocation';
  /** `name`, or `name:qualifier`. */
  readonly function: string;
  /** The same for every try of an event. */
  readonly invocation: string;
  readonly invocationType: 'RequestResponse' | 'Event';
  /** `throttled`: the function was not reached. `discarded`: the event is not tried any more. */
  readonly outcome: 'succeeded' | 'failed' | 'throttled' | 'discarded';
  /** Of an event: how often it was handed to the function, this time included. */
  readonly attempt?: number;
  /** Absent where the function was not reached. */
  readonly durationMs?: number;
  readonly error?: FunctionErrorInfo;
  /** Of an event: ISO time of the next try, as far as it is known. */
  readonly retryAt?: string;
  /** Why it was throttled, or is discarded. */
  readonly because?: string;
}

export interface FunctionStateEvent {
  readonly type: 'function-state';
  readonly function: string;
  readonly state: FunctionState;
  readonly because: string;
  readonly error?: FunctionErrorInfo;
}

/** What a person should know and what belongs to no record: where calls go, parameters without local meaning, library notices. */
interface NoticeEvent {
  readonly type: 'notice';
  /** `debug`: notices of Node and of libraries, which are none of the user's business unless something is wrong. */
  readonly level: 'debug' | 'info' | 'warn';
  readonly because: string;
}

/** Everything that is written to the journal, before `v` and `at` are added. Ids are never reused. */
export type JournalEvent =
  | ReceivedEvent
  | FilteredEvent
  | BatchedEvent
  | InvokedEvent
  | FunctionLogEvent
  | SucceededEvent
  | FailedEvent
  | PartiallyFailedEvent
  | ThrottledEvent
  | RetryScheduledEvent
  | BisectedEvent
  | ExpiredEvent
  | DestinationDeliveredEvent
  | DestinationFailedEvent
  | DiscardedEvent
  | CheckpointedEvent
  | PartitionEvent
  | SettledEvent
  | SettleFailedEvent
  | ReleasedEvent
  | StateChangedEvent
  | MappingChangedEvent
  | DirectInvocationEvent
  | FunctionStateEvent
  | NoticeEvent;

/** An event as readers get it: one JSON object a line in the journal files. `v` is the version of this format. */
export type JournalEntry = { readonly v: 2; readonly at: string } & JournalEvent;
