/** Where reading of a partition begins. */
export type StartPoint =
  /** At the oldest record that is still there. */
  | { readonly kind: 'horizon' }
  /** At the first record that arrived at or after this moment, in milliseconds since the epoch. */
  | { readonly kind: 'timestamp'; readonly at: number }
  /** Behind this position: one of a record, or one that `tip` returned. */
  | { readonly kind: 'after'; readonly position: string };
