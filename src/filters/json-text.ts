import { InexactNumber, isComparable } from './numbers.js';

const token = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Strings that begin with U+0000 stand for something else while the text is parsed; those of the text itself are marked, too. */
const numberMark = '\u0000n';
const stringMark = '\u0000s';
const nul = String.raw`"\u0000`;

/**
 * `JSON.parse`, but numbers that JavaScript would round become an `InexactNumber`. Several times slower, and needed for
 * few records: those where a pattern looks at an integer beyond 2^53.
 *
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseExactly(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  try {
    return JSON.parse(text.replace(token, marked), (_name, value: unknown) => restored(value));
  } catch {
    return plain; // nested too deeply for a parser that calls back
  }
}

function marked(found: string, string: string | undefined, colon: string | undefined): string {
  if (colon !== undefined) return found;
  if (string !== undefined) return string.startsWith(nul) ? `${nul}s${string.slice(nul.length)}` : string;
  return isComparable(found) ? found : JSON.stringify(`${numberMark}${found}`);
}

function restored(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith(numberMark)) return new InexactNumber(value.slice(numberMark.length));
  return value.startsWith(stringMark) ? `\u0000${value.slice(stringMark.length)}` : value;
}
