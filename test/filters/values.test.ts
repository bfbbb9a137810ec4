import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import { parseExactly } from '../../src/filters/json-text.js';
import { InexactNumber, isComparable } from '../../src/filters/numbers.js';

function matches(condition: string, value: string): boolean {
  return compilePattern(`{"v":[${condition}]}`).matchesJson(`{"v":${value}}`);
}

describe('numbers', () => {
  it.each([
    '0',
    '-0',
    '1',
    '0.1',
    '1e300',
    '3.0e2',
    '9007199254740991',
    '9007199254740994',
    '-1.50',
    '1E-7',
    '123456789012345680000',
  ])('%s can be compared', (text) => expect(isComparable(text)).toBe(true));

  it.each(['9007199254740993', '1e400', '1e-400', '0.1234567890123456789', '12345678901234567890'])(
    '%s cannot be compared',
    (text) => expect(isComparable(text)).toBe(false),
  );

  const rows: readonly (readonly [condition: string, value: string, expected: boolean])[] = [
    ['0', '-0', true],
    ['9007199254740993', '9007199254740993', true],
    ['9007199254740993', '9007199254740992', false],
    ['9007199254740992', '9007199254740993', false],
    ['9007199254740992', '9007199254740992.0', true],
    ['{"numeric":[">",1]}', '9007199254740993', false],
    ['{"numeric":[">",1]}', '9007199254740994', true],
    ['{"anything-but":9007199254740992}', '9007199254740993', true],
    ['{"numeric":[">",1]}', '1e400', false],
    ['{"exists":true}', '1e400', true],
    ['1e400', '1e400', true],
    ['0.30000000000000000001', '0.30000000000000000001', true],
    ['0.30000000000000000001', '0.3', false],
  ];
  it.each(rows)('%s and the value %s: %s', (condition, value, expected) => {
    expect(matches(condition, value)).toBe(expected);
  });
});

describe('parsing JSON exactly', () => {
  it.each([
    '{"a":[1,-0.5e3,"x",true,null,{}],"b":"12345678901234567890"}',
    String.raw`{"\u0000n1":"\u0000n12345678901234567890","\u0000":"\u0000s","c":"\u0000\u006e1"}`,
    '"\\"1e999\\\\\\""',
    '{"__proto__":{"a":1},"1e999":2}',
  ])('gives what JSON.parse gives for %s', (text) => {
    expect(JSON.stringify(parseExactly(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('keeps the text of numbers that would be rounded', () => {
    const { a, b } = parseExactly('{"a":12345678901234567890,"b":[1e999]}') as { a: unknown; b: readonly unknown[] };
    expect([a, ...b].map((each) => each instanceof InexactNumber && String(each))).toEqual([
      '12345678901234567890',
      '1e999',
    ]);
  });

  it('keeps names that are special elsewhere', () => {
    const { a } = parseExactly('{"a":{"__proto__":1e999}}') as { a: object };
    expect(Object.keys(a)).toEqual(['__proto__']);
    expect(String(Object.getOwnPropertyDescriptor(a, '__proto__')?.value)).toBe('1e999');
  });

  it('throws for what is not JSON', () => {
    expect(() => parseExactly('{"a":}')).toThrow(SyntaxError);
  });
});

describe('ignoring case', () => {
  const rows: readonly (readonly [operator: string, operand: string, value: string, expected: boolean])[] = [
    ['equals-ignore-case', 'straße', 'STRASSE', true],
    ['equals-ignore-case', 'straße', 'Straße', true],
    ['equals-ignore-case', 'ﬁ', 'FI', true],
    ['equals-ignore-case', 'ﬁ', 'fi', false],
    ['equals-ignore-case', 'ſ', 'S', true],
    ['equals-ignore-case', 's', 'ſ', false],
    ['equals-ignore-case', 'k', '\u212A', false],
    ['equals-ignore-case', 'ΣΑΣ', 'σας', false],
    ['equals-ignore-case', 'ΣΑΣ', 'σασ', true],
    ['equals-ignore-case', 'é', 'É', true],
    ['equals-ignore-case', 'é', 'e', false],
    ['equals-ignore-case', '🚀a', '🚀A', true],
    ['equals-ignore-case', 'ǅ', 'ǅ', true],
    ['prefix', 'eu-', 'EU-west', true],
    ['prefix', 'eu-', 'us-west', false],
    ['prefix', 'ß', 'SSx', true],
    ['suffix', '.PNG', 'a.png', true],
    ['suffix', '.PNG', 'png', false],
    ['suffix', 'ß', 'xSS', true],
    ['suffix', '', 'x', true],
  ];
  it.each(rows)('%s %s and %s: %s', (operator, operand, value, expected) => {
    const inner = JSON.stringify(operand);
    const condition = operator === 'equals-ignore-case' ? inner : `{"equals-ignore-case":${inner}}`;
    expect(matches(`{"${operator}":${condition}}`, JSON.stringify(value))).toBe(expected);
  });
});

describe('addresses', () => {
  const rows: readonly (readonly [condition: string, value: string, expected: boolean])[] = [
    ['"10.0.0.1"', '10.0.0.001', true],
    ['"2001:db8::a"', '2001:0DB8:0:0:0:0:0:A', true],
    ['"::"', '0:0:0:0:0:0:0:0', true],
    ['"12:30"', '12:30', true],
    ['"12:30"', '12:030', false],
    ['"10.0.0.256"', '10.0.0.256', true],
    ['"10.0.0.1"', '10.0.0.1.', false],
    ['{"anything-but":"10.0.0.1"}', '10.0.0.001', true],
    ['{"cidr":"10.0.0.0/8"}', '10.255.0.1', true],
    ['{"cidr":"0.0.0.0/0"}', '255.255.255.255', true],
    ['{"cidr":"0.0.0.0/0"}', '::1', false],
    ['{"cidr":"::/0"}', '10.0.0.1', false],
    ['{"cidr":"2001:db8::/32"}', '2001:DB8:ffff::1', true],
    ['{"cidr":"2001:db8::/32"}', '2001:db9::1', false],
    ['{"cidr":"10.0.0.0/8"}', '1:2:3', false],
    ['{"cidr":"::/0"}', '1:2:3:4:5:6:7:8:9', false],
    ['{"cidr":"::/0"}', '1::2::3', false],
    ['{"cidr":"::/0"}', '1:2:3:4:5:6:7::8', false],
  ];
  it.each(rows)('%s and %s: %s', (condition, value, expected) => {
    expect(matches(condition, JSON.stringify(value))).toBe(expected);
  });
});

describe('names', () => {
  it('with more dots than any prepared path are found', () => {
    const name = Array.from({ length: 40 }, (_, index) => `n${index}`).join('.');
    const pattern = compilePattern(JSON.stringify({ [name]: [1] }));
    expect(pattern.matches({ [name]: 1 })).toBe(true);
    expect(pattern.matches({ n0: { [name.slice(3)]: 1 } })).toBe(true);
    expect(pattern.matches({ [name.slice(0, -4)]: { n39: 1 } })).toBe(true);
    expect(pattern.matches({ [name.slice(3)]: 1 })).toBe(false);
  });

  it('that a record only inherits are not there', () => {
    expect(compilePattern('{"toString":[{"exists":true}]}').matches({})).toBe(false);
    expect(compilePattern('{"a":{"constructor":[{"exists":false}]}}').matches({ a: {} })).toBe(true);
  });

  it('whose value JSON does not have are not there', () => {
    expect(compilePattern('{"a":[{"exists":true}]}').matches({ a: undefined })).toBe(false);
    expect(compilePattern('{"a":[{"exists":true}]}').matches({ a: () => 1 })).toBe(false);
  });
});
