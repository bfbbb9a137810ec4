import type { ParseJson, RecordData } from '../contracts/filter-view.js';
import { isLeaf, isObject } from './leaf.js';

/** Data as its source made it: nothing is decoded, and a text that holds JSON is a text. */
export function plainData(value: unknown): RecordData {
  return isLeaf(value) ? { kind: 'text', values: [value] } : jsonData(value);
}

/** Data that is text, which may hold JSON. */
export function textData(text: unknown, parse: ParseJson): RecordData {
  if (typeof text !== 'string') return { kind: 'none' };
  try {
    const value = parse(text);
    return isLeaf(value) ? { kind: 'text', values: [text, value] } : jsonData(value);
  } catch {
    return { kind: 'text', values: [text] };
  }
}

/** Data that is an object or an array, if it is there at all. */
export function jsonData(value: unknown): RecordData {
  return isObject(value) || Array.isArray(value) ? { kind: 'json', value } : { kind: 'none' };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text in base64; undefined when there is none or when it is not UTF-8. */
export function decoded(base64: unknown): string | undefined {
  if (typeof base64 !== 'string') return undefined;
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
