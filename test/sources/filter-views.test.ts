import { describe, expect, it } from 'vitest';
import { createRecordFilter, type RecordFilter } from '../../src/filters/record-filter.js';
import { filterViews } from '../../src/sources/registry.js';

const filterSources = ['sqs', 'kinesis', 'dynamodb', 'kafka', 'activemq', 'rabbitmq', 'custom'] as const;
type FilterSource = (typeof filterSources)[number];

/** The filter of a mapping of this source. */
function filterOf(source: FilterSource, patterns: readonly string[]): RecordFilter | undefined {
  const view = filterViews.get(source);
  if (view === undefined) throw new Error(`${source} has no filters`);
  return createRecordFilter(view, patterns);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const notUtf8 = Buffer.from([0xff, 0xfe, 0x41]).toString('base64');

/** A record as a handler gets it, with this data; undefined: without any. */
const recordOf: Readonly<Record<FilterSource, (data: string | undefined) => Readonly<Record<string, unknown>>>> = {
  sqs: (data) => ({ messageId: 'm-1', body: data, attributes: { SenderId: 'me' }, eventSource: 'aws:sqs' }),
  kinesis: (data) => ({
    kinesis: { partitionKey: 'p-1', sequenceNumber: '7', ...(data === undefined ? {} : { data: base64(data) }) },
    eventSource: 'aws:kinesis',
    eventID: 'shardId-000000000000:7',
  }),
  dynamodb: () => ({
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: { id: { N: '101' } },
      NewImage: { k: { S: 'v' }, n: { N: '42' } },
      ApproximateCreationDateTime: 1,
    },
  }),
  kafka: (data) => ({
    topic: 'orders',
    partition: 3,
    key: base64('{"id":5}'),
    ...(data === undefined ? {} : { value: base64(data) }),
  }),
  activemq: (data) => ({ messageID: 'a-1', ...(data === undefined ? {} : { data: base64(data) }) }),
  rabbitmq: (data) => ({ redelivered: false, ...(data === undefined ? {} : { data: base64(data) }) }),
  custom: (data) => ({ line: 4, ...(data === undefined ? {} : { data }) }),
};

function keeps(source: FilterSource, pattern: unknown, record: Readonly<Record<string, unknown>>): boolean {
  return filterOf(source, [JSON.stringify(pattern)])?.(record).kept ?? true;
}

describe('what a pattern sees of a record', () => {
  it('is known by the names that `millrace match --source` takes', () => {
    expect([...filterViews.keys()]).toEqual(filterSources);
  });

  const seen: readonly (readonly [FilterSource, string, unknown])[] = [
    ['sqs', 'a field of the body', { body: { a: ['x'] } }],
    ['sqs', 'its id', { messageId: ['m-1'] }],
    ['sqs', 'its attributes', { attributes: { SenderId: ['me'] } }],
    ['sqs', 'where it comes from', { eventSource: ['aws:sqs'] }],
    ['kinesis', 'a field of the data, at the top', { data: { a: ['x'] } }],
    ['kinesis', 'its partition key, at the top', { partitionKey: ['p-1'] }],
    ['kinesis', 'where it comes from', { eventSource: ['aws:kinesis'] }],
    ['dynamodb', 'the name of the event', { eventName: ['INSERT', 'MODIFY'] }],
    ['dynamodb', 'its keys, with their types', { dynamodb: { Keys: { id: { N: ['101'] } } } }],
    ['dynamodb', 'the time as a number', { dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>', 0] }] } }],
    ['dynamodb', 'numbers as text', { dynamodb: { NewImage: { n: { N: [{ 'anything-but': '101' }] } } } }],
    ['kafka', 'a field of the value', { value: { a: ['x'] } }],
    ['kafka', 'a field of the key', { key: { id: [5] } }],
    ['kafka', 'topic and partition', { topic: ['orders'], partition: [3] }],
    ['activemq', 'a field of the data', { data: { a: ['x'] } }],
    ['activemq', 'its id', { messageID: ['a-1'] }],
    ['rabbitmq', 'a field of the data', { data: { a: ['x'] } }],
    ['rabbitmq', 'whether it is redelivered', { redelivered: [false] }],
  ];
  it.each(seen)('%s: %s', (source, _what, pattern) => {
    expect(keeps(source, pattern, recordOf[source]('{"a":"x"}'))).toBe(true);
  });

  const hidden: readonly (readonly [FilterSource, string, unknown])[] = [
    ['sqs', 'fields of the body outside of it', { a: ['x'] }],
    ['kinesis', 'data under kinesis', { kinesis: { data: { a: ['x'] } } }],
    ['dynamodb', 'values without their types', { dynamodb: { NewImage: { k: ['v'] } } }],
    ['dynamodb', 'numbers as numbers', { dynamodb: { NewImage: { n: { N: [{ numeric: ['>', 0] }] } } } }],
    ['kafka', 'base64', { value: [base64('{"a":"x"}')] }],
  ];
  it.each(hidden)('%s: not %s', (source, _what, pattern) => {
    // With a value that is JSON, a part of the pattern that wants text is left out for Kafka: it needs something else to fail.
    expect(
      keeps(
        source,
        source === 'kafka' ? { ...(pattern as object), topic: ['other'] } : pattern,
        recordOf[source]('{"a":"x"}'),
      ),
    ).toBe(false);
  });
});

const data: Readonly<Record<string, string | undefined>> = {
  text: 'ERROR: disk full',
  JSON: '{"a":"x"}',
  'a JSON array': '[{"a":"x"}]',
  nothing: undefined,
};
const wants = { text: [{ prefix: 'ERROR' }], JSON: { a: ['x'] }, 'a missing field': { b: [{ exists: false }] } };

/** Sources with text for data: the fate of each kind of data under a pattern for each kind. */
const matrix = `
                     | text    | JSON    | a JSON array | nothing
  sqs     text       | kept    | dropped | dropped      | dropped
  sqs     JSON       | dropped | kept    | kept         | dropped
  sqs     a missing field | dropped | kept | kept       | dropped
  kinesis text       | kept    | dropped | dropped      | dropped
  kinesis JSON       | dropped | kept    | kept         | dropped
  kinesis a missing field | dropped | kept | kept       | dropped
  kafka   text       | kept    | kept    | kept         | kept
  kafka   JSON       | kept    | kept    | kept         | kept
  activemq text      | kept    | kept    | kept         | kept
  activemq JSON      | kept    | kept    | kept         | kept
  rabbitmq text      | kept    | kept    | kept         | kept
  rabbitmq JSON      | kept    | kept    | kept         | kept
`;

interface Cell {
  readonly source: FilterSource;
  readonly wanted: keyof typeof wants;
  readonly kind: string;
  readonly fate: string;
}

function cells(): readonly Cell[] {
  const [head = '', ...rows] = matrix.trim().split('\n');
  const kinds = head.split('|').map((each) => each.trim());
  return rows.flatMap((row) => {
    const [label = '', ...fates] = row.split('|').map((each) => each.trim());
    const [source = '', ...words] = label.split(/ +/);
    return fates.map((fate, index) => ({
      source: source as FilterSource,
      wanted: words.join(' ') as keyof typeof wants,
      kind: (kinds[0] === '' ? kinds.slice(1) : kinds)[index] ?? '',
      fate,
    }));
  });
}

const dataKey = {
  sqs: 'body',
  kinesis: 'data',
  dynamodb: 'dynamodb',
  kafka: 'value',
  activemq: 'data',
  rabbitmq: 'data',
  custom: 'data',
};
const metadata = {
  sqs: 'messageId',
  kinesis: 'partitionKey',
  dynamodb: 'eventName',
  kafka: 'topic',
  activemq: 'messageID',
  rabbitmq: 'redelivered',
  custom: 'line',
};

describe('a pattern for data of one kind, and data of another', () => {
  it.each(cells())('$source: a pattern that wants $wanted, and data that is $kind: $fate', (cell) => {
    const pattern = { [dataKey[cell.source]]: wants[cell.wanted] };
    expect(keeps(cell.source, pattern, recordOf[cell.source](data[cell.kind]))).toBe(cell.fate === 'kept');
  });

  it.each(['kafka', 'activemq', 'rabbitmq'] as const)(
    '%s: what is left of the pattern still has to match',
    (source) => {
      const pattern = { [dataKey[source]]: { a: ['x'] }, [metadata[source]]: ['something else'] };
      expect(keeps(source, pattern, recordOf[source]('plain text'))).toBe(false);
    },
  );

  it.each(['kafka', 'activemq', 'rabbitmq'] as const)('%s: data of the right kind has to match', (source) => {
    expect(keeps(source, { [dataKey[source]]: { a: ['y'] } }, recordOf[source]('{"a":"x"}'))).toBe(false);
    expect(keeps(source, { [dataKey[source]]: ['y'] }, recordOf[source]('text'))).toBe(false);
  });

  it.each(filterSources)('%s: metadata alone can be named, whatever the data', (source) => {
    for (const text of Object.values(data)) {
      expect(keeps(source, { [metadata[source]]: [{ exists: true }] }, recordOf[source](text))).toBe(true);
    }
  });
});

describe('the data of a source that the configuration adds', () => {
  const rows: readonly (readonly [data: unknown, wants: unknown, kept: boolean])[] = [
    [{ a: 'x' }, { a: ['x'] }, true],
    [{ a: 'x' }, { a: ['y'] }, false],
    [[{ a: 'x' }], { a: ['x'] }, true],
    [{ a: 'x' }, ['x'], false],
    ['x', ['x'], true],
    [5, [5], true],
    ['5', [5], false],
    ['{"a":"x"}', ['{"a":"x"}'], true],
    ['{"a":"x"}', { a: ['x'] }, false],
    [undefined, [{ exists: false }], false],
  ];
  it.each(rows)('is taken as it is: %j and a pattern that wants %j', (given, wanted, kept) => {
    expect(keeps('custom', { data: wanted }, { line: 4, data: given })).toBe(kept);
  });

  it('need not be there: its records may have any fields', () => {
    expect(keeps('custom', { level: ['error'], at: { host: ['a'] } }, { level: 'error', at: { host: 'a' } })).toBe(
      true,
    );
  });
});

describe('bytes that are not UTF-8', () => {
  const fates: readonly (readonly [FilterSource, string, boolean])[] = [
    ['kinesis', 'kinesis', false],
    ['kafka', 'value', true],
    ['activemq', 'data', true],
    ['rabbitmq', 'data', true],
  ];
  it.each(fates)('%s: a pattern for the data', (source, key, kept) => {
    const record = { ...recordOf[source]('x'), [key]: key === 'kinesis' ? { data: notUtf8 } : notUtf8 };
    expect(keeps(source, { [dataKey[source]]: { a: [{ exists: false }] } }, record)).toBe(kept);
    expect(keeps(source, { [dataKey[source]]: ['text'] }, record)).toBe(kept);
  });
});

describe('a body that is a JSON scalar', () => {
  const bodies: readonly (readonly [body: string, wants: unknown])[] = [
    ['123', '123'],
    ['123', 123],
    ['123', { numeric: ['>', 100] }],
    ['true', true],
    ['true', 'true'],
    ['null', null],
    ['"quoted"', 'quoted'],
    ['"quoted"', '"quoted"'],
  ];
  it.each(bodies)('%s can be matched as text and as what it stands for: %j', (body, wanted) => {
    expect(keeps('sqs', { body: [wanted] }, recordOf.sqs(body))).toBe(true);
  });

  it('does not have fields', () => {
    expect(keeps('sqs', { body: { a: [{ exists: false }] } }, recordOf.sqs('123'))).toBe(false);
  });
});

describe('several filters', () => {
  const filter = filterOf('sqs', ['{"body":{"a":["x"]}}', '{"body":{"b":["y"]}}']);
  it('keep a record that any of them matches', () => {
    expect(filter?.(recordOf.sqs('{"b":"y"}')).kept).toBe(true);
    expect(filter?.(recordOf.sqs('{"a":"y"}')).kept).toBe(false);
  });

  it('that are none keep everything', () => {
    expect(filterOf('sqs', [])).toBeUndefined();
  });
});

describe('integers beyond 2^53', () => {
  it('inside the data are compared as they are written', () => {
    const pattern = '{"body":{"id":[9007199254740993]}}';
    const filter = filterOf('sqs', [pattern]);
    expect(filter?.(recordOf.sqs('{"id":9007199254740993}')).kept).toBe(true);
    expect(filter?.(recordOf.sqs('{"id":9007199254740992}')).kept).toBe(false);
  });
});

describe('data that is a number which JavaScript would round', () => {
  const number = '12345678901234567890';
  const kept: readonly (readonly [FilterSource, string, unknown])[] = [
    ['sqs', 'as text', { body: [number] }],
    ['kafka', 'as text', { value: [number] }],
    ['kafka', 'in the key', { key: [number] }],
  ];
  it.each(kept)('%s: is matched %s', (source, _how, pattern) => {
    expect(keeps(source, pattern, { ...recordOf[source](number), key: base64(number) })).toBe(true);
  });

  it('is matched as a number', () => {
    expect(filterOf('sqs', [`{"body":[${number}]}`])?.(recordOf.sqs(number)).kept).toBe(true);
  });

  it.each(['sqs', 'kafka', 'activemq', 'rabbitmq'] as const)('%s: is dropped by a pattern for other text', (source) => {
    expect(keeps(source, { [dataKey[source]]: ['nope'] }, recordOf[source](number))).toBe(false);
  });
});
