import { unreachable } from '../platform/unreachable.js';
import { parseAddress } from './addresses.js';
import { InvalidPatternError } from './invalid-pattern-error.js';
import { isComparable } from './numbers.js';
import type { Bound, CidrBlock, Condition } from './pattern.js';
import type { JsonArray, JsonMember, JsonNode, JsonNumber, JsonObject } from './pattern-json.js';

type ReadOperand = (operand: JsonNode, text: string) => Condition;

/** Each operator with the one way to read its operand. The texts of the errors are those of AWS's engine. */
const operators: ReadonlyMap<string, ReadOperand> = new Map<string, ReadOperand>([
  ['prefix', (operand) => readAffix('prefix', operand)],
  ['suffix', (operand) => readAffix('suffix', operand)],
  ['equals-ignore-case', (operand) => ({ kind: 'equals-ignore-case', text: readText('equals-ignore-case', operand) })],
  ['wildcard', readWildcard],
  ['anything-but', readAnythingBut],
  ['numeric', readNumeric],
  ['exists', readExists],
  ['cidr', readCidr],
  ['exactly', (operand) => ({ kind: 'exactly', text: readText('exactly', operand) })],
]);

const withTheirOwnText = new Set(['numeric', 'anything-but']);

/** Reads an object in an array of values: exactly one operator and its operand. */
export function readMatchExpression(node: JsonObject, text: string): Condition {
  const { name, at, value } = onlyMember(node, 'Match expression name not found');
  const read = operators.get(name);
  if (read === undefined) throw new InvalidPatternError(`Unrecognized match type ${name}`, at);
  const condition = read(value, text);
  const [, extra] = node.members;
  if (extra === undefined) return condition;
  throw new InvalidPatternError(
    withTheirOwnText.has(name) ? 'Too many elements in numeric expression' : 'Only one key allowed in match expression',
    extra.at,
  );
}

/** Reads a string, number, `true`, `false` or `null` in an array of values. */
export function readValue(node: JsonNode): Condition {
  switch (node.kind) {
    case 'string':
      return { kind: 'string', text: node.value };
    case 'number':
      return { kind: 'number', text: node.text };
    case 'literal':
      return { kind: 'literal', value: node.value };
    case 'array':
    case 'object':
      throw new InvalidPatternError('Match value must be String, number, true, false, or null', node.at);
    default:
      return unreachable(node);
  }
}

function readText(operator: string, operand: JsonNode): string {
  if (operand.kind === 'string') return operand.value;
  throw new InvalidPatternError(`${operator} match pattern must be a string`, operand.at);
}

function readAffix(kind: 'prefix' | 'suffix', operand: JsonNode): Condition {
  if (operand.kind !== 'object') return { kind, text: readText(kind, operand), ignoreCase: false };
  const label = kind === 'prefix' ? 'Prefix' : 'Suffix';
  const { name, at, value } = onlyMember(operand, `${label} expression name not found`);
  if (name !== 'equals-ignore-case') throw new InvalidPatternError(`Unsupported ${kind} pattern: ${name}`, at);
  const text = readText('equals-ignore-case', value);
  allowNoMore(operand);
  return { kind, text, ignoreCase: true };
}

function readWildcard(operand: JsonNode): Condition {
  return { kind: 'wildcard', pieces: piecesOf(readText('wildcard', operand), operand.at) };
}

/** Positions in the messages count the bytes of the operand with a quote in front of it, as AWS's engine does. */
function piecesOf(operand: string, at: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let position = 1;
  const characters = Array.from(operand);
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    const next = characters[index + 1];
    if (character === '*') {
      if (next === '*') throw new InvalidPatternError(`Consecutive wildcard characters at pos ${position}`, at);
      pieces.push(piece);
      piece = '';
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\') {
        throw new InvalidPatternError(`Invalid escape character at pos ${position}`, at);
      }
      piece += next;
      position++;
      index++;
    } else {
      piece += character;
    }
    position += Buffer.byteLength(character);
  }
  return [...pieces, piece];
}

function readExists(operand: JsonNode): Condition {
  if (operand.kind === 'literal' && operand.value !== null) return { kind: 'exists', wanted: operand.value };
  throw new InvalidPatternError('exists match pattern must be either true or false.', operand.at);
}

function readAnythingBut(operand: JsonNode): Condition {
  switch (operand.kind) {
    case 'object':
      return readAnythingButExpression(operand);
    case 'array':
      return { kind: 'anything-but', excluded: readExcludedList(operand) };
    case 'string':
    case 'number':
      return { kind: 'anything-but', excluded: [readExcluded(operand)] };
    case 'literal':
      throw new InvalidPatternError(
        'Value of anything-but must be an array or single string/number value.',
        operand.at,
      );
    default:
      return unreachable(operand);
  }
}

function readExcludedList(list: JsonArray): readonly Condition[] {
  for (const { kind, at } of list.items) {
    if (kind !== 'string' && kind !== 'number') {
      throw new InvalidPatternError('Inside anything but list, start|null|boolean is not supported.', at);
    }
  }
  const [first] = list.items;
  const other = list.items.find(({ kind }) => kind !== first?.kind);
  if (first === undefined || other !== undefined) {
    throw new InvalidPatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      (other ?? list).at,
    );
  }
  return list.items.map(readExcluded);
}

/** Strings are compared as they are here, never as addresses. */
function readExcluded(node: JsonNode): Condition {
  if (node.kind === 'string') return { kind: 'exactly', text: node.value };
  return { kind: 'number', text: comparable(node as JsonNumber) };
}

function readAnythingButExpression(operand: JsonObject): Condition {
  const { name, at, value } = onlyMember(operand, 'Anything-But expression name not found');
  const read = readersInAnythingBut.get(name);
  if (read === undefined) throw new InvalidPatternError(`Unsupported anything-but pattern: ${name}`, at);
  if (value.kind === 'array' && value.items.length === 0) {
    throw new InvalidPatternError('Empty arrays are not allowed', value.at);
  }
  const excluded = (value.kind === 'array' ? value.items : [value]).map(read);
  allowNoMore(operand);
  return { kind: 'anything-but', excluded };
}

const readersInAnythingBut: ReadonlyMap<string, (node: JsonNode) => Condition> = new Map<
  string,
  (node: JsonNode) => Condition
>([
  ['prefix', (node) => readExcludedAffix('prefix', node)],
  ['suffix', (node) => readExcludedAffix('suffix', node)],
  [
    'equals-ignore-case',
    (node) => {
      if (node.kind === 'string') return { kind: 'equals-ignore-case', text: node.value };
      throw new InvalidPatternError(
        'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
        node.at,
      );
    },
  ],
  ['wildcard', readWildcard],
]);

function readExcludedAffix(kind: 'prefix' | 'suffix', node: JsonNode): Condition {
  if (node.kind === 'object') {
    throw new InvalidPatternError('Value of anything-but must be an array or single string/number value.', node.at);
  }
  if (node.kind !== 'string') {
    throw new InvalidPatternError('prefix/suffix match pattern must be a string', node.at);
  }
  if (node.value === '') throw new InvalidPatternError('Null prefix/suffix not allowed', node.at);
  return { kind, text: node.value, ignoreCase: false };
}

/** `["=", n]`, one bound, or a lower bound and an upper one. */
function readNumeric(operand: JsonNode, text: string): Condition {
  if (operand.kind !== 'array') throw new InvalidPatternError('Value of numeric must be an array.', operand.at);
  const [first, firstNumber, second, secondNumber, ...more] = operand.items;
  if (first?.kind !== 'string') {
    const found = first === undefined ? ']' : text.slice(first.at, first.end);
    throw new InvalidPatternError(`Invalid member in numeric match: ${found}`, (first ?? operand).at);
  }
  const endOf = operand.end - 1;
  switch (first.value) {
    case '=': {
      const bound = readBound('equals', firstNumber, endOf);
      noMoreElements(second);
      return { kind: 'numeric', lower: bound, upper: bound };
    }
    case '<':
    case '<=': {
      const upper = readBound(first.value, firstNumber, endOf);
      noMoreElements(second);
      return { kind: 'numeric', upper };
    }
    case '>':
    case '>=': {
      const lower = readBound(first.value, firstNumber, endOf);
      if (second === undefined) return { kind: 'numeric', lower };
      const upper = readUpper(second, secondNumber, endOf, text);
      if (lower.value >= upper.value) throw new InvalidPatternError('Bottom must be less than top', second.at);
      if (more[0] !== undefined) {
        throw new InvalidPatternError('Too many terms in numeric range expression', more[0].at);
      }
      return { kind: 'numeric', lower, upper };
    }
    default:
      throw new InvalidPatternError(`Unrecognized numeric range operator: ${first.value}`, first.at);
  }
}

function readUpper(operator: JsonNode, number: JsonNode | undefined, endOf: number, text: string): Bound {
  if (operator.kind !== 'string') {
    const found = text.slice(operator.at, operator.end);
    throw new InvalidPatternError(`Bad value in numeric range: ${found}`, operator.at);
  }
  if (operator.value !== '<' && operator.value !== '<=') {
    throw new InvalidPatternError(`Bad numeric range operator: ${operator.value}`, operator.at);
  }
  return readBound(operator.value, number, endOf);
}

function readBound(operator: string, number: JsonNode | undefined, endOf: number): Bound {
  if (number?.kind !== 'number') {
    throw new InvalidPatternError(`Value of ${operator} must be numeric`, number?.at ?? endOf);
  }
  return { value: Number(comparable(number)), inclusive: operator.endsWith('=') || operator === 'equals' };
}

function noMoreElements(element: JsonNode | undefined): void {
  if (element !== undefined) throw new InvalidPatternError('Too many elements in numeric expression', element.at);
}

function comparable({ text, at }: JsonNumber): string {
  if (!isComparable(text)) throw new InvalidPatternError(`Cannot compare number : ${text}`, at);
  return text;
}

function readCidr(operand: JsonNode): Condition {
  // The engine reads both operators in one place, and says "prefix" for both.
  if (operand.kind !== 'string') throw new InvalidPatternError('prefix match pattern must be a string', operand.at);
  return { kind: 'cidr', block: blockOf(operand.value, operand.at) };
}

function blockOf(text: string, at: number): CidrBlock {
  const fail = (reason: string): never => {
    throw new InvalidPatternError(reason, at);
  };
  const [host = '', mask = '', ...more] = text.split('/');
  if (more.length > 0 || !text.includes('/')) return fail("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) return fail('Malformed CIDR, mask bits must be an integer');
  const bits = Number(mask);
  if (bits < 0) return fail('Malformed CIDR, mask bits must not be negative');
  const address = parseAddress(host);
  if (address === undefined) {
    return fail(`${/^[\d.]+$|:/.test(host) ? 'Invalid' : 'Nonstandard'} IP address: ${host}`);
  }
  const { family, value } = address;
  const length = family === 4 ? 32 : 128;
  if (bits >= length) return fail(`IPv${family} mask bits must be < ${length}`);
  const hostBits = BigInt(length - bits);
  return { family, hostBits, network: value >> hostBits };
}

function onlyMember({ members, at }: JsonObject, missing: string): JsonMember {
  const [first] = members;
  if (first === undefined) throw new InvalidPatternError(missing, at);
  return first;
}

function allowNoMore({ members }: JsonObject): void {
  const [, extra] = members;
  if (extra !== undefined) throw new InvalidPatternError('Only one key allowed in match expression', extra.at);
}
