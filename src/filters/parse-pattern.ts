import { InvalidPatternError } from './invalid-pattern-error.js';
import { readMatchExpression, readValue } from './match-expression.js';
import { maxPatternLength, type PatternField, type PlainPattern, type ValueTest } from './pattern.js';
import { parsePatternJson, type JsonArray, type JsonNode, type JsonObject } from './pattern-json.js';

/** Fields that one pattern may name, as in AWS's engine. */
const maxFields = 256;
/** Ways to choose one branch of each `$or`. AWS's engine has no limit, and no memory for those beyond it. */
const maxCombinations = 1_000;

const reservedInOr = new Set(
  [
    'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard',
    'not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range',
    'ip-address-in-range ip-address-not-in-range',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Reads and checks a pattern. `$or` is multiplied out: any of the resulting patterns may match.
 *
 * @throws InvalidPatternError
 */
export function parsePattern(text: string): readonly PlainPattern[] {
  if (text.length > maxPatternLength) {
    throw new InvalidPatternError(
      `The pattern has ${text.length} characters; at most ${maxPatternLength} are allowed`,
      maxPatternLength,
    );
  }
  const root = parsePatternJson(text);
  if (root.kind !== 'object') throw new InvalidPatternError('Filter is not an object', root.at);
  try {
    return new PatternReader(text, 'or-is-an-operator').read(root);
  } catch (error) {
    try {
      return new PatternReader(text, 'or-is-a-name').read(root);
    } catch {
      throw error;
    }
  }
}

/** What is wrong with a pattern; undefined when nothing is. */
export function whyInvalid(text: string): InvalidPatternError | undefined {
  try {
    parsePattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidPatternError) return error;
    throw error;
  }
}

type Fields = Map<string, PatternField>;

/**
 * Reads front to back and keeps all plain patterns at once: a field is added to each of them, and replaces one of the
 * same path, so that what comes later in the text counts, inside and outside of `$or`.
 */
class PatternReader {
  readonly #text: string;
  readonly #orIsOperator: boolean;

  constructor(text: string, mode: 'or-is-an-operator' | 'or-is-a-name') {
    this.#text = text;
    this.#orIsOperator = mode === 'or-is-an-operator';
  }

  read(root: JsonObject): readonly PlainPattern[] {
    return this.#object(root, [], false, [new Map()]).map((fields) => ({
      fields: [...fields.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    }));
  }

  #object(node: JsonObject, path: readonly string[], inOr: boolean, before: readonly Fields[]): readonly Fields[] {
    if (node.members.length === 0) throw new InvalidPatternError('Empty objects are not allowed', node.at);
    let patterns = before;
    for (const { name, at, value } of node.members) {
      if (name === '$or' && this.#orIsOperator) {
        patterns = this.#or(value, path, patterns);
        continue;
      }
      if (inOr && reservedInOr.has(name)) {
        throw new InvalidPatternError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`, at);
      }
      const fieldPath = [...path, name];
      if (value.kind === 'object') patterns = this.#object(value, fieldPath, inOr, patterns);
      else if (value.kind === 'array') patterns = this.#field(value, fieldPath.join('.'), at, patterns);
      else throw new InvalidPatternError(`"${name}" must be an object or an array`, at);
    }
    return patterns;
  }

  #or(value: JsonNode, path: readonly string[], before: readonly Fields[]): readonly Fields[] {
    if (value.kind !== 'array') throw new InvalidPatternError('It must be an Array followed with $or.', value.at);
    const after: Fields[] = [];
    for (const branch of value.items) {
      if (branch.kind !== 'object') {
        throw new InvalidPatternError('Only JSON object is allowed in array of $or relationship.', branch.at);
      }
      const copies = before.map((fields) => new Map(fields));
      after.push(...this.#object(branch, path, true, copies));
      if (after.length > maxCombinations) {
        throw new InvalidPatternError(
          `The branches of $or can be combined in more than ${maxCombinations} ways`,
          value.at,
        );
      }
    }
    if (value.items.length < 2) {
      throw new InvalidPatternError('There must have at least 2 Objects in $or relationship.', value.at);
    }
    return after;
  }

  #field(values: JsonArray, path: string, at: number, before: readonly Fields[]): readonly Fields[] {
    if (values.items.length === 0) throw new InvalidPatternError('Empty arrays are not allowed', values.at);
    const field: PatternField = { path, at, tests: values.items.map((item) => this.#test(item)) };
    for (const fields of before) {
      fields.set(path, field);
      if (fields.size > maxFields) throw new InvalidPatternError(`The pattern names more than ${maxFields} fields`, at);
    }
    return before;
  }

  #test(node: JsonNode): ValueTest {
    const condition = node.kind === 'object' ? readMatchExpression(node, this.#text) : readValue(node);
    return { condition, wanted: this.#wanted(node) };
  }

  #wanted(node: JsonNode): string {
    const [member] = node.kind === 'object' ? node.members : [];
    if (member === undefined) return this.#text.slice(node.at, node.end);
    return `${member.name} ${this.#text.slice(member.value.at, member.value.end)}`;
  }
}
