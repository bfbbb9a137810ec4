import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import { InvalidPatternError } from '../../src/filters/invalid-pattern-error.js';
import { createRecordFilter } from '../../src/filters/record-filter.js';
import { filterViews } from '../../src/sources/registry.js';
import { referenceMatches, type ReferenceField } from './reference.js';

/** Few names and values, so that patterns and records often meet; some of the names have dots or a meaning elsewhere. */
const names = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', '__proto__', 'constructor', '');
const scalars = fc.constantFrom<unknown>('x', 'y', 'xy', 'X', '', 1, 2, 10, true, null);

const { record } = fc.letrec<{ node: unknown; object: unknown; array: unknown; record: unknown }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', maxDepth: 5, withCrossShrink: true }, scalars, tie('object'), tie('array')),
  object: entries(tie('node')),
  array: fc.array(tie('node'), { maxLength: 3 }),
  record: tie('object'),
}));

/** As `JSON.parse` makes objects: `__proto__` is a name like any other. */
function entries(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .array(fc.tuple(names, value), { maxLength: 4 })
    .map((pairs) =>
      JSON.parse(
        `{${[...new Map(pairs)].map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`).join(',')}}`,
      ),
    );
}

interface Condition {
  readonly text: string;
  readonly accepts: (leaf: unknown) => boolean;
  readonly absent?: boolean;
}

const isText = (leaf: unknown): leaf is string => typeof leaf === 'string';
const conditions: readonly Condition[] = [
  ...(['x', 'y', 1, true, null, ''] as const).map((value) => ({
    text: JSON.stringify(value),
    accepts: (leaf: unknown) => leaf === value,
  })),
  { text: '{"exists":true}', accepts: () => true },
  { text: '{"exists":false}', accepts: () => false, absent: true },
  { text: '{"prefix":"x"}', accepts: (leaf) => isText(leaf) && leaf.startsWith('x') },
  { text: '{"suffix":"y"}', accepts: (leaf) => isText(leaf) && leaf.endsWith('y') },
  { text: '{"anything-but":["x","y"]}', accepts: (leaf) => leaf !== 'x' && leaf !== 'y' },
  { text: '{"anything-but":{"prefix":"x"}}', accepts: (leaf) => !isText(leaf) || !leaf.startsWith('x') },
  { text: '{"equals-ignore-case":"x"}', accepts: (leaf) => isText(leaf) && leaf.toLowerCase() === 'x' },
  { text: '{"wildcard":"*x*"}', accepts: (leaf) => isText(leaf) && leaf.includes('x') },
  { text: '{"numeric":[">",1]}', accepts: (leaf) => typeof leaf === 'number' && leaf > 1 },
];

interface Alternative {
  readonly text: string;
  readonly fields: readonly ReferenceField[];
}

/** Flat patterns: nested objects mean the same, and the vectors have them. */
function patternOf(paths: fc.Arbitrary<string>, from: readonly Condition[]): fc.Arbitrary<Alternative> {
  const tests = fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 2 });
  return fc.array(fc.tuple(paths, tests), { minLength: 1, maxLength: 4 }).map((fields) => {
    const distinct = [...new Map(fields)];
    return {
      text: distinct
        .map(([path, some]) => `${JSON.stringify(path)}:[${some.map(({ text }) => text).join(',')}]`)
        .join(','),
      fields: distinct.map(([path, some]) => ({
        path,
        accepts: (leaf: unknown) => some.some(({ accepts }) => accepts(leaf)),
        absent: some.some(({ absent }) => absent === true),
      })),
    };
  });
}

const plainPattern = patternOf(
  fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
  conditions,
);

/** Records of arrays in arrays, and patterns whose fields share them: where the choice of elements matters. */
const few = fc.constantFrom('x', 'y', 1);
const element = (inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ a: few, b: few, c: inner }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: few },
    { weight: 1, arbitrary: fc.array(fc.record({ a: few, b: few }, { requiredKeys: [] }), { maxLength: 2 }) },
  );
const elements = (inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.array(element(inner), { maxLength: 4 });
const arraysRecord = fc.record({ i: elements(elements(few)), j: elements(few) });
const arraysPattern = patternOf(
  fc.constantFrom('i.a', 'i.b', 'i.c.a', 'i.c.b', 'i.c', 'i', 'j.a', 'j.b', 'j.c'),
  conditions.filter(({ text }) => ['"x"', '"y"', '1', '{"exists":false}', '{"anything-but":["x","y"]}'].includes(text)),
);

describe('matching', () => {
  it('in arrays agrees with a matcher that tries all combinations', () => {
    fc.assert(
      fc.property(arraysPattern, arraysRecord, ({ text, fields }, value) => {
        expect(compilePattern(`{${text}}`).matches(value)).toBe(referenceMatches(fields, value));
      }),
      { numRuns: 30_000 },
    );
  });

  it('agrees with a matcher that tries all combinations', () => {
    fc.assert(
      fc.property(plainPattern, record, ({ text, fields }, value) => {
        const pattern = compilePattern(`{${text}}`);
        const expected = referenceMatches(fields, value);
        expect(pattern.matches(value)).toBe(expected);
        expect(pattern.matchesJson(JSON.stringify(value))).toBe(expected);
        expect(pattern.explain(value).matched).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });

  it('of alternatives agrees as well', () => {
    fc.assert(
      fc.property(plainPattern, plainPattern, record, (one, other, value) => {
        const pattern = compilePattern(`{"$or":[{${one.text}},{${other.text}}]}`);
        expect(pattern.matches(value)).toBe(
          referenceMatches(one.fields, value) || referenceMatches(other.fields, value),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(plainPattern, fc.json(), ({ text }, json) => {
        const pattern = compilePattern(`{${text}}`);
        const value: unknown = JSON.parse(json);
        expect([pattern.matchesJson(json), pattern.explain(value).matched]).toContain(pattern.matches(value));
      }),
    );
  });

  it('of the records of any source never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...filterViews.values()),
        plainPattern,
        fc.dictionary(fc.constantFrom('body', 'data', 'value', 'key', 'kinesis', 'dynamodb', 'x'), fc.jsonValue()),
        (view, { text }, value) => {
          const verdict = createRecordFilter(view, [`{${text}}`])?.(value);
          expect(verdict?.kept === false ? verdict.because() : 'kept').not.toBe('');
        },
      ),
    );
  });
});

describe('text that is no pattern', () => {
  it('is refused with a position inside of it, and nothing else happens', () => {
    const bits = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '"a"',
      '"$or"',
      '"prefix"',
      '"numeric"',
      '1',
      '">"',
      'null',
      '\\',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const position = refusedAt(text) ?? 0;
        expect(position).toBeGreaterThanOrEqual(0);
        expect(position).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** Where a pattern is refused; undefined when it is valid. Anything else that is thrown is a defect. */
function refusedAt(text: string): number | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidPatternError) return error.position;
    throw error;
  }
}
