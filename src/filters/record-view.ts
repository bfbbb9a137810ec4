import { isLeaf, isObject } from './leaf.js';

/** Kinds of records that a filter can look at. Amazon MSK and self-managed Kafka have the same. `custom`: of a source that the configuration adds. */
export const filterSources = ['sqs', 'kinesis', 'dynamodb', 'kafka', 'activemq', 'rabbitmq', 'custom'] as const;
export type FilterSource = (typeof filterSources)[number];

/** What the data of a record turned out to be. */
export type RecordData =
  /** An object or an array: fields of it can be named. */
  | { readonly kind: 'json'; readonly value: unknown }
  /** Anything else that is text. A number, `true`, `false` or `null` may be meant as such or as text: both count. */
  | { readonly kind: 'text'; readonly values: readonly unknown[] }
  /** There is none, or its bytes are not UTF-8. */
  | { readonly kind: 'none' };

/** What a pattern sees of a record: its fields, and under `dataKey` what its data was decoded to. */
export interface RecordView {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: RecordData;
}

/** How JSON text is read: quickly, or with numbers as they are written. */
export type ParseJson = (text: string) => unknown;

type EventRecord = Readonly<Record<string, unknown>>;

interface SourceRules {
  readonly dataKey: string;
  /**
   * What happens when a pattern names fields of the data and the data is no JSON, or wants text and it is JSON: the record
   * does not match, or that part of the pattern is left out.
   */
  readonly mismatch: 'no-match' | 'left-out';
  /** `record`: one element of what the handler gets. */
  readonly view: (record: EventRecord, parse: ParseJson) => RecordView;
}

/** @see docs/semantics.md, "What a pattern sees" */
export const sourceRules: Readonly<Record<FilterSource, SourceRules>> = {
  sqs: {
    dataKey: 'body',
    mismatch: 'no-match',
    view: ({ body, ...metadata }, parse) => ({ metadata, data: textData(body, parse) }),
  },
  kinesis: {
    dataKey: 'data',
    mismatch: 'no-match',
    view: ({ kinesis, ...outer }, parse) => {
      const { data, ...fields } = isObject(kinesis) ? kinesis : {};
      return { metadata: { ...outer, ...fields }, data: textData(decoded(data), parse) };
    },
  },
  dynamodb: {
    dataKey: 'dynamodb',
    mismatch: 'no-match',
    view: ({ dynamodb, ...metadata }) => ({ metadata, data: jsonData(dynamodb) }),
  },
  kafka: {
    dataKey: 'value',
    mismatch: 'left-out',
    view: ({ value, key, ...fields }, parse) => {
      const metadata = { ...fields, ...keyOf(textData(decoded(key), parse)) };
      return { metadata, data: textData(decoded(value), parse) };
    },
  },
  activemq: { dataKey: 'data', mismatch: 'left-out', view: messageView },
  rabbitmq: { dataKey: 'data', mismatch: 'left-out', view: messageView },
  custom: {
    dataKey: 'data',
    mismatch: 'no-match',
    view: ({ data, ...metadata }) => ({ metadata, data: plainData(data) }),
  },
};

/** Data as its source made it: nothing is decoded, and a text that holds JSON is a text. */
function plainData(value: unknown): RecordData {
  return isLeaf(value) ? { kind: 'text', values: [value] } : jsonData(value);
}

function messageView({ data, ...metadata }: EventRecord, parse: ParseJson): RecordView {
  return { metadata, data: textData(decoded(data), parse) };
}

function keyOf(data: RecordData): EventRecord {
  if (data.kind === 'json') return { key: data.value };
  return data.kind === 'text' ? { key: data.values } : {};
}

function textData(text: unknown, parse: ParseJson): RecordData {
  if (typeof text !== 'string') return { kind: 'none' };
  try {
    const value = parse(text);
    return isLeaf(value) ? { kind: 'text', values: [text, value] } : jsonData(value);
  } catch {
    return { kind: 'text', values: [text] };
  }
}

function jsonData(value: unknown): RecordData {
  return isObject(value) || Array.isArray(value) ? { kind: 'json', value } : { kind: 'none' };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text in base64; undefined when there is none or when it is not UTF-8. */
function decoded(base64: unknown): string | undefined {
  if (typeof base64 !== 'string') return undefined;
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
