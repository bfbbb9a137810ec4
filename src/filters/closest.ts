import type { Explanation } from './explain.js';

export type Mismatch = Exclude<Explanation, { readonly matched: true }> & {
  /** The share of the fields that matched, 0 to 1: the pattern that was closest is the one to explain. */
  readonly closeness: number;
};

/** Of several patterns the one most of whose fields matched; the first of those. */
export function closest(mismatches: readonly Mismatch[]): Mismatch {
  return mismatches.reduce((best, each) => (each.closeness > best.closeness ? each : best));
}
