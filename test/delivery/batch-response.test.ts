import { describe, expect, it } from 'vitest';
import { readBatchResponse } from '../../src/delivery/batch-response.js';

const batch = new Set(['a', 'b', 'c']);
const failures = (value: unknown): string => JSON.stringify({ batchItemFailures: value });

const rows: readonly {
  readonly returned: string;
  readonly text: string;
  readonly then: 'all-succeeded' | 'all-failed' | readonly string[];
}[] = [
  { returned: 'nothing', text: 'null', then: 'all-succeeded' },
  { returned: 'a zero-byte response', text: '', then: 'all-succeeded' },
  { returned: '{}', text: '{}', then: 'all-succeeded' },
  { returned: '[]', text: '[]', then: 'all-succeeded' },
  { returned: 'an object without batchItemFailures', text: '{"statusCode":200}', then: 'all-succeeded' },
  { returned: 'an empty list', text: failures([]), then: 'all-succeeded' },
  { returned: 'null for the list', text: failures(null), then: 'all-succeeded' },
  { returned: 'one id', text: failures([{ itemIdentifier: 'b' }]), then: ['b'] },
  {
    returned: 'several ids in any order',
    text: failures([{ itemIdentifier: 'c' }, { itemIdentifier: 'a' }]),
    then: ['a', 'c'],
  },
  { returned: 'the same id twice', text: failures([{ itemIdentifier: 'b' }, { itemIdentifier: 'b' }]), then: ['b'] },
  {
    returned: 'all ids',
    text: failures([...batch].map((itemIdentifier) => ({ itemIdentifier }))),
    then: ['a', 'b', 'c'],
  },
  { returned: 'an empty id', text: failures([{ itemIdentifier: '' }]), then: 'all-failed' },
  { returned: 'a null id', text: failures([{ itemIdentifier: null }]), then: 'all-failed' },
  { returned: 'a number for an id', text: failures([{ itemIdentifier: 123 }]), then: 'all-failed' },
  { returned: 'an id that is not in the batch', text: failures([{ itemIdentifier: 'z' }]), then: 'all-failed' },
  {
    returned: 'a good and an unknown id',
    text: failures([{ itemIdentifier: 'a' }, { itemIdentifier: 'z' }]),
    then: 'all-failed',
  },
  { returned: 'a wrong key', text: failures([{ foo: 'notvalid' }]), then: 'all-failed' },
  { returned: 'a wrong key with null', text: failures([{ foo: null }]), then: 'all-failed' },
  { returned: 'ids without their object', text: failures(['a']), then: 'all-failed' },
  { returned: 'null entries', text: failures([null]), then: 'all-failed' },
  { returned: 'an object for the list', text: failures({ itemIdentifier: 'a' }), then: 'all-failed' },
  { returned: 'a text for the list', text: failures('a'), then: 'all-failed' },
  { returned: 'an empty string', text: '""', then: 'all-failed' },
  { returned: 'a string', text: '"ok"', then: 'all-failed' },
  { returned: 'true', text: 'true', then: 'all-failed' },
  { returned: 'a number', text: '1', then: 'all-failed' },
];

describe('a partial batch response, when the handler returns', () => {
  for (const { returned, text, then } of rows) {
    it(`${returned}: ${typeof then === 'string' ? then : `these fail: ${then.join(', ')}`}`, () => {
      const verdict = readBatchResponse(text, batch);
      if (typeof then === 'string') expect(verdict.kind).toBe(then);
      else expect(verdict).toEqual({ kind: 'some-failed', failed: new Set(then) });
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
