import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbEvents, keyOf } from '../support/dynamodb-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { dynamoDbLocalMissing } from '../support/needs-dynamodb-local.js';
import { patient, tableArn, Workbench } from '../support/workbench.js';

type Item = Readonly<Record<string, { readonly S: string } | { readonly N: string }>>;

interface Row {
  readonly title: string;
  readonly pattern: object;
  /** Written in this order. */
  readonly items: readonly Item[];
  /** Key and name of the events that the handler gets. */
  readonly kept: readonly string[];
}

const newImage = (fields: object): object => ({ dynamodb: { NewImage: fields } });
const a: Item = { id: { S: 'a' }, k: { S: 'v' } };
const withoutK: Item = { id: { S: 'b' }, other: { S: 'v' } };

/** What was recorded against AWS, and what its guide says beside that. */
const rows: readonly Row[] = [
  {
    title: 'an insert, and not the identical put after it',
    pattern: { eventName: ['INSERT'] },
    items: [a, a],
    kept: ['a INSERT'],
  },
  {
    title: 'inserts alone',
    pattern: { eventName: ['INSERT'] },
    items: [a, { ...a, k: { S: 'w' } }],
    kept: ['a INSERT'],
  },
  {
    title: 'any of several names',
    pattern: { eventName: ['INSERT', 'MODIFY'] },
    items: [a, { ...a, k: { S: 'w' } }],
    kept: ['a INSERT', 'a MODIFY'],
  },
  {
    title: 'what has the name and the source',
    pattern: { eventName: ['INSERT'], eventSource: ['aws:dynamodb'] },
    items: [a, { ...a, k: { S: 'w' } }],
    kept: ['a INSERT'],
  },
  {
    title: 'nothing of another source',
    pattern: { eventName: ['INSERT'], eventSource: ['aws:sqs'] },
    items: [a],
    kept: [],
  },
  {
    title: 'a value of an attribute',
    pattern: newImage({ k: { S: ['v'] } }),
    items: [a, withoutK],
    kept: ['a INSERT'],
  },
  {
    title: 'nothing when the pattern leaves the type out',
    pattern: newImage({ k: ['v'] }),
    items: [a, withoutK],
    kept: [],
  },
  {
    title: 'what has an attribute',
    pattern: newImage({ k: { S: [{ exists: true }] } }),
    items: [a, withoutK],
    kept: ['a INSERT'],
  },
  {
    title: 'what has no attribute, and what has: an attribute is not a leaf',
    pattern: newImage({ k: [{ exists: false }] }),
    items: [a, withoutK],
    kept: ['a INSERT', 'b INSERT'],
  },
  {
    title: 'numbers as the text they are',
    pattern: newImage({ n: { N: [{ numeric: ['>', 100] }, { 'anything-but': '101' }] } }),
    items: [
      { id: { S: '42' }, n: { N: '42' } },
      { id: { S: '101' }, n: { N: '101' } },
    ],
    kept: ['42 INSERT'],
  },
  {
    title: 'a beginning',
    pattern: newImage({ prefix: { S: [{ prefix: 'us-1' }] } }),
    items: [
      { id: { S: 'a' }, prefix: { S: 'us-1-other-suffix' } },
      { id: { S: 'b' }, prefix: { S: 'other-suffix' } },
    ],
    kept: ['a INSERT'],
  },
  {
    title: 'by the time, which is a number',
    pattern: { dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>', 0] }] } },
    items: [a, withoutK],
    kept: ['a INSERT', 'b INSERT'],
  },
  {
    title: 'by the key',
    pattern: { dynamodb: { Keys: { id: { S: ['b'] } } } },
    items: [a, withoutK],
    kept: ['b INSERT'],
  },
];

const tables = rows.map((row, index) => ({ ...row, table: `filter-${index}` }));

describe.skipIf(dynamoDbLocalMissing)('a filter of a DynamoDB mapping keeps', patient, () => {
  const bench = new Workbench();
  let command: MillraceCommand;
  let exitCode: number | null;

  beforeAll(async () => {
    const local = await bench.dynamoDb();
    for (const { table, items } of tables) {
      await local.createTable(table, 'NEW_AND_OLD_IMAGES');
      for (const item of items) await local.put(table, item);
    }
    const project = await bench.project({
      functions: { echoes: { Handler: 'handlers/dynamodb.echo' } },
      mappings: tables.map(({ table, pattern }) => ({
        FunctionName: 'echoes',
        EventSourceArn: tableArn(table),
        StartingPosition: 'TRIM_HORIZON',
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
      })),
      endpoints: { dynamodb: local.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  it.each(tables)('$title', ({ table, kept, items }) => {
    const delivered = dynamoDbEvents(command, table).flat();
    const received = command.of(table, 'received').flatMap(({ records }) => records);
    const filtered = command.of(table, 'filtered').map(({ record }) => record);

    expect(delivered.map((record) => `${keyOf(record)} ${record.eventName}`)).toEqual(kept);
    expect(filtered).toHaveLength(received.length - kept.length);
    expect(received.length).toBeGreaterThanOrEqual(new Set(items).size);
    expect(command.of(table, 'checkpointed').flatMap(({ records }) => records)).toEqual(received);
  });

  it('and the run ends with 0', () => {
    expect(exitCode).toBe(0);
  });
});

describe.concurrent('a pattern of a DynamoDB mapping that AWS refuses', patient, () => {
  it.each([
    'null',
    'simple string',
    '"single-string"',
    '{"eventSource":"aws:sqs"}',
    '{"eventSource":[]}',
    '[{"eventName": ["INSERT"=123}]',
  ])('is an error of the configuration: %s', async (Pattern) => {
    const bench = new Workbench();
    try {
      const project = await bench.project({
        functions: { echoes: { Handler: 'handlers/dynamodb.echo' } },
        mappings: [
          {
            FunctionName: 'echoes',
            EventSourceArn: tableArn('orders'),
            StartingPosition: 'TRIM_HORIZON',
            FilterCriteria: { Filters: [{ Pattern }] },
          },
        ],
        endpoints: { dynamodb: 'http://127.0.0.1:1' },
      });
      const command = project.run();

      expect(await command.exitCode()).toBe(2);
      expect(command.stderr).toContain('Invalid filter pattern definition.');
    } finally {
      await bench.close();
    }
  });
});
