/** Whether a record is kept, and when it is not, a way to say why. */
export type FilterVerdict = { readonly kept: true } | { readonly kept: false; readonly because: () => string };

/** Decides on one record by what a filter pattern sees of it. */
export type RecordFilter = (view: Readonly<Record<string, unknown>>) => FilterVerdict;
