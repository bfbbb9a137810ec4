import { types } from 'node:util';
import type { FunctionErrorInfo } from '../journal/events.js';
import { unreachable } from '../platform/unreachable.js';

/** How an execution environment ended although it was not asked to. */
export type EnvironmentEnd =
  | { readonly kind: 'error'; readonly error: FunctionErrorInfo }
  | { readonly kind: 'timed-out'; readonly afterMs: number; readonly while: 'running' | 'loading' }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'out-of-memory'; readonly memoryMb: number };

/** Lambda's words for signals; others are named as they are. */
const signalWords: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
};

/** A message longer than this is cut: it ends up in the journal, and some libraries put whole responses into theirs. */
const longestMessage = 256 * 1024;

/** Anything that was thrown, as Lambda reports it. `isOurs` hides stack lines that are not the user's. */
export function errorInfoOf(thrown: unknown, isOurs: (line: string) => boolean = () => false): FunctionErrorInfo {
  try {
    if (!(thrown instanceof Error) && !types.isNativeError(thrown)) {
      return { errorType: typeof thrown, errorMessage: String(thrown).slice(0, longestMessage), trace: [] };
    }
    const { name, message } = thrown as { readonly name: unknown; readonly message: unknown }; // whatever a class put there
    return {
      errorType: String(name),
      errorMessage: String(message).slice(0, longestMessage),
      trace: traceOf(thrown, isOurs),
    };
  } catch {
    // A getter of the error threw, or it has no conversion to text: Lambda says the same.
    return {
      errorType: 'handled',
      errorMessage: 'the error could not be read: its name, message or stack threw',
      trace: [],
    };
  }
}

/** The stack of an error as lines; empty when there is none. */
export function traceOf(thrown: unknown, isOurs: (line: string) => boolean = () => false): readonly string[] {
  const stack: unknown = thrown instanceof Error || types.isNativeError(thrown) ? thrown.stack : undefined;
  if (typeof stack !== 'string') return [];
  const lines = stack.slice(0, longestMessage).split('\n');
  // Whatever called us is Node's own.
  const end = lines.findLastIndex(isOurs);
  return end === -1 ? lines : lines.slice(0, end).filter((line) => !isOurs(line));
}

/** What a call that was running in an environment gets to hear about its end. Without a call: the same, without its id. */
export function errorOfEnd(end: EnvironmentEnd, invocationId?: string): FunctionErrorInfo {
  const request = invocationId === undefined ? '' : `RequestId: ${invocationId} `;
  switch (end.kind) {
    case 'error':
      return end.error;
    case 'timed-out': {
      const text = `${request}Error: Task timed out after ${(end.afterMs / 1000).toFixed(2)} seconds`;
      const loading = end.while === 'loading' ? ' while the module was loading' : '';
      return { errorType: 'Sandbox.Timedout', errorMessage: text + loading, trace: [] };
    }
    case 'exited': {
      const how = end.code === 0 ? 'without providing a reason' : `with error: exit status ${end.code}`;
      return { errorType: 'Runtime.ExitError', errorMessage: `${request}Error: Runtime exited ${how}`, trace: [] };
    }
    case 'signalled': {
      const word = signalWords[end.signal] ?? end.signal;
      const text = `${request}Error: Runtime exited with error: signal: ${word}`;
      return { errorType: 'Runtime.ExitError', errorMessage: text, trace: [] };
    }
    case 'out-of-memory': {
      const text = `${request}Error: Runtime ran out of memory: the heap reached MemorySize (${end.memoryMb} MB); raise MemorySize, or hold less in memory at once`;
      return { errorType: 'Runtime.OutOfMemory', errorMessage: text, trace: [] };
    }
    default:
      return unreachable(end);
  }
}

/** V8 aborts when the heap limit is reached; only its last words tell this from any other abort. */
export function endOfProcess(exit: {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errorOutput: string;
  readonly memoryMb: number;
}): EnvironmentEnd {
  const { code, signal, errorOutput, memoryMb } = exit;
  const aborted = signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' || code === 134 || code === 5;
  if (aborted && /heap out of memory|Reached heap limit|FATAL ERROR: .*Allocation failed/.test(errorOutput)) {
    return { kind: 'out-of-memory', memoryMb };
  }
  return signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
}

/** A function error as the reasons in the journal name it. */
export function summary({ errorType, errorMessage }: FunctionErrorInfo): string {
  return `${errorType}: ${errorMessage}`;
}
