import { describe, expect, it } from 'vitest';
import * as library from '../src/index.js';

describe('the library', () => {
  it('exports exactly this', () => {
    expect(Object.keys(library).toSorted()).toEqual([
      'InvalidPatternError',
      'MillraceError',
      'compilePattern',
      'defineConfig',
      'startRuntime',
    ]);
  });
});
