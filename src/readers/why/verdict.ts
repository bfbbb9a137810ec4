/**
 * How a record's life stands.
 *
 * - `handled`, `filtered`, `discarded`: it ended so
 * - `waiting`: the queue or the engine holds it for another try, or for one that is before it
 * - `in-progress`: received, batched or with the handler
 * - `overdue`: something should have happened by now
 */
export type VerdictKind = 'handled' | 'filtered' | 'discarded' | 'waiting' | 'in-progress' | 'overdue';

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence. */
  readonly text: string;
}
