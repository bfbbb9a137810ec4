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
export interface InvokeMessage {
  readonly type: 'invoke';
  /** Counts the calls of this environment from 1; 0 stands for "no call". */
  readonly sequence: number;
  readonly invocationId: string;
  readonly eventText: string;
}

export type MessageToEnvironment = LoadMessage | InvokeMessage;

/** Output frames that were written before the message: the receiver waits for them, because they come through another pipe. */
interface AfterOutput {
  readonly frames: number;
}

export interface LoadedMessage extends AfterOutput {
  readonly type: 'loaded';
}

export interface LoadFailedMessage extends AfterOutput {
  readonly type: 'load-failed';
  readonly error: FunctionErrorInfo;
}

export interface SucceededMessage extends AfterOutput {
  readonly type: 'succeeded';
  readonly sequence: number;
  readonly responseText: string;
}

export interface FailedMessage extends AfterOutput {
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
export interface FilesMessage {
  readonly type: 'files';
  readonly files: readonly string[];
}

export type MessageFromEnvironment =
  LoadedMessage | LoadFailedMessage | SucceededMessage | FailedMessage | CrashedMessage | FilesMessage;
