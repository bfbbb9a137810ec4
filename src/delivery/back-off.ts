/** A pause that doubles with each failure from `firstMs` up to `longestMs`, spread so that retries do not come in step. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** After a source did not answer as hoped. */
export const pollBackOff: BackOff = { firstMs: 500, longestMs: 5_000 };

/** After the function's concurrency limit refused a call. */
export const throttleBackOff: BackOff = { firstMs: 100, longestMs: 5_000 };

/** After messages could not be deleted or acknowledged. */
export const settleBackOff: BackOff = { firstMs: 100, longestMs: 5_000 };

/**
 * Between the calls of a stream batch that fails. AWS does not publish its own; with this one a function that fails at
 * once is called eight times in the first minute, as recorded there (docs/semantics.md, "Stream errors").
 */
export const streamBackOff: BackOff = { firstMs: 460, longestMs: 60_000 };

/** After a destination did not take a report. */
export const destinationBackOff: BackOff = { firstMs: 500, longestMs: 5_000 };

/** After a checkpoint could not be stored. */
export const checkpointBackOff: BackOff = { firstMs: 100, longestMs: 5_000 };

/** The pause after the nth failure in a row (n from 1); `random` is from 0 up to 1. */
export function backOffMs({ firstMs, longestMs }: BackOff, failuresInARow: number, random: number): number {
  const longest = Math.min(longestMs, firstMs * 2 ** (failuresInARow - 1));
  return Math.round(longest * (0.5 + random / 2));
}
