/** A pattern without `$or`: all fields must match, with elements of arrays chosen alike for all of them. */
export interface PlainPattern {
  /** In the order of their paths, which decides where `exists: false` looks (docs/semantics.md, "Arrays in records"). */
  readonly fields: readonly PatternField[];
}

export interface PatternField {
  /** Names joined with dots. */
  readonly path: string;
  /** Where the field stands in the pattern, for explanations in its order. */
  readonly at: number;
  /** Any of these may hold. */
  readonly tests: readonly ValueTest[];
}

export interface ValueTest {
  readonly condition: Condition;
  /** As it is written in the pattern, for a person to read. */
  readonly wanted: string;
}

export type Condition =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'exactly'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: true | false | null }
  | { readonly kind: 'prefix' | 'suffix'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'equals-ignore-case'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly pieces: readonly string[] }
  | { readonly kind: 'numeric'; readonly lower?: Bound; readonly upper?: Bound }
  | { readonly kind: 'cidr'; readonly block: CidrBlock }
  | { readonly kind: 'exists'; readonly wanted: boolean }
  /** Holds for every value to which none applies. */
  | { readonly kind: 'anything-but'; readonly excluded: readonly Condition[] };

export interface Bound {
  readonly value: number;
  readonly inclusive: boolean;
}

export interface CidrBlock {
  /** The address without its host bits. */
  readonly network: bigint;
  readonly hostBits: bigint;
  readonly family: 4 | 6;
}

/** AWS's limit for the text of a pattern, in characters. */
export const maxPatternLength = 4_096;
