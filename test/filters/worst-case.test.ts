import { describe, expect, it } from 'vitest';
import { CompiledFields } from '../../src/filters/compiled-fields.js';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import { ElementSearch } from '../../src/filters/element-search.js';
import { Look } from '../../src/filters/look.js';
import { parsePattern } from '../../src/filters/parse-pattern.js';
import { linearIndexOf, matchesWildcard } from '../../src/filters/wildcard.js';

// What a hostile or unlucky record may cost, as counts of operations: they are the same on every machine.

function search(pattern: string, record: unknown): { readonly matched: boolean; readonly steps: number } {
  const [plain] = parsePattern(pattern);
  const fields = new CompiledFields(plain ?? { fields: [] });
  const look = new Look();
  const matched = new ElementSearch(fields, [...fields.list.keys()], record, look).run();
  return { matched, steps: look.steps };
}

const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const object = (entries: readonly (readonly [string, unknown])[]): unknown => Object.fromEntries(entries);

const deep = (levels: number): string => `{"a":${'['.repeat(levels)}1${']'.repeat(levels)}}`;

describe('the search for elements of arrays', () => {
  it('of many independent arrays costs their sum and not their product', () => {
    // 20 arrays of 20 elements that all fit, and a last field that nothing fits: 20^20 combinations.
    const names = times(20, (index) => `f${String(index).padStart(2, '0')}`);
    const pattern = object([...names.map((name) => [name, { v: [1] }] as const), ['z', { v: [2] }]]);
    const elements = times(20, () => ({ v: 1 }));
    const record = object([...names, 'z'].map((name) => [name, elements.map((element) => ({ ...element }))]));

    const { matched, steps } = search(JSON.stringify(pattern), record);

    expect(matched).toBe(false);
    expect(steps).toBeLessThan(10_000);
  });

  it('of many fields of the same elements grows with elements times fields', () => {
    const names = times(20, (index) => `f${String(index).padStart(2, '0')}`);
    const pattern = JSON.stringify({ items: object([...names.map((name) => [name, [1]] as const), ['z', [2]]]) });
    const cost = (count: number): number =>
      search(pattern, { items: times(count, () => object([...names, 'z'].map((name) => [name, 1]))) }).steps;

    expect(cost(100)).toBeLessThan(100 * 21 * 5);
    expect(cost(1_000) / cost(100)).toBeLessThan(11);
  });

  it('of nested arrays grows with the number of values', () => {
    const pattern = '{"a":{"b":{"c":{"x":[1],"y":[1],"z":[2]}}}}';
    const cost = (count: number): number => {
      const inner = (): unknown => times(count, () => ({ x: 1, y: 1, z: 1 }));
      return search(pattern, { a: times(count, () => ({ b: times(count, () => ({ c: inner() })) })) }).steps;
    };

    expect(cost(20) / cost(10)).toBeLessThan(9);
  });

  it('of scalars in arrays tries one for all', () => {
    const names = times(15, (index) => `f${index + 10}`);
    const pattern = object([...names.map((name) => [name, [1]] as const), ['z', [2]]]);
    const record = object([...names, 'z'].map((name) => [name, times(100, () => 1)]));

    expect(search(JSON.stringify(pattern), record).steps).toBeLessThan(16 * 100 * 4);
  });

  it('of names with dots, which lead to a place in several ways, tries each state once', () => {
    const pattern = `{${times(12, (index) => `"a${index}.b":[1]`).join(',')},"z.b":[2]}`;
    const record = object(
      times(12, (index) => [`a${index}`, [{ b: 1 }]] as const).flatMap(([name, value]) => [
        [name, value],
        [`${name}.b`, [[1]]],
      ]),
    );

    expect(search(pattern, { ...(record as object), z: [{ b: 1 }] }).steps).toBeLessThan(1_000);
  });

  it('stops looking a thousand arrays deep, and does not throw', () => {
    const pattern = compilePattern('{"a":[1]}');

    expect(pattern.matchesJson(deep(1_000))).toBe(true);
    expect(pattern.matchesJson(deep(1_002))).toBe(false);
    expect(pattern.matchesJson(deep(100_000))).toBe(false);
    expect(pattern.explain(JSON.parse(deep(100_000))).matched).toBe(false);
    expect(compilePattern('{"n":[9007199254740993]}').matchesJson(`{"n":9007199254740993,"a":${deep(100_000)}}`)).toBe(
      true,
    );
  });

  it('handles an array of two hundred thousand elements', () => {
    const items = times(200_000, (index) => ({ sku: 'x', qty: index }));
    expect(search('{"items":{"sku":["x"],"qty":[199999]}}', { items })).toMatchObject({ matched: true });
    expect(search('{"items":{"sku":["x"],"qty":[200000]}}', { items })).toMatchObject({ matched: false });
  });

  it('is given up after ten million steps, and the record kept', () => {
    const names = times(30, (index) => `f${index + 10}`);
    const pattern = JSON.stringify({ items: object([...names.map((name) => [name, [1]] as const), ['z', [2]]]) });
    const items = times(200_000, () => object([...names, 'z'].map((name) => [name, 1])));

    const { matched, steps } = search(pattern, { items });

    expect(matched).toBe(true);
    expect(steps).toBeLessThan(10_100_000);
  });
});

describe('a record that is hostile', () => {
  it('nests arrays more deeply for each field than the stack can hold: it is kept, and nothing is thrown', () => {
    const names = times(30, (index) => `b${index + 10}`);
    const pattern = compilePattern(JSON.stringify({ a: object(names.map((name) => [name, [1]])) }));
    const inner = JSON.stringify(object(names.map((name) => [name, 1])));
    expect(pattern.matchesJson(`{"a":${'['.repeat(900)}${inner}${']'.repeat(900)}}`)).toBe(true);
  });

  it('has names that sort between those of its arrays: fields of one array are tried together all the same', () => {
    const names = times(8, (index) => `a${'!'.repeat(index)}`);
    const pattern = JSON.stringify(
      object(names.flatMap((name) => [[name, ['x']] as const, [`${name}.z`, ['y']] as const])),
    );
    const record = object(names.map((name) => [name, [...times(8, () => ['x']), { z: 'y' }]]));
    const { matched, steps } = search(pattern, record);
    expect(matched).toBe(false);
    expect(steps).toBeLessThan(10_000);
  });

  it('has a number with very many zeros', () => {
    const pattern = compilePattern('{"a":[1]}');
    expect(pattern.matchesJson(`{"a":9007199254740993.${'0'.repeat(1_000_000)}1}`)).toBe(false);
  });

  it('is looked at once for what the alternatives of $or have in common', () => {
    const or = (name: string): string => `"$or":[${times(10, (index) => `{"${name}":[${index}]}`).join(',')}]`;
    const wildcards = times(40, (index) => `{"wildcard":"*aaaaaaaab${index}*"}`).join(',');
    const pattern = compilePattern(`{"0":[${wildcards}],${or('x')},${or('y')},${or('z')}}`);
    let looks = 0;
    const record = Object.defineProperty({}, '0', {
      enumerable: true,
      get: () => {
        looks++;
        return 'a'.repeat(1_000);
      },
    });
    expect(pattern.matches(record)).toBe(false);
    expect(looks).toBe(1);
  });
});

describe('a wildcard', () => {
  it('compares each character of a repetitive text at most twice for each piece', () => {
    let looks = 0;
    const text = {
      length: 100_000,
      charCodeAt: () => {
        looks++;
        return 97;
      },
    };

    expect(linearIndexOf(text, `${'a'.repeat(1_000)}b`, 0)).toBe(-1);
    expect(looks).toBe(100_000);
  });

  it('finds what the engine finds', () => {
    for (const [text, piece] of [
      ['abababac', 'ababac'],
      ['aaa', 'aa'],
      ['xyz', 'a'],
      ['aabaabaaab', 'aabaaab'],
      ['', 'a'],
    ] as const) {
      expect(linearIndexOf(text, piece, 0)).toBe(text.indexOf(piece));
    }
  });

  it('of many stars on a long text is worked off piece by piece', () => {
    const pieces = ['', ...times(500, () => 'aaaaab'), ''];
    expect(matchesWildcard(pieces, 'a'.repeat(2_000_000))).toBe(false);
    expect(matchesWildcard(pieces, 'aaaaab'.repeat(500))).toBe(true);
  });
});
