import { describe, expect, it } from 'vitest';
import { isCleared } from '../../src/mappings/cleared.js';

describe('a value', () => {
  it.each([undefined, '', [], {}, { a: undefined }, { Filters: [] }, { OnFailure: { Destination: '' } }])(
    'stands for nothing: %j',
    (value) => {
      expect(isCleared(value)).toBe(true);
    },
  );

  it.each([0, -1, false, ' ', [0], ['x'], { a: false }, { OnFailure: { Destination: 'x' } }, null, new Date(0)])(
    'stands for itself: %j',
    (value) => {
      expect(isCleared(value)).toBe(false);
    },
  );
});
