import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { MillraceError, messageOf } from '../../platform/millrace-error.js';

/** An item, as the SDK takes it. */
export type Item = Readonly<Record<string, AttributeValue>>;

type Json = Readonly<Record<string, unknown>>;

const types = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']);

/**
 * Reads an item out of JSON text: DynamoDB JSON when every attribute is an object with one key that names a type
 * (`{"id":{"S":"a"}}`), else plain (`{"id":"a"}`). Rejects with a `MillraceError` that names the item.
 */
export async function parseItem(text: string): Promise<Item> {
  const item = parseObject(text);
  const attributes = Object.entries(item);
  try {
    if (attributes.length > 0 && attributes.every(([, value]) => isTyped(value))) {
      return Object.fromEntries(attributes.map(([name, value]) => [name, attributeValue(value, name)]));
    }
    const { marshall } = await import('@aws-sdk/util-dynamodb');
    return marshall(item);
  } catch (error) {
    throw invalid(text, messageOf(error), { cause: error });
  }
}

function parseObject(text: string): Json {
  let item: unknown;
  try {
    item = JSON.parse(text);
  } catch (error) {
    throw invalid(text, messageOf(error), { cause: error });
  }
  if (!isObject(item)) throw invalid(text, 'it is not an object');
  return item;
}

function invalid(text: string, because: string, options?: ErrorOptions): MillraceError {
  const start = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  const remedy = 'an item is a JSON object, plain ({"id":"a"}) or in DynamoDB JSON ({"id":{"S":"a"}})';
  return new MillraceError('CONFIGURATION_INVALID', `item ${start}: ${because}; ${remedy}`, options);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTyped(value: unknown): value is Json {
  if (!isObject(value)) return false;
  const [type, ...others] = Object.keys(value);
  return type !== undefined && others.length === 0 && types.has(type);
}

/** The SDK wants bytes where DynamoDB JSON has base64 text; all else it takes as it is. */
function attributeValue(value: unknown, path: string): AttributeValue {
  if (!isTyped(value)) throw new Error(`${path} has no type, as others have`);
  const [[type, content] = ['', undefined]] = Object.entries(value);
  switch (type) {
    case 'B':
      return { B: bytes(content, path) };
    case 'BS':
      return { BS: list(content, path).map((each) => bytes(each, path)) };
    case 'L':
      return { L: list(content, path).map((each, index) => attributeValue(each, `${path}[${index}]`)) };
    case 'M':
      if (!isObject(content)) throw new Error(`${path} is no map`);
      return {
        M: Object.fromEntries(
          Object.entries(content).map(([name, each]) => [name, attributeValue(each, `${path}.${name}`)]),
        ),
      };
    case 'BOOL':
    case 'NULL':
      if (typeof content !== 'boolean') throw new Error(`${path} must be true or false`);
      return value as unknown as AttributeValue;
    case 'SS':
    case 'NS':
      if (!list(content, path).every((each) => typeof each === 'string')) throw new Error(`${path} must have texts`);
      return value as unknown as AttributeValue;
    default:
      if (typeof content !== 'string') throw new Error(`${path} must be text (numbers as well: {"N":"1"})`);
      return value as unknown as AttributeValue;
  }
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${path} must be a list`);
  return value;
}

function bytes(value: unknown, path: string): Uint8Array {
  if (typeof value !== 'string') throw new Error(`${path} must be base64 text`);
  return Buffer.from(value, 'base64');
}
