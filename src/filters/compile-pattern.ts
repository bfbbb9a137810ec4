import { CompiledFields, type FieldCache } from './compiled-fields.js';
import { closest, explainMismatch, type Explanation, type MatchesAlone } from './explain.js';
import { parseExactly } from './json-text.js';
import { isObject } from './leaf.js';
import { Look } from './look.js';
import { matchesAny } from './match-fields.js';
import { parsePattern } from './parse-pattern.js';

/** An event pattern, ready to be matched against any number of records. */
export interface CompiledPattern {
  /** Whether a record, as `JSON.parse` returns it, matches. Anything but an object does not. Never throws for JSON values. */
  matches(value: unknown): boolean;
  /**
   * The same for JSON text. Integers beyond 2^53 are compared as they are written, which `matches` cannot do because
   * `JSON.parse` has rounded them. Text that is not JSON does not match.
   */
  matchesJson(text: string): boolean;
  /** Why a record matches or not: the first field without a fitting value, of the closest branch where there is `$or`. */
  explain(value: unknown): Explanation;
}

/**
 * Compiles an event pattern as it is written in `FilterCriteria`: `{"body":{"region":[{"prefix":"eu-"}]}}`.
 *
 * The pattern is matched against the object that it is given; what a pattern sees of a record of SQS, Kinesis and so on
 * (`body` parsed, `data` decoded) is put together by the mapping.
 *
 * @param text JSON text of at most 4,096 characters
 * @throws InvalidPatternError with `reason` and `position` (UTF-16 code units) for a pattern that AWS would refuse
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and docs/semantics.md, "Filters"
 */
export function compilePattern(text: string): CompiledPattern {
  const cache: FieldCache = new Map();
  return new AlternativePatterns(parsePattern(text).map((pattern) => new CompiledFields(pattern, cache)));
}

/** A pattern whose `$or` is multiplied out: any of the alternatives may match. */
class AlternativePatterns implements CompiledPattern {
  readonly #alternatives: readonly CompiledFields[];

  constructor(alternatives: readonly CompiledFields[]) {
    this.#alternatives = alternatives;
  }

  matches(value: unknown): boolean {
    return this.#match(value, new Look());
  }

  matchesJson(text: string): boolean {
    try {
      const look = new Look();
      const matched = this.#match(JSON.parse(text), look);
      return look.rounded ? this.matches(parseExactly(text)) : matched;
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }

  explain(value: unknown): Explanation {
    if (!isObject(value)) return { matched: false, because: 'the record is not a JSON object' };
    if (this.matches(value)) return { matched: true };
    const known: MatchesAlone = new Map();
    const { closeness: _closeness, ...explanation } = closest(
      this.#alternatives.map((fields) => explainMismatch(fields, value, known)),
    );
    return explanation;
  }

  #match(value: unknown, look: Look): boolean {
    return isObject(value) && matchesAny(this.#alternatives, value, look);
  }
}
