/** What the data of a record turned out to be. */
export type RecordData =
  /** An object or an array: fields of it can be named. */
  | { readonly kind: 'json'; readonly value: unknown }
  /** Anything else that is text. A number, `true`, `false` or `null` may be meant as such or as text: both count. */
  | { readonly kind: 'text'; readonly values: readonly unknown[] }
  /** There is none, or its bytes are not UTF-8. */
  | { readonly kind: 'none' };

/** What a pattern sees of a record: its fields, and under `dataKey` what its data was decoded to. */
export interface RecordView {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: RecordData;
}

/** How JSON text is read: quickly, or with numbers as they are written. */
export type ParseJson = (text: string) => unknown;

/** What the filters of a source see of its records. */
export interface FilterView {
  /** The field under which patterns name the data of a record. */
  readonly dataKey: string;
  /**
   * What happens when a pattern names fields of the data and the data is no JSON, or wants text and it is JSON: the record
   * does not match, or that part of the pattern is left out.
   */
  readonly mismatch: 'no-match' | 'left-out';
  /** Where the data is always an object: what it looks like. Patterns that want text there are refused. */
  readonly objectLike?: string;
  /** `record`: one element of what the handler gets. */
  view(record: Readonly<Record<string, unknown>>, parse: ParseJson): RecordView;
}
