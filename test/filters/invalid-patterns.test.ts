import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import { InvalidPatternError } from '../../src/filters/invalid-pattern-error.js';

const anyButIgnoringCase = 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.';
const anyBut = 'Value of anything-but must be an array or single string/number value.';
const mixed = 'Inside anything but list, either all values are number or string, mixed type is not supported';

/** The reason, and a pattern with `⟶` before the place where it is wrong. */
const table: readonly (readonly [reason: string, pattern: string])[] = [
  ['Filter is not an object', '⟶[]'],
  ['Filter is not an object', ' ⟶"open"'],
  ['Empty objects are not allowed', '⟶{}'],
  ['Empty objects are not allowed', '{"a":[1],"b":⟶{}}'],
  ['Empty arrays are not allowed', '{"a":⟶[]}'],
  ['"a" must be an object or an array', '{⟶"a":"x"}'],
  ['"b" must be an object or an array', '{"a":{⟶"b":null}}'],
  ['Match value must be String, number, true, false, or null', '{"a":[1,⟶[1]]}'],
  ['Match expression name not found', '{"a":[⟶{}]}'],
  ['Only one key allowed in match expression', '{"a":[{"exists":true,⟶"prefix":"x"}]}'],
  ['Only one key allowed in match expression', '{"a":[{"prefix":{"equals-ignore-case":"x",⟶"y":1}}]}'],
  ['Only one key allowed in match expression', '{"a":[{"anything-but":{"prefix":"x",⟶"suffix":"y"}}]}'],
  ['Unrecognized match type EXISTS', '{"a":[{⟶"EXISTS":true}]}'],
  ['prefix match pattern must be a string', '{"a":[{"prefix":⟶1}]}'],
  ['prefix match pattern must be a string', '{"a":[{"cidr":⟶1}]}'],
  ['suffix match pattern must be a string', '{"a":[{"suffix":⟶["x"]}]}'],
  ['Unsupported prefix pattern: foo', '{"a":[{"prefix":{⟶"foo":"x"}}]}'],
  ['Unsupported suffix pattern: foo', '{"a":[{"suffix":{⟶"foo":"x"}}]}'],
  ['Prefix expression name not found', '{"a":[{"prefix":⟶{}}]}'],
  ['Suffix expression name not found', '{"a":[{"suffix":⟶{}}]}'],
  ['equals-ignore-case match pattern must be a string', '{"a":[{"equals-ignore-case":⟶[]}]}'],
  ['exactly match pattern must be a string', '{"a":[{"exactly":⟶5}]}'],
  ['wildcard match pattern must be a string', '{"a":[{"wildcard":⟶1}]}'],
  ['wildcard match pattern must be a string', '{"a":[{"anything-but":{"wildcard":["x",⟶1]}}]}'],
  ['Consecutive wildcard characters at pos 2', '{"a":[{"wildcard":⟶"a**"}]}'],
  ['Consecutive wildcard characters at pos 3', '{"a":[{"wildcard":⟶"é**"}]}'],
  ['Consecutive wildcard characters at pos 4', String.raw`{"a":[{"wildcard":⟶"\\*a**"}]}`],
  ['Invalid escape character at pos 2', String.raw`{"a":[{"wildcard":⟶"a\\b"}]}`],
  ['Invalid escape character at pos 3', String.raw`{"a":[{"wildcard":⟶"ab\\"}]}`],
  [anyBut, '{"a":[{"anything-but":⟶null}]}'],
  [anyBut, '{"a":[{"anything-but":⟶true}]}'],
  [anyBut, '{"a":[{"anything-but":{"prefix":⟶{"equals-ignore-case":"x"}}}]}'],
  ['Inside anything but list, start|null|boolean is not supported.', '{"a":[{"anything-but":["x",⟶null]}]}'],
  [mixed, '{"a":[{"anything-but":["x",⟶1]}]}'],
  [mixed, '{"a":[{"anything-but":⟶[]}]}'],
  ['Unsupported anything-but pattern: numeric', '{"a":[{"anything-but":{⟶"numeric":["=",1]}}]}'],
  ['Anything-But expression name not found', '{"a":[{"anything-but":⟶{}}]}'],
  ['Null prefix/suffix not allowed', '{"a":[{"anything-but":{"prefix":⟶""}}]}'],
  ['prefix/suffix match pattern must be a string', '{"a":[{"anything-but":{"suffix":⟶1}}]}'],
  ['Empty arrays are not allowed', '{"a":[{"anything-but":{"wildcard":⟶[]}}]}'],
  [anyButIgnoringCase, '{"a":[{"anything-but":{"equals-ignore-case":⟶1}}]}'],
  ['Value of numeric must be an array.', '{"a":[{"numeric":⟶5}]}'],
  ['Invalid member in numeric match: ]', '{"a":[{"numeric":⟶[]}]}'],
  ['Invalid member in numeric match: 5', '{"a":[{"numeric":[⟶5]}]}'],
  ['Unrecognized numeric range operator: !=', '{"a":[{"numeric":[⟶"!=",5]}]}'],
  ['Value of > must be numeric', '{"a":[{"numeric":[">",⟶"5"]}]}'],
  ['Value of < must be numeric', '{"a":[{"numeric":[">",0,"<"⟶]}]}'],
  ['Value of equals must be numeric', '{"a":[{"numeric":["=",⟶"5"]}]}'],
  ['Bad numeric range operator: >', '{"a":[{"numeric":[">",0,⟶">",5]}]}'],
  ['Bad value in numeric range: 2', '{"a":[{"numeric":[">",1,⟶2]}]}'],
  ['Too many elements in numeric expression', '{"a":[{"numeric":["<",5,⟶">",0]}]}'],
  ['Too many elements in numeric expression', '{"a":[{"numeric":["=",5],⟶"x":1}]}'],
  ['Too many elements in numeric expression', '{"a":[{"anything-but":[5],⟶"x":1}]}'],
  ['Too many terms in numeric range expression', '{"a":[{"numeric":[">",1,"<",5,⟶"<",6]}]}'],
  ['Bottom must be less than top', '{"a":[{"numeric":[">",5,⟶"<",5]}]}'],
  ['Cannot compare number : 9007199254740993', '{"a":[{"numeric":["=",⟶9007199254740993]}]}'],
  ['Cannot compare number : 1e400', '{"a":[{"anything-but":⟶1e400}]}'],
  ['exists match pattern must be either true or false.', '{"a":[{"exists":⟶"true"}]}'],
  ["Malformed CIDR, one '/' required", '{"a":[{"cidr":⟶"10.0.0.0"}]}'],
  ["Malformed CIDR, one '/' required", '{"a":[{"cidr":⟶"10.0.0.0/8/8"}]}'],
  ['Malformed CIDR, mask bits must be an integer', '{"a":[{"cidr":⟶"10.0.0.0/x"}]}'],
  ['Malformed CIDR, mask bits must not be negative', '{"a":[{"cidr":⟶"10.0.0.0/-1"}]}'],
  ['IPv4 mask bits must be < 32', '{"a":[{"cidr":⟶"10.0.0.0/32"}]}'],
  ['IPv6 mask bits must be < 128', '{"a":[{"cidr":⟶"::1/128"}]}'],
  ['Nonstandard IP address: localhost', '{"a":[{"cidr":⟶"localhost/8"}]}'],
  ['Invalid IP address: 10.0.0.300', '{"a":[{"cidr":⟶"10.0.0.300/8"}]}'],
  ['It must be an Array followed with $or.', '{"$or":⟶"x"}'],
  ['Only JSON object is allowed in array of $or relationship.', '{"$or":[⟶1,{"a":[1]}]}'],
  ['There must have at least 2 Objects in $or relationship.', '{"$or":⟶[{"a":["1"]}]}'],
  ['cidr is Ruler reserved fieldName which cannot be used inside $or.', '{"$or":[{"a":["1"]},{"b":{⟶"cidr":["2"]}}]}'],
  ['Not JSON: expected a name in double quotes, found "\'"', "{⟶'a':[1]}"],
  ['Not JSON: expected "," or "}", found the end', '{"a":[1]⟶'],
  ['Not JSON: expected a name in double quotes, found "}"', '{"a":[1],⟶}'],
  ['Not JSON: expected ":", found "["', '{"a"⟶[1]}'],
  ['Not JSON: expected a JSON value, found the end', '⟶'],
  ['Not JSON: expected a JSON value, found "]"', '{"a":[1,⟶]}'],
  ['Not JSON: expected a JSON value, found "+"', '{"a":[⟶+1]}'],
  ['Not JSON: expected "," or "]", found "1"', '{"a":[0⟶1]}'],
  ['Not JSON: expected a complete string without control characters, found "\\""', '{"a":[⟶"x]}'],
  ['Not JSON: expected the end of the pattern, found "x"', '{"a":[1]} ⟶x'],
];

describe('an invalid pattern', () => {
  it.each(table)('says "%s" and where: %s', (reason, marked) => {
    const error = refusalOf(marked.replace('⟶', ''));
    expect(error.reason).toBe(reason);
    expect(error.position).toBe(marked.indexOf('⟶'));
  });

  it('is one of more than 4,096 characters', () => {
    expect(() => compilePattern(ofLength(4_096))).not.toThrow();
    expect(refusalOf(ofLength(4_097)).reason).toBe('The pattern has 4097 characters; at most 4096 are allowed');
  });

  it('with more than 256 fields is refused', () => {
    expect(() => compilePattern(withFields(256))).not.toThrow();
    expect(refusalOf(withFields(257)).reason).toBe('The pattern names more than 256 fields');
  });

  it('whose $or has too many combinations is refused instead of filling the memory', () => {
    const or = '{"$or":[{"x":[1]},{"y":[1]}]}';
    const pattern = (ors: number): string =>
      `{${Array.from({ length: ors }, (_, index) => `"${index}":${or}`).join(',')}}`;
    expect(compilePattern(pattern(9)).matches({})).toBe(false);
    expect(refusalOf(pattern(100)).reason).toBe('The branches of $or can be combined in more than 1000 ways');
  });

  it('may be nested as deeply as its length allows', () => {
    const depth = 680;
    const nested = `${'{"a":'.repeat(depth)}[1]${'}'.repeat(depth)}`;
    expect(compilePattern(nested).matchesJson(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toBe(true);
    expect(refusalOf('['.repeat(4_096)).reason).toContain('Not JSON');
  });
});

const ofLength = (length: number): string => `{"a":["${'x'.repeat(length - 10)}"]}`;

const withFields = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `"${index.toString(36)}":[1]`).join(',')}}`;

function refusalOf(pattern: string): InvalidPatternError {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof InvalidPatternError) return error;
    throw error;
  }
  throw new Error('the pattern is valid');
}
