/**
 * A filter pattern that AWS would refuse with `Invalid filter pattern definition.`
 *
 * @see docs/semantics.md, "Invalid patterns"
 */
export class InvalidPatternError extends Error {
  override readonly name = 'InvalidPatternError';
  /** What is wrong, in the words of AWS's engine where it has words for it. */
  readonly reason: string;
  /** Where in the pattern, in UTF-16 code units from 0. */
  readonly position: number;

  constructor(reason: string, position: number) {
    super(`${reason} (position ${position} of the pattern)`);
    this.reason = reason;
    this.position = position;
  }
}
