/** A tumbling window: from `startMs` up to, not including, `endMs`; milliseconds since the epoch. */
export interface TumblingWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** The window of a record: windows lie on multiples of their length since the epoch. */
export function windowAt(at: number, lengthMs: number): TumblingWindow {
  const startMs = Math.floor(at / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}

/**
 * The window that a record is handled in. Windows only move forward: a record that arrives out of order, in the time of a
 * window that is over, is handled in the one that is open, or in the next one (docs/semantics.md, "Tumbling windows").
 */
export function windowFor(arrivedAt: number, lengthMs: number, earliestStartMs: number): TumblingWindow {
  return windowAt(Math.max(arrivedAt, earliestStartMs), lengthMs);
}

/** As an event says it: ISO 8601, whole seconds. */
export function windowTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
