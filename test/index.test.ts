import { describe, expect, it } from 'vitest';
import * as library from '../src/index.js';
import * as testing from '../src/testing/index.js';

describe('the library', () => {
  it('exports exactly this', () => {
    expect(Object.keys(library).toSorted()).toEqual([
      'InvalidPatternError',
      'MillraceError',
      'SourceError',
      'compilePattern',
      'defineConfig',
      'defineSource',
      'startRuntime',
    ]);
  });

  it('exports exactly this for tests of sources', () => {
    expect(Object.keys(testing).toSorted()).toEqual([
      'HoldingQueue',
      'MemoryStream',
      'MemoryTopic',
      'queueSourceContract',
      'streamSourceContract',
    ]);
  });
});
