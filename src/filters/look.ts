/** Parts of the arrays of a record that may be visited before it counts as matching. */
const maxSteps = 10_000_000;

/** What has to be known across all patterns that look at one record. */
export class Look {
  /** Whether a number was looked at that the parser may have rounded. */
  rounded = false;
  /** Parts of arrays that were visited. */
  steps = 0;

  /** A record that is kept by mistake does less harm than one that is dropped. */
  get givenUp(): boolean {
    return this.steps > maxSteps;
  }

  giveUp(): void {
    this.steps = Number.POSITIVE_INFINITY;
  }
}
