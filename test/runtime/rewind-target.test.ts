import { describe, expect, it } from 'vitest';
import { parseRewindTarget, rewoundLines } from '../../src/runtime/rewind-target.js';

const now = Date.UTC(2026, 1, 1);

describe('where a mapping is rewound to', () => {
  it.each([
    ['TRIM_HORIZON', { kind: 'TRIM_HORIZON' }],
    ['LATEST', { kind: 'LATEST' }],
    ['2026-01-31T12:00:00Z', { kind: 'AT_TIMESTAMP', at: Date.UTC(2026, 0, 31, 12) }],
    ['2026-01-31T13:00:00+01:00', { kind: 'AT_TIMESTAMP', at: Date.UTC(2026, 0, 31, 12) }],
    ['1769860800', { kind: 'AT_TIMESTAMP', at: Date.UTC(2026, 0, 31, 12) }],
    ['1769860800.5', { kind: 'AT_TIMESTAMP', at: Date.UTC(2026, 0, 31, 12) + 500 }],
  ])('%s', (given, rule) => {
    expect(parseRewindTarget(given, now)).toEqual(rule);
  });

  it.each(['', 'latest', 'yesterday', '12 o’clock', '20260131', '99999999999999999999', '-5', '2026-13-01'])(
    'is not "%s"',
    (given) => {
      expect(() => parseRewindTarget(given, now)).toThrow('--to must be TRIM_HORIZON, LATEST, or a time');
    },
  );

  it('is not in the future', () => {
    expect(() => parseRewindTarget('2027-01-01T00:00:00Z', now)).toThrow(
      '--to must not be in the future; it is 2026-02-01T00:00:00.000Z now, got "2027-01-01T00:00:00Z"',
    );
  });

  it('is told for each shard', () => {
    const lines = rewoundLines(
      new Map([
        ['a', { kind: 'ended' }],
        ['b', { kind: 'open', from: { kind: 'horizon' } }],
        ['c', { kind: 'open', from: { kind: 'timestamp', at: Date.UTC(2026, 0, 31) } }],
        ['d', { kind: 'open', from: { kind: 'after', position: '42' } }],
      ]),
    );
    expect(lines).toEqual([
      'a: closed, not read',
      'b: from its oldest record',
      'c: from the first record at or after 2026-01-31T00:00:00.000Z',
      'd: behind 42',
    ]);
  });
});
