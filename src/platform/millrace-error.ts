/**
 * Stable codes of everything that can be the user's or the environment's fault, so that callers may compare them.
 *
 * - `CONFIGURATION_INVALID`: the configuration (file, library argument or flag) cannot be used as it is
 * - `PORT_TAKEN`: an explicitly requested HTTP port is in use
 * - `STATE_LOCKED`: another process runs on the same state folder
 * - `EMULATOR_MISSING`: `embedded` was asked for, and the optional package behind it is not installed
 * - `SOURCE_UNAVAILABLE`: a source could not be reached, or never became ready in time
 * - `NOT_FOUND`: a mapping, function or record of that name does not exist
 */
export type MillraceErrorCode =
  'CONFIGURATION_INVALID' | 'PORT_TAKEN' | 'STATE_LOCKED' | 'EMULATOR_MISSING' | 'SOURCE_UNAVAILABLE' | 'NOT_FOUND';

/** A failure that a person can mend. Its message says what is wrong, where, and what to do; it is shown without a stack trace. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly code: MillraceErrorCode;

  constructor(code: MillraceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
