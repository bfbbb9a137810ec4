/**
 * Why a source, or a destination, cannot be used now.
 *
 * - `missing`: the queue, stream or topic does not exist
 * - `denied`: credentials are absent, wrong, expired or not sufficient
 * - `unreachable`: no answer
 * - `throttled`: the service asks to slow down
 * - `failed`: anything else the service answered
 */
export type SourceErrorKind = 'missing' | 'denied' | 'unreachable' | 'throttled' | 'failed';

/** The only error of a source. Its message completes the sentence "waiting for <source>: …". */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly kind: SourceErrorKind;

  constructor(kind: SourceErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
