import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, WholeLines } from '../../src/platform/lines.js';

async function* streamed(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

async function read(pieces: readonly string[]): Promise<readonly (readonly string[])[]> {
  const read: (readonly string[])[] = [];
  for await (const lines of linesOf(streamed(pieces))) read.push(lines);
  return read;
}

describe('lines', () => {
  it.each<[string, readonly string[], readonly (readonly string[])[]]>([
    ['come together as their piece did', ['a\nb\n', 'c\n'], [['a', 'b'], ['c']]],
    ['may begin in one piece and end in another', ['a', 'b', 'c\nd', 'e\n'], [['abc'], ['de']]],
    ['may be empty', ['\n\n'], [['', '']]],
    ['need no end at the end of the stream', ['a\nb'], [['a'], ['b']]],
    ['are none where there is nothing', ['', ''], []],
    ['keep the carriage return of Windows', ['a\r\n'], [['a\r']]],
  ])('%s', async (_rule, pieces, expected) => {
    expect(await read(pieces)).toEqual(expected);
  });

  it('are the same however the text is cut into pieces', async () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'ü') }));
    await fc.assert(
      fc.asyncProperty(pieces, async (pieces) => {
        const text = pieces.join('');
        const expected = text === '' ? [] : text.split('\n');
        if (text.endsWith('\n')) expected.pop();
        expect((await read(pieces)).flat()).toEqual(expected);
      }),
    );
  });

  it('tell how long the one is that has not ended', () => {
    const lines = new WholeLines();
    expect(lines.push('ab')).toBeUndefined();
    expect(lines.push('c')).toBeUndefined();
    expect(lines.restLength).toBe(3);
    expect(lines.push('\nd')).toBe('abc');
    expect(lines.restLength).toBe(1);
    expect(lines.takeRest()).toBe('d');
    expect([lines.restLength, lines.takeRest()]).toEqual([0, '']);
  });
});
