import type { AttributeValue } from '@aws-sdk/client-dynamodb-streams';

/** Attribute values, as the SDK has them. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** An attribute value as events have it: `{"S":"text"}`, binary as base64 text, numbers as the text they came as. */
type EventAttribute = Readonly<Record<string, unknown>>;

/** Attribute values, as events have them. */
export type EventAttributes = Readonly<Record<string, EventAttribute>>;

/** Attributes as events have them. */
export function eventAttributes(attributes: Attributes): EventAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, eventAttribute(value)]));
}

/** Only what contains binary is built anew: the SDK makes bytes of it. */
function eventAttribute(value: AttributeValue): EventAttribute {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.M !== undefined) return { M: eventAttributes(value.M) };
  if (value.L !== undefined) return { L: value.L.map(eventAttribute) };
  if (value.$unknown !== undefined) return { [value.$unknown[0]]: value.$unknown[1] };
  // DynamoDB Local leaves the type of an empty map out.
  if (Object.keys(value).length === 0) return { M: {} };
  return { ...value };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** One text for one key, in whichever order its attributes come: the partition key, and the sort key where there is one. */
export function keyText(keys: EventAttributes): string {
  const sorted = Object.entries(keys).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}
