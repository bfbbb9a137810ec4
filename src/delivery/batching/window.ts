/** What decides when the window of an open batch ends. Times in milliseconds since the epoch. */
interface WindowStart {
  readonly windowMs: number;
  /** When the first record of the open batch arrived. */
  readonly firstRecordAt: number;
  /** When the previous invocation completed; undefined when none has, or while others are still running. */
  readonly previousDoneAt: number | undefined;
}

/**
 * When the window of an open batch ends. The window begins when the previous invocation completes; one that passes
 * without a record does not invoke and begins again with the first record (docs/semantics.md, "Batching window").
 */
export function windowEndsAt({ windowMs, firstRecordAt, previousDoneAt }: WindowStart): number {
  const running = previousDoneAt !== undefined && firstRecordAt < previousDoneAt + windowMs;
  return (running ? previousDoneAt : firstRecordAt) + windowMs;
}
