import { InvalidPatternError } from './invalid-pattern-error.js';

/**
 * JSON as patterns need it: names that occur twice stay, numbers keep their text, and everything knows where it stands
 * (`at`, and `end` behind it; UTF-16 code units).
 */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral;

interface Span {
  readonly at: number;
  readonly end: number;
}

export interface JsonMember {
  readonly name: string;
  readonly at: number;
  readonly value: JsonNode;
}

export interface JsonObject extends Span {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
}

export interface JsonArray extends Span {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

interface JsonString extends Span {
  readonly kind: 'string';
  readonly value: string;
}

export interface JsonNumber extends Span {
  readonly kind: 'number';
  readonly text: string;
}

interface JsonLiteral extends Span {
  readonly kind: 'literal';
  readonly value: true | false | null;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- they are what JSON does not allow in strings
const string = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const literals: readonly (readonly [string, JsonLiteral['value']])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** @throws InvalidPatternError where the text is not one JSON value */
export function parsePatternJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value();
  reader.end();
  return node;
}

/** Deeper than any pattern of the allowed length can be; the reader calls itself. */
const maxDepth = 1_000;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonNode {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    return first === '"' ? this.#string() : this.#scalar();
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('the end of the pattern');
  }

  #object(): JsonObject {
    const at = this.#at++;
    const members: JsonMember[] = [];
    this.#list('}', () => {
      if (this.#text[this.#at] !== '"') this.#fail('a name in double quotes');
      const name = this.#string();
      this.#skipSpace();
      this.#take(':');
      members.push({ name: name.value, at: name.at, value: this.value() });
    });
    return { kind: 'object', members, at, end: this.#at };
  }

  #array(): JsonArray {
    const at = this.#at++;
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value()));
    return { kind: 'array', items, at, end: this.#at };
  }

  #list(close: string, item: () => void): void {
    if (++this.#depth > maxDepth) this.#fail(`at most ${maxDepth} levels`);
    this.#skipSpace();
    this.#items(close, item);
    this.#depth--;
  }

  #items(close: string, item: () => void): void {
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      this.#skipSpace();
      item();
      this.#skipSpace();
      if (this.#text[this.#at] === close) break;
      this.#take(',', `"," or "${close}"`);
    }
    this.#at++;
  }

  #string(): JsonString {
    const token = this.#match(string);
    if (token === undefined) this.#fail('a complete string without control characters');
    return { kind: 'string', value: JSON.parse(token) as string, at: this.#at - token.length, end: this.#at };
  }

  #scalar(): JsonNode {
    const at = this.#at;
    for (const [word, value] of literals) {
      if (!this.#text.startsWith(word, at)) continue;
      this.#at += word.length;
      return { kind: 'literal', value, at, end: this.#at };
    }
    const text = this.#match(number);
    if (text === undefined) this.#fail('a JSON value');
    return { kind: 'number', text, at, end: this.#at };
  }

  #match(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const [found] = token.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string, expected = `"${character}"`): void {
    if (this.#text[this.#at] !== character) this.#fail(expected);
    this.#at++;
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text[this.#at]) : 'the end';
    throw new InvalidPatternError(`Not JSON: expected ${expected}, found ${found}`, this.#at);
  }
}
