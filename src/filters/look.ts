import type { Field } from './field.js';
import type { Leaf } from './leaf.js';
import { mayBeRounded } from './numbers.js';

/** Parts of the arrays of a record that may be visited before it counts as matching. */
const maxSteps = 10_000_000;

/** What has to be known across all patterns that look at one record. */
export class Look {
  /** Whether a number was looked at that the parser may have rounded. */
  rounded = false;
  /** Parts of arrays that were visited. */
  steps = 0;

  /** Notes that a field compares this leaf. */
  at(leaf: Leaf, { comparesText }: Field): void {
    if (typeof leaf === 'number' && (comparesText || mayBeRounded(leaf))) this.rounded = true;
  }

  /** A record that is kept by mistake does less harm than one that is dropped. */
  get givenUp(): boolean {
    return this.steps > maxSteps;
  }

  giveUp(): void {
    this.steps = Number.POSITIVE_INFINITY;
  }
}
