import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/filters/compile-pattern.js';
import { InvalidPatternError } from '../../src/filters/invalid-pattern-error.js';

interface Vector {
  readonly name: string;
  readonly pattern: string;
  readonly event: string;
  readonly expect: boolean | 'invalid';
}

const file = new URL('../../fixtures/filters/event-pattern-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[];

describe('the language of event patterns', () => {
  it('has 270 vectors', () => {
    expect(vectors.length).toBe(270);
  });

  it.each(vectors)('$name', ({ pattern, event, expect: expected }) => {
    expect(verdictOf(pattern, event)).toBe(expected);
  });

  it.each(vectors.filter(({ expect: expected }) => expected !== 'invalid'))(
    '$name: the explanation agrees',
    ({ pattern, event }) => {
      const compiled = compilePattern(pattern);
      const value: unknown = JSON.parse(event);
      expect(compiled.explain(value).matched).toBe(compiled.matches(value));
    },
  );
});

function verdictOf(pattern: string, event: string): Vector['expect'] {
  try {
    return compilePattern(pattern).matchesJson(event);
  } catch (error) {
    if (error instanceof InvalidPatternError) return 'invalid';
    throw error;
  }
}
