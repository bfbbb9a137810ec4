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
  let copy: string;
  try {
    copy = text.replace(token, marked);
  } catch {
    return plain; // a string of many million escapes, which the expression cannot hold
  }
  const root = { value: JSON.parse(copy) as unknown };
  restoreAll(root);
  return root.value;
}

/** In place and with a list of its own instead of calls, because texts can be nested more deeply than the stack allows. */
function restoreAll(root: object): void {
  const left: object[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    for (const [name, value] of Object.entries(node)) {
      if (typeof value === 'object' && value !== null) left.push(value as object);
      const original = restored(value);
      // Defined and not assigned: `__proto__` is a name like any other here.
      if (original !== value) Object.defineProperty(node, name, { ...plainProperty, value: original });
    }
  }
}

const plainProperty = { configurable: true, enumerable: true, writable: true };

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
