import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { Path, Problem } from '../mappings/schema/problem.js';
import { replaceVariables, typed, type Environment } from './environment-text.js';
import type { Position, Written } from './report.js';
import { syntaxErrors } from './syntax-errors.js';

/** A YAML or JSON file, read: what it holds, and where each part of it was written. */
export interface ReadDocument {
  readonly input: unknown;
  readonly problems: readonly Problem[];
  readonly written: Written;
}

/** Aliases (`*name`) that one file may use: enough for people, too few to blow up a small file. */
const mostAliases = 200;

/** Reads a file, with `${NAME}` replaced from the environment. Collects every problem. */
export function readDocument(text: string, name: string, env: Environment): ReadDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const position = (offset: number): Position => counter.linePos(offset);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    // One slip makes the parser report several; only the first is sure to be where the slip is.
    return refused(
      { name, position: () => position(syntax.pos[0]) },
      `is not valid ${name.endsWith('.json') ? 'JSON' : 'YAML'}: ${syntaxErrors[syntax.code]}`,
    );
  }
  if (document.contents === null) {
    return refused({ name }, 'is empty; it needs functions and mappings');
  }
  const reader = new DocumentReader(document, env);
  const input = reader.read(document.contents, []);
  return { input, problems: reader.problems, written: reader.written(name, position) };
}

function refused(written: Written, message: string): ReadDocument {
  return { input: undefined, problems: [{ path: [], message }], written };
}

/** Where a value stands in the text. */
interface Mark {
  readonly key: number | undefined;
  readonly value: number;
  /** The text in the file, where it was replaced. */
  readonly replaced: string | undefined;
}

/** Turns the nodes of a document into plain values, noting where each stands. */
class DocumentReader {
  readonly problems: Problem[] = [];
  readonly #places = new Map<string, Mark>();
  readonly #document: Document;
  readonly #env: Environment;
  #aliases = 0;

  constructor(document: Document, env: Environment) {
    this.#document = document;
    this.#env = env;
  }

  read(node: Node | null, path: Path, key?: Node): unknown {
    const keyAt = key?.range?.[0];
    const value = node?.range?.[0] ?? keyAt ?? 0;
    const place = { key: keyAt, value, replaced: undefined };
    this.#places.set(id(path), place);
    if (isAlias(node)) return this.#readAlias(node.resolve(this.#document), path, key);
    if (isSeq<Node>(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isMap<Scalar<string>, Node>(node)) return this.#readMap(node, path);
    return isScalar(node) ? this.#readScalar(node, path, place) : null;
  }

  #readMap(node: YAMLMap<Scalar<string>, Node>, path: Path): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const name = this.#readKey(key, path);
      if (entries.has(name)) this.problems.push({ path: [...path, name], message: 'is given twice', about: 'key' });
      entries.set(name, this.read(value, [...path, name], key));
    }
    return Object.fromEntries(entries);
  }

  #readAlias(target: Node | undefined, path: Path, key: Node | undefined): unknown {
    this.#aliases += 1;
    if (target !== undefined && this.#aliases <= mostAliases) return this.read(target, path, key);
    const message =
      target === undefined
        ? 'uses an alias (*name) of an anchor (&name) that is not defined before it'
        : `is one alias too many; a file can use ${mostAliases}`;
    this.problems.push({ path, message });
    return undefined;
  }

  #readKey(key: Scalar<string>, path: Path): string {
    const name = key.value;
    const replaced = replaceVariables(name, this.#env);
    if (replaced.kind === 'refused') {
      this.#places.set(id([...path, name]), { key: key.range?.[0], value: key.range?.[0] ?? 0, replaced: undefined });
      this.problems.push({ path: [...path, name], message: replaced.message, about: 'key' });
    }
    return replaced.kind === 'replaced' ? replaced.text : name;
  }

  #readScalar(scalar: Scalar, path: Path, place: Mark): unknown {
    const { value, source = '' } = scalar;
    const plain = scalar.type === Scalar.PLAIN;
    if (typeof value === 'number') return isVariable(path) || /^-?0\d/.test(source) ? source : value;
    if (typeof value !== 'string') return value;
    const replaced = replaceVariables(value, this.#env);
    if (replaced.kind === 'unchanged') return value;
    if (replaced.kind === 'refused') {
      this.problems.push({ path, message: replaced.message });
      return undefined;
    }
    if (!replaced.fromEnvironment) return replaced.text;
    this.#places.set(id(path), { ...place, replaced: value });
    return plain && !isVariable(path) ? typed(replaced.text) : replaced.text;
  }

  written(name: string, position: (offset: number) => Position): Written {
    return {
      name,
      position: (path, about) => {
        const place = this.#closest(path);
        return position((about === 'key' ? place?.key : undefined) ?? place?.value ?? 0);
      },
      written: (path) => this.#places.get(id(path))?.replaced,
    };
  }

  #closest(path: Path): Mark | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = this.#places.get(id(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return undefined;
  }
}

const id = (path: Path): string => JSON.stringify(path);

/** Values of environment variables are texts: a number keeps the digits it was written with. */
function isVariable([top, , environment, variables]: Path): boolean {
  return top === 'functions' && environment === 'Environment' && variables === 'Variables';
}
