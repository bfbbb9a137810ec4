import type { FunctionErrorInfo } from '../../journal/events.js';

/** File descriptors of an execution environment beyond the standard three. `fork` needs the numbers as positions in `stdio`. */
export const descriptors = { ipc: 3, output: 4, progress: 5 } as const;

/** What an execution environment is told once, before anything else. */
export interface LoadMessage {
  readonly type: 'load';
  /** Lambda's `Handler` text. */
  readonly handler: string;
  readonly root: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Whether to report which files the code consists of. */
  readonly reportFiles: boolean;
}

/** One call. The event travels as text, once, and is parsed where it is used. */
export interface Invocation {
  /** Counts the calls of this environment from 1; 0 stands for "no call". */
  readonly sequence: number;
  readonly invocationId: string;
  /** One line of JSON; empty: there is none. */
  readonly clientContext: string;
  readonly eventText: string;
}

/** An invocation is sent as text: see `encodeInvocation`. */
export type MessageToEnvironment = LoadMessage | string;

/**
 * Output comes through other pipes than messages. The receiver waits until it has read as many frames as were written
 * before, and, after writes to the standard descriptors themselves, for what can be read there.
 */
export interface AfterOutput {
  readonly frames: number;
  readonly wroteRaw: boolean;
}

interface Success extends AfterOutput {
  readonly sequence: number;
  readonly responseText: string;
}

interface LoadedMessage extends AfterOutput {
  readonly type: 'loaded';
}

interface LoadFailedMessage extends AfterOutput {
  readonly type: 'load-failed';
  readonly error: FunctionErrorInfo;
}

interface FailedMessage extends AfterOutput {
  readonly type: 'failed';
  readonly sequence: number;
  readonly error: FunctionErrorInfo;
}

/** An uncaught exception or unhandled rejection: the process ends right after this. */
export interface CrashedMessage {
  readonly type: 'crashed';
  readonly error: FunctionErrorInfo;
}

/** Files that were loaded since the last report; sent before the message that tells how the call or the load ended. */
interface FilesMessage {
  readonly type: 'files';
  readonly files: readonly string[];
}

/** A success is sent as text: see `encodeSuccess`. */
export type MessageFromEnvironment =
  LoadedMessage | LoadFailedMessage | FailedMessage | CrashedMessage | FilesMessage | string;

/**
 * The two messages of every call are texts, one field a line and the payload last: with objects, a call through an
 * environment takes a sixth longer.
 */
export function encodeInvocation({ sequence, invocationId, clientContext, eventText }: Invocation): string {
  return `${sequence}\n${invocationId}\n${clientContext}\n${eventText}`;
}

export function decodeInvocation(text: string): Invocation {
  const first = text.indexOf('\n');
  const second = text.indexOf('\n', first + 1);
  const third = text.indexOf('\n', second + 1);
  return {
    sequence: Number(text.slice(0, first)),
    invocationId: text.slice(first + 1, second),
    clientContext: text.slice(second + 1, third),
    eventText: text.slice(third + 1),
  };
}

export function encodeSuccess({ sequence, frames, wroteRaw, responseText }: Success): string {
  return `${sequence}\n${frames}\n${wroteRaw ? 1 : 0}${responseText}`;
}

export function decodeSuccess(text: string): Success {
  const first = text.indexOf('\n');
  const second = text.indexOf('\n', first + 1);
  return {
    sequence: Number(text.slice(0, first)),
    frames: Number(text.slice(first + 1, second)),
    wroteRaw: text[second + 1] === '1',
    responseText: text.slice(second + 2),
  };
}
