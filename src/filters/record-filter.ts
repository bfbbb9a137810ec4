import { CompiledFields, type FieldCache } from './compiled-fields.js';
import { unreachable } from '../platform/unreachable.js';
import { closest, explainMismatch, type MatchesAlone, type Mismatch } from './explain.js';
import { parseExactly } from './json-text.js';
import { isObject } from './leaf.js';
import { Look } from './look.js';
import { matchesAny } from './match-fields.js';
import { parsePattern } from './parse-pattern.js';
import type { PlainPattern } from './pattern.js';
import type { FilterView, ParseJson, RecordData } from '../contracts/filter-view.js';

/** Whether a record is kept, and when it is not, a way to say why. */
type FilterVerdict = { readonly kept: true } | { readonly kept: false; readonly because: () => string };

/** Decides on one record, given as the handler would get it. */
export type RecordFilter = (record: Readonly<Record<string, unknown>>) => FilterVerdict;

const kept: FilterVerdict = { kept: true };

/**
 * The filter of a mapping: a record that any of the patterns matches is kept. Undefined without patterns.
 *
 * @param patterns texts of `FilterCriteria.Filters[].Pattern`
 * @throws InvalidPatternError for the first pattern that is not valid
 */
export function createRecordFilter(view: FilterView, patterns: readonly string[]): RecordFilter | undefined {
  if (patterns.length === 0) return undefined;
  const cache: FieldCache = new Map();
  const filters = patterns.map((text) => parsePattern(text).map((pattern) => new SourcePattern(view, pattern, cache)));
  const all = filters.flat();
  const forKind = { json: fitting(all, 'json'), text: fitting(all, 'text'), none: fitting(all, 'none') };
  const matches = (record: unknown, parse: ParseJson, look: Look): boolean => {
    const { kind, records } = seen(view, record, parse);
    return records.some((each) => matchesAny(forKind[kind], each, look));
  };
  return (record) => {
    const look = new Look();
    const matched = matches(record, JSON.parse, look);
    if (look.rounded ? matches(record, parseExactly, new Look()) : matched) return kept;
    return { kept: false, because: () => explain(filters, seen(view, record, parseExactly)) };
  };
}

/** What is left of each pattern for data of one kind. */
function fitting(patterns: readonly SourcePattern[], kind: RecordData['kind']): readonly CompiledFields[] {
  return patterns.flatMap(({ forKind }) => forKind[kind] ?? []);
}

/** What the alternatives of a record are and what they have in common. */
interface Seen {
  /** What patterns are matched against: one object, or two when the data may be meant as text or as a number. */
  readonly records: readonly unknown[];
  readonly kind: RecordData['kind'];
}

function seen(view: FilterView, record: unknown, parse: ParseJson): Seen {
  const { dataKey } = view;
  const { metadata, data } = view.view(isObject(record) ? record : {}, parse);
  switch (data.kind) {
    case 'json':
      return { kind: data.kind, records: [{ ...metadata, [dataKey]: data.value }] };
    case 'text':
      return { kind: data.kind, records: data.values.map((value) => ({ ...metadata, [dataKey]: value })) };
    case 'none':
      return { kind: data.kind, records: [metadata] };
    default:
      return unreachable(data);
  }
}

/** One pattern without `$or`, and what is left of it for data of each kind. */
class SourcePattern {
  readonly #dataKey: string;
  readonly #whole: CompiledFields;
  /** Undefined: data of that kind does not fit the pattern, and the record does not match. */
  readonly forKind: Readonly<Record<RecordData['kind'], CompiledFields | undefined>>;

  constructor({ dataKey, mismatch }: FilterView, pattern: PlainPattern, cache: FieldCache) {
    this.#dataKey = dataKey;
    this.#whole = new CompiledFields(pattern, cache);
    const wantsText = (path: string): boolean => path === dataKey;
    const wantsJson = (path: string): boolean => path.startsWith(`${dataKey}.`);
    const without = (unfit: (path: string) => boolean): CompiledFields | undefined => {
      const fields = pattern.fields.filter(({ path }) => !unfit(path));
      if (fields.length === pattern.fields.length) return this.#whole;
      return mismatch === 'left-out' ? new CompiledFields({ fields }, cache) : undefined;
    };
    this.forKind = {
      json: without(wantsText),
      text: without(wantsJson),
      none: without((path) => wantsText(path) || wantsJson(path)),
    };
  }

  explain({ kind, records }: Seen, known: MatchesAlone): Mismatch {
    const fields = this.forKind[kind];
    if (fields !== undefined) return explainMismatch(fields, records[0], known);
    return { matched: false, closeness: 0, because: this.#unfit(kind) };
  }

  #unfit(kind: RecordData['kind']): string {
    switch (kind) {
      case 'json':
        return `${this.#dataKey} is JSON and the pattern wants text`;
      case 'text':
        return `${this.#dataKey} is not a JSON object and the pattern wants fields of it`;
      case 'none':
        return `${this.#dataKey} is missing, or not UTF-8, and the pattern wants something of it`;
      default:
        return unreachable(kind);
    }
  }
}

function explain(filters: readonly (readonly SourcePattern[])[], view: Seen): string {
  const known: MatchesAlone = new Map();
  const mismatches = filters.map((alternatives) =>
    closest(alternatives.map((pattern) => pattern.explain(view, known))),
  );
  const best = closest(mismatches);
  if (filters.length === 1) return best.because;
  return `filter ${mismatches.indexOf(best) + 1} of ${filters.length} came closest: ${best.because}`;
}
