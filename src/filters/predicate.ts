import { unreachable } from '../platform/unreachable.js';
import { parseAddress } from './addresses.js';
import { CaselessText } from './ignore-case.js';
import type { Leaf } from './leaf.js';
import { InexactNumber, isComparable } from './numbers.js';
import type { Condition } from './pattern.js';
import { matchesWildcard } from './wildcard.js';

export type Predicate = (leaf: Leaf) => boolean;

/** One predicate for "any of these". Constants, which are most of what patterns hold, are looked up at once. */
export function anyOf(conditions: readonly Condition[]): Predicate {
  const constants = new Set<Leaf>();
  const others: Predicate[] = [];
  for (const condition of conditions) {
    const constant = constantOf(condition);
    if (constant === undefined) others.push(predicateOf(condition));
    else constants.add(constant);
  }
  const [only, second] = others;
  if (only === undefined) return (leaf) => constants.has(leaf);
  if (constants.size > 0) return (leaf) => constants.has(leaf) || others.some((holds) => holds(leaf));
  return second === undefined ? only : (leaf) => others.some((holds) => holds(leaf));
}

/** The one leaf that the condition is about; a set finds it, with numbers by value and `-0` as `0`. */
function constantOf(condition: Condition): Leaf | undefined {
  const { kind } = condition;
  if (kind === 'exactly') return condition.text;
  if (kind === 'string') return parseAddress(condition.text) === undefined ? condition.text : undefined;
  if (kind === 'literal') return condition.value;
  return kind === 'number' && isComparable(condition.text) ? Number(condition.text) : undefined;
}

function predicateOf(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'string':
      return equalsAddress(condition.text);
    case 'exactly':
      return (leaf) => leaf === condition.text;
    case 'literal':
      return (leaf) => leaf === condition.value;
    case 'number':
      return equalsInexactly(condition.text);
    case 'prefix':
    case 'suffix':
      return affix(condition);
    case 'equals-ignore-case': {
      const text = new CaselessText(condition.text);
      return (leaf) => typeof leaf === 'string' && text.equals(leaf);
    }
    case 'wildcard':
      return (leaf) => typeof leaf === 'string' && matchesWildcard(condition.pieces, leaf);
    case 'numeric':
      return inRange(condition);
    case 'cidr':
      return inBlock(condition);
    case 'exists':
      return () => condition.wanted;
    case 'anything-but': {
      const excluded = anyOf(condition.excluded);
      return (leaf) => !excluded(leaf);
    }
    default:
      return unreachable(condition);
  }
}

function equalsAddress(text: string): Predicate {
  const wanted = parseAddress(text);
  return (leaf) => {
    if (leaf === text) return true;
    const address = typeof leaf === 'string' ? parseAddress(leaf) : undefined;
    return address !== undefined && address.family === wanted?.family && address.value === wanted.value;
  };
}

/** A number that JavaScript cannot hold equals its own text alone. */
function equalsInexactly(text: string): Predicate {
  return (leaf) => leaf instanceof InexactNumber && String(leaf) === text;
}

function affix({ kind, text, ignoreCase }: Extract<Condition, { kind: 'prefix' | 'suffix' }>): Predicate {
  const operand = ignoreCase ? new CaselessText(text) : undefined;
  if (kind === 'prefix') {
    return operand === undefined
      ? (leaf) => typeof leaf === 'string' && leaf.startsWith(text)
      : (leaf) => typeof leaf === 'string' && operand.startsWith(leaf);
  }
  return operand === undefined
    ? (leaf) => typeof leaf === 'string' && leaf.endsWith(text)
    : (leaf) => typeof leaf === 'string' && operand.endsWith(leaf);
}

function inRange({ lower, upper }: Extract<Condition, { kind: 'numeric' }>): Predicate {
  const low = lower?.value ?? Number.NEGATIVE_INFINITY;
  const high = upper?.value ?? Number.POSITIVE_INFINITY;
  return (leaf) =>
    typeof leaf === 'number' &&
    (leaf > low || (leaf === low && lower?.inclusive === true)) &&
    (leaf < high || (leaf === high && upper?.inclusive === true));
}

function inBlock({ block: { family, network, hostBits } }: Extract<Condition, { kind: 'cidr' }>): Predicate {
  return (leaf) => {
    const address = typeof leaf === 'string' ? parseAddress(leaf) : undefined;
    return address !== undefined && address.family === family && address.value >> hostBits === network;
  };
}
