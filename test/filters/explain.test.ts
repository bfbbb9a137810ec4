import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import type { FilterView } from '../../src/contracts/filter-view.js';
import { textData } from '../../src/filters/record-data.js';
import { createRecordFilter } from '../../src/filters/record-filter.js';

/** Records whose data is the text under `body`. */
const bodies: FilterView = {
  dataKey: 'body',
  mismatch: 'no-match',
  view: ({ body, ...metadata }, parse) => ({ metadata, data: textData(body, parse) }),
};

function because(pattern: string, record: unknown): string {
  const explanation = compilePattern(pattern).explain(record);
  return explanation.matched ? 'it matches' : explanation.because;
}

describe('the explanation of a record that does not match', () => {
  const table: readonly (readonly [says: string, pattern: string, record: unknown])[] = [
    ['a is "y" and the pattern wants "x"', '{"a":["x"]}', { a: 'y' }],
    ['a.b is 3 and the pattern wants numeric [">", 5]', '{"a":{"b":[{"numeric":[">", 5]}]}}', { a: { b: 3 } }],
    ['a is "y" and the pattern wants "x" or prefix "z"', '{"a":["x",{"prefix":"z"}]}', { a: 'y' }],
    ['a is missing and the pattern wants "x"', '{"a":["x"]}', {}],
    ['a.b is missing and the pattern wants "x"', '{"a":{"b":["x"]}}', { a: 'x' }],
    ['a is an object and the pattern wants exists true', '{"a":[{"exists":true}]}', { a: { b: 1 } }],
    ['a is an empty array and the pattern wants null', '{"a":[null]}', { a: [] }],
    ['a is an array of objects and the pattern wants "x"', '{"a":["x"]}', { a: [{ b: 1 }] }],
    ['a is an empty array and the pattern wants 1', '{"a":[1]}', { a: [[]] }],
    [
      'i.a is 1 and the pattern wants 2',
      '{"i":{"a":[2]}}',
      { i: [...Array.from({ length: 100 }, () => ({})), { a: 1 }] },
    ],
    ['a is 1 and the pattern wants exists false', '{"a":[{"exists":false}]}', { a: 1 }],
    ['a is 1, 2 and the pattern wants 3', '{"a":[3]}', { a: [1, 2] }],
    ['a is one of 1, 2, 3, … and the pattern wants 9', '{"a":[9]}', { a: [1, 2, 3, 4, 5] }],
    ['b is 2 and the pattern wants 1', '{"a":[1],"b":[1],"c":[1]}', { a: 1, b: 2, c: 2 }],
    ['z is 2 and the pattern wants 1', '{"z":[1],"a":[1]}', { a: 2, z: 2 }],
    [
      "each of items.a, items.b has a value that the pattern wants, but not in the same elements of the record's arrays",
      '{"items":{"a":[1],"b":[2]}}',
      {
        items: [
          { a: 1, b: 1 },
          { a: 2, b: 2 },
        ],
      },
    ],
    ['c is 0 and the pattern wants 1', '{"$or":[{"a":[1],"b":[1]},{"c":[1],"d":[1]}]}', { a: 0, b: 0, c: 0, d: 1 }],
    ['the record is not a JSON object', '{"a":[1]}', [1]],
    ['the record is not a JSON object', '{"a":[1]}', null],
    [`a is "${'y'.repeat(79)}… and the pattern wants "x"`, '{"a":["x"]}', { a: 'y'.repeat(200) }],
  ];
  it.each(table)('%s', (says, pattern, record) => {
    expect(because(pattern, record)).toBe(says);
  });

  it('has field, values and conditions for programs', () => {
    expect(compilePattern('{"a":{"b":[1,{"prefix":"x"}]}}').explain({ a: { b: [2, 3] } })).toEqual({
      matched: false,
      field: 'a.b',
      values: [2, 3],
      wanted: ['1', 'prefix "x"'],
      because: 'a.b is 2, 3 and the pattern wants 1 or prefix "x"',
    });
  });

  it('of a record that matches is that it matches', () => {
    expect(compilePattern('{"a":[1]}').explain({ a: 1 })).toEqual({ matched: true });
  });
});

const reason = (patterns: readonly string[], body: string): string => {
  const verdict = createRecordFilter(bodies, patterns)?.({ messageId: 'm', body });
  return verdict?.kept === false ? verdict.because() : 'it was kept';
};

describe('the reason why a mapping dropped a record', () => {
  it('names the field, its value and what was wanted', () => {
    expect(reason(['{"body":{"region":[{"prefix":"eu-"}]}}'], '{"region":"us-east-1"}')).toBe(
      'body.region is "us-east-1" and the pattern wants prefix "eu-"',
    );
  });

  it('names the filter that came closest', () => {
    const patterns = ['{"body":{"a":[1],"b":[1]}}', '{"body":{"c":[1],"d":[1]}}'];
    expect(reason(patterns, '{"c":1,"d":2}')).toBe('filter 2 of 2 came closest: body.d is 2 and the pattern wants 1');
  });

  it('says when the body is of another kind than the pattern', () => {
    expect(reason(['{"body":{"a":[1]}}'], 'plain')).toBe(
      'body is not a JSON object and the pattern wants fields of it',
    );
    expect(reason(['{"body":["plain"]}'], '{}')).toBe('body is JSON and the pattern wants text');
  });

  it('shows integers beyond 2^53 as they were written', () => {
    expect(reason(['{"body":{"id":[1]}}'], '{"id":9007199254740993}')).toBe(
      'body.id is 9007199254740993 and the pattern wants 1',
    );
  });
});
