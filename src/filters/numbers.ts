/**
 * A number of a record that JavaScript cannot hold exactly: it equals the same text in a pattern, and nothing else.
 * Its text is private so that it has no properties that a path could lead to.
 */
export class InexactNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Whether a number may have been rounded when it was parsed: integers beyond 2^53, and what is too large for a double. */
export function mayBeRounded(value: number): boolean {
  return value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER;
}

/** Whether the number that the text stands for is the one that is printed for the nearest double. */
export function isComparable(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && decimal(text) === decimal(String(value));
}

/** One spelling for all texts of the same number: its digits without zeros at either end, and the exponent of the last one. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  // Loops and not expressions such as /0+$/, which look at each run of zeros once for every zero in it.
  let [from, to] = [0, digits.length];
  while (from < to && digits[from] === '0') from++;
  while (to > from && digits[to - 1] === '0') to--;
  if (from === to) return '0';
  return `${sign}${digits.slice(from, to)}e${Number(exponent) + digits.length - to - fraction.length}`;
}
