import { describe, expect, it } from 'vitest';
import { readBatchResponse } from '../../src/delivery/batch-response.js';

const batch = new Set(['a', 'b', 'c']);
const failures = (value: unknown): string => JSON.stringify({ batchItemFailures: value });

const rows: readonly {
  readonly returned: string;
  readonly text: string;
  readonly expected: 'all-succeeded' | 'all-failed' | readonly string[];
}[] = [
  { returned: 'nothing', text: 'null', expected: 'all-succeeded' },
  { returned: 'a zero-byte response', text: '', expected: 'all-succeeded' },
  { returned: '{}', text: '{}', expected: 'all-succeeded' },
  { returned: '[]', text: '[]', expected: 'all-succeeded' },
  { returned: 'an object without batchItemFailures', text: '{"statusCode":200}', expected: 'all-succeeded' },
  { returned: 'an empty list', text: failures([]), expected: 'all-succeeded' },
  { returned: 'null for the list', text: failures(null), expected: 'all-succeeded' },
  { returned: 'one id', text: failures([{ itemIdentifier: 'b' }]), expected: ['b'] },
  {
    returned: 'several ids in any order',
    text: failures([{ itemIdentifier: 'c' }, { itemIdentifier: 'a' }]),
    expected: ['a', 'c'],
  },
  {
    returned: 'the same id twice',
    text: failures([{ itemIdentifier: 'b' }, { itemIdentifier: 'b' }]),
    expected: ['b'],
  },
  {
    returned: 'all ids',
    text: failures([...batch].map((itemIdentifier) => ({ itemIdentifier }))),
    expected: ['a', 'b', 'c'],
  },
  { returned: 'an empty id', text: failures([{ itemIdentifier: '' }]), expected: 'all-failed' },
  { returned: 'a null id', text: failures([{ itemIdentifier: null }]), expected: 'all-failed' },
  { returned: 'a number for an id', text: failures([{ itemIdentifier: 123 }]), expected: 'all-failed' },
  { returned: 'an id that is not in the batch', text: failures([{ itemIdentifier: 'z' }]), expected: 'all-failed' },
  {
    returned: 'a good and an unknown id',
    text: failures([{ itemIdentifier: 'a' }, { itemIdentifier: 'z' }]),
    expected: 'all-failed',
  },
  { returned: 'a wrong key', text: failures([{ foo: 'notvalid' }]), expected: 'all-failed' },
  { returned: 'a wrong key with null', text: failures([{ foo: null }]), expected: 'all-failed' },
  { returned: 'ids without their object', text: failures(['a']), expected: 'all-failed' },
  { returned: 'null entries', text: failures([null]), expected: 'all-failed' },
  { returned: 'an object for the list', text: failures({ itemIdentifier: 'a' }), expected: 'all-failed' },
  { returned: 'a text for the list', text: failures('a'), expected: 'all-failed' },
  { returned: 'an empty string', text: '""', expected: 'all-failed' },
  { returned: 'a string', text: '"ok"', expected: 'all-failed' },
  { returned: 'true', text: 'true', expected: 'all-failed' },
  { returned: 'a number', text: '1', expected: 'all-failed' },
];

describe('a partial batch response, when the handler returns', () => {
  for (const { returned, text, expected } of rows) {
    it(`${returned}: ${typeof expected === 'string' ? expected : `these fail: ${expected.join(', ')}`}`, () => {
      const verdict = readBatchResponse(text, batch);
      expect(verdict.kind === 'some-failed' ? [...verdict.failed].toSorted() : verdict.kind).toEqual(expected);
    });
  }

  it('says in words what is wrong with a malformed one', () => {
    expect(readBatchResponse(failures([{ itemIdentifier: 'z' }]), batch)).toEqual({
      kind: 'all-failed',
      because:
        'the partial batch response is malformed (itemIdentifier "z" is not in this batch): all records of the batch count as failed',
    });
  });
});
