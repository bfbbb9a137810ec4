import { MillraceError } from '../platform/millrace-error.js';

/** Exit codes of all commands. */
export const exitCodes = {
  ok: 0,
  /** A record ended discarded, in a dead-letter queue or unhandled; a record was not found. */
  recordsFailed: 1,
  /** Wrong usage or configuration, or a source that never became ready. */
  cannotStart: 2,
  /** Ended by a signal, after a clean drain. */
  interrupted: 130,
} as const;

/** Prints an error: the message alone where a person can mend it, everything where the fault is ours. */
export function reportError(error: unknown): number {
  const text =
    error instanceof MillraceError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`millrace: ${text}\n`);
  return exitCodes.cannotStart;
}

/** Told with which code the process is to end. */
export type SetExitCode = (code: number) => void;
