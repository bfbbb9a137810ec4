import { describe, expect, it } from 'vitest';
import { leaseRefusal } from '../../src/sources/queue-advice.js';

describe('the visibility timeout of a queue', () => {
  it('must not be less than the timeout of the function', () => {
    expect(leaseRefusal({ visibilityTimeoutMs: 30_000 }, 60_000)).toBe(
      'Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds',
    );
    expect(leaseRefusal({ visibilityTimeoutMs: 60_000 }, 60_000)).toBeUndefined();
  });

  it('does not matter where messages have no lease', () => {
    expect(leaseRefusal({}, 60_000)).toBeUndefined();
  });
});
