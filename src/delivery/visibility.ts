/** Added to window and timeout when they do not fit into the queue's visibility timeout. */
const spareMs = 30_000;

/**
 * For how long messages must be hidden while they are batched and handled; undefined: the queue's own visibility timeout
 * does (docs/semantics.md, "Effective visibility timeout").
 */
export function receiveVisibilityMs(queueMs: number, windowMs: number, functionTimeoutMs: number): number | undefined {
  return windowMs > 0 && windowMs + functionTimeoutMs > queueMs ? windowMs + functionTimeoutMs + spareMs : undefined;
}
