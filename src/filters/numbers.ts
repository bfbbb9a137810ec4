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
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const shift = digits.length - significant.length - fraction.length;
  return `${sign}${significant}e${Number(exponent) + shift}`;
}
