import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbEvents, keysOfCalls, sequencesOfCalls } from '../support/dynamodb-events.js';
import type { DynamoDbLocal } from '../support/dynamodb-local.js';
import { polls, type ReportedMapping } from '../support/kinesis-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { dynamoDbLocalMissing } from '../support/needs-dynamodb-local.js';
import { patient, tableArn, Workbench } from '../support/workbench.js';

const keys = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, nr) => `${from + nr}`);
const images = 'NEW_AND_OLD_IMAGES';
const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Every type of attribute, as the SDK takes it, and as events have it. */
const bytes = Buffer.from([0, 1, 254, 255]);
const allTypes = {
  id: { S: 'all' },
  text: { S: 'ä "quoted"' },
  number: { N: '12345678901234567890.5' },
  binary: { B: bytes },
  yes: { BOOL: true },
  nothing: { NULL: true },
  list: { L: [{ S: 'x' }, { B: bytes }, { M: { deep: { N: '1' } } }] },
  map: { M: { inner: { B: bytes }, empty: { M: {} } } },
  texts: { SS: ['one'] },
  numbers: { NS: ['1'] },
  binaries: { BS: [bytes] },
};
const base64 = bytes.toString('base64');
const allTypesInEvent = {
  ...allTypes,
  binary: { B: base64 },
  list: { L: [{ S: 'x' }, { B: base64 }, { M: { deep: { N: '1' } } }] },
  map: { M: { inner: { B: base64 }, empty: { M: {} } } },
  binaries: { BS: [base64] },
};

const mapping = (FunctionName: string, table: string, more: object = {}) => ({
  FunctionName,
  EventSourceArn: tableArn(table),
  StartingPosition: 'TRIM_HORIZON' as const,
  ...more,
});

/** Rows of what was recorded against AWS, each on a table of its own, in one run of the command. */
describe.skipIf(dynamoDbLocalMissing)('a DynamoDB mapping', patient, () => {
  const bench = new Workbench();
  const streams = new Map<string, string>();
  let local: DynamoDbLocal;
  let command: MillraceCommand;
  let exitCode: number | null;
  let reported: ReadonlyMap<string, ReportedMapping>;
  let minuteBefore: number;

  async function create(table: string, ids: readonly string[] = []): Promise<void> {
    streams.set(table, await local.createTable(table, images));
    await put(table, ids);
  }

  async function put(table: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0)
      await local.putAll(
        table,
        ids.map((id) => ({ id: { S: id } })),
      );
  }

  /** An item is put, changed and removed. */
  async function live(table: string): Promise<void> {
    await local.put(table, { id: { S: 'x' }, n: { N: '1' } });
    await local.put(table, { id: { S: 'x' }, n: { N: '2' } });
    await local.remove(table, 'x');
  }

  beforeAll(async () => {
    local = await bench.dynamoDb();
    minuteBefore = Math.floor(Date.now() / 60_000) * 60;
    await create('types');
    await local.put('types', allTypes);
    for (const view of ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const) {
      await local.createTable(view, view);
      await live(view);
    }
    await create('ten', keys(10));
    await create('serial', keys(20));
    await create('horizon', keys(20));
    await create('latest', keys(3));
    await create('ones', ['x']);
    await local.put('ones', { id: { S: 'x' }, n: { N: '1' } });
    await local.remove('ones', 'x');
    await create('windowed');
    await create('full', keys(3));
    await create('heavy');
    for (const id of keys(18)) await local.put('heavy', { id: { S: id }, data: { S: 'x'.repeat(390_000) } });
    await create('lanes');
    await create('one-lane');
    for (const n of keys(4)) {
      for (const table of ['lanes', 'one-lane']) {
        await local.putAll(
          table,
          letters.map((id) => ({ id: { S: id }, n: { N: n } })),
        );
      }
    }
    await local.createSortedTable('sorted', images);
    await local.putAll(
      'sorted',
      keys(12).map((at) => ({ id: { S: 'same' }, at: { N: at } })),
    );
    await create('shared', keys(5));
    await create('disabled', keys(1));
    await create('quiet');

    const steady = { Handler: 'handlers/dynamodb.echo', Timeout: 30, Environment: { Variables: { TAKES_MS: 200 } } };
    const project = await bench.project({
      functions: {
        echoes: { Handler: 'handlers/dynamodb.echo' },
        also: { Handler: 'handlers/dynamodb.echo' },
        slow: { ...steady, Environment: { Variables: { TAKES_MS: 1_500 } } },
        steady,
        silent: { Handler: 'handlers/dynamodb.silent' },
      },
      mappings: [
        mapping('echoes', 'types', { EventSourceArn: streams.get('types') }),
        ...['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'].map((view) => mapping('echoes', view)),
        mapping('echoes', 'ten'),
        mapping('slow', 'serial', { BatchSize: 10 }),
        mapping('echoes', 'horizon', { BatchSize: 10, MaximumBatchingWindowInSeconds: 5 }),
        mapping('echoes', 'latest', { StartingPosition: 'LATEST' }),
        mapping('echoes', 'ones', { BatchSize: 1 }),
        mapping('echoes', 'windowed', { MaximumBatchingWindowInSeconds: 2 }),
        mapping('echoes', 'full', { MaximumBatchingWindowInSeconds: 300, BatchSize: 3 }),
        mapping('silent', 'heavy', { MaximumBatchingWindowInSeconds: 10 }),
        mapping('steady', 'lanes', { ParallelizationFactor: 5, BatchSize: 1 }),
        mapping('steady', 'one-lane', { BatchSize: 4 }),
        mapping('steady', 'sorted', { ParallelizationFactor: 10, BatchSize: 1 }),
        mapping('echoes', 'shared'),
        mapping('also', 'shared'),
        mapping('echoes', 'disabled', { Enabled: false }),
        mapping('echoes', 'quiet'),
      ],
      endpoints: { dynamodb: local.url },
    });
    command = project.run('--until-idle=0.5', '--report=report.json');
    await Promise.all(['windowed', 'horizon', 'latest'].map((name) => polls(command, name)));
    await put('horizon', keys(10, 20));
    await put('latest', keys(2, 3));
    for (const id of keys(3)) await put('windowed', [id]);
    exitCode = await command.exitCode();
    const { mappings } = JSON.parse(await project.read('report.json')) as { mappings: readonly ReportedMapping[] };
    reported = new Map(mappings.map((each) => [each.name, each]));
  }, patient.timeout);
  afterAll(() => bench.close());

  it('gives the handler the event as AWS builds it, with binary as base64 and numbers as text', () => {
    const [[record] = []] = dynamoDbEvents(command, 'types');
    const [seconds, sequence] = [
      record?.dynamodb.ApproximateCreationDateTime ?? 0,
      record?.dynamodb.SequenceNumber ?? '',
    ];

    expect(command.events('types')).toEqual([
      {
        Records: [
          {
            eventID: expect.stringMatching(/^[\da-f-]{32,36}$/),
            eventName: 'INSERT',
            eventVersion: '1.1',
            eventSource: 'aws:dynamodb',
            awsRegion: 'ddblocal',
            dynamodb: {
              ApproximateCreationDateTime: seconds,
              Keys: { id: { S: 'all' } },
              NewImage: allTypesInEvent,
              SequenceNumber: sequence,
              SizeBytes: expect.any(Number),
              StreamViewType: images,
            },
            eventSourceARN: streams.get('types'),
          },
        ],
      },
    ]);
    expect(sequence).toMatch(/^\d{21}$/);
    // DynamoDB Local cuts times to the minute.
    expect([minuteBefore, minuteBefore + 60]).toContain(seconds);
  });

  it.each([
    ['NEW_AND_OLD_IMAGES', { new: [true, true, false], old: [false, true, true] }],
    ['NEW_IMAGE', { new: [true, true, false], old: [false, false, false] }],
    ['OLD_IMAGE', { new: [false, false, false], old: [false, true, true] }],
    ['KEYS_ONLY', { new: [false, false, false], old: [false, false, false] }],
  ])('has the images of an item that is put, changed and removed that %s says, and no others', (view, present) => {
    const records = dynamoDbEvents(command, view).flat();

    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(records.map(({ dynamodb }) => 'NewImage' in dynamodb)).toEqual(present.new);
    expect(records.map(({ dynamodb }) => 'OldImage' in dynamodb)).toEqual(present.old);
    expect(records.map(({ dynamodb }) => dynamodb.StreamViewType)).toEqual([view, view, view]);
    expect(records.map(({ dynamodb }) => dynamodb.Keys)).toEqual(records.map(() => ({ id: { S: 'x' } })));
    expect(records.some((record) => 'userIdentity' in record)).toBe(false);
  });

  it('gives both images of a change', () => {
    const [, changed] = dynamoDbEvents(command, images).flat();

    expect(changed?.dynamodb).toMatchObject({
      OldImage: { id: { S: 'x' }, n: { N: '1' } },
      NewImage: { id: { S: 'x' }, n: { N: '2' } },
    });
  });

  it('names the stream in the event where the mapping names the table', () => {
    expect(new Set(dynamoDbEvents(command, 'ten').flatMap((all) => all.map((each) => each.eventSourceARN)))).toEqual(
      new Set([streams.get('ten')]),
    );
  });

  it('makes one invocation of ten changes, in order', () => {
    expect(keysOfCalls(command, 'ten')).toEqual([keys(10)]);
  });

  it('handles the batches of a shard one after the other', () => {
    const begun = command.of('serial', 'invoked').map(({ at }) => Date.parse(at));
    const ended = command.of('serial', 'succeeded').map(({ at }) => Date.parse(at));

    expect(keysOfCalls(command, 'serial')).toEqual([keys(10), keys(10, 10)]);
    expect(begun[1] ?? 0).toBeGreaterThanOrEqual(ended[0] ?? Number.POSITIVE_INFINITY);
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(1_500);
  });

  it('reads from TRIM_HORIZON what was there before and what comes later, in full batches, the oldest first', () => {
    expect(keysOfCalls(command, 'horizon')).toEqual([keys(10), keys(10, 10), keys(10, 20)]);
  });

  it('reads from LATEST only what comes later', () => {
    expect(keysOfCalls(command, 'latest').flat()).toEqual(keys(2, 3));
  });

  it('makes an invocation for each change with a batch size of 1', () => {
    expect(dynamoDbEvents(command, 'ones').map((records) => records.map(({ eventName }) => eventName))).toEqual([
      ['INSERT'],
      ['MODIFY'],
      ['REMOVE'],
    ]);
  });

  it('gathers changes for the batching window', () => {
    expect(keysOfCalls(command, 'windowed')).toEqual([keys(3)]);
    expect(command.of('windowed', 'batched').map(({ because }) => because)).toEqual(['window']);
  });

  it('closes a batch that is full before its window ends', () => {
    expect(keysOfCalls(command, 'full')).toEqual([keys(3)]);
    expect(command.of('full', 'batched').map(({ because }) => because)).toEqual(['size']);
  });

  it('closes a batch before its event would be larger than 6 MB', () => {
    const batches = command.of('heavy', 'batched');

    expect(Math.max(...batches.map(({ bytes: size }) => size))).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(batches.map(({ because }) => because)).toEqual(['bytes', 'window']);
    expect(command.of('heavy', 'succeeded').flatMap(({ records }) => records)).toHaveLength(18);
  });

  it('keeps the order of each item with several lanes, which run at the same time', () => {
    const changes = dynamoDbEvents(command, 'lanes').flat();

    for (const letter of letters) {
      const ofItem = changes.filter(({ dynamodb }) => dynamodb.Keys['id']?.['S'] === letter);
      expect(ofItem.map(({ dynamodb }) => dynamodb.NewImage?.['n']?.['N'])).toEqual(keys(4));
    }
    expect(mostAtOnce(command, 'lanes')).toBeGreaterThan(1);
    expect(mostAtOnce(command, 'lanes')).toBeLessThanOrEqual(5);
  });

  it('keeps the order of the whole shard with one lane', () => {
    const sequences = sequencesOfCalls(command, 'one-lane').flat();

    expect(sequences).toHaveLength(24);
    expect(sequences).toEqual(sequences.toSorted((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1)));
    expect(mostAtOnce(command, 'one-lane')).toBe(1);
  });

  it('counts items that differ in their sort key alone as different', () => {
    expect(dynamoDbEvents(command, 'sorted').flat()).toHaveLength(12);
    expect(mostAtOnce(command, 'sorted')).toBeGreaterThan(1);
  });

  it('gives every change to each of two functions', () => {
    expect(keysOfCalls(command, 'echoes/shared').flat()).toEqual(keys(5));
    expect(keysOfCalls(command, 'also/shared').flat()).toEqual(keys(5));
  });

  it('delivers nothing while it is not enabled', () => {
    expect(command.of('disabled', 'received')).toEqual([]);
    expect(command.of('disabled', 'state-changed').at(-1)).toMatchObject({ state: 'disabled' });
  });

  it('moves its checkpoint past all changes', () => {
    for (const mapping of ['ten', 'lanes', 'horizon']) {
      const received = command.of(mapping, 'received').flatMap(({ records }) => records);

      expect(command.of(mapping, 'checkpointed').flatMap(({ records }) => records)).toEqual(received);
      expect(command.of(mapping, 'checkpointed').at(-1)?.position).toBe(received.at(-1));
    }
  });

  it('ends with exit code 0 when everything was handled', () => {
    expect(exitCode).toBe(0);
  });

  it.each([
    ['ten', 'OK', { PolledEventCount: 10, InvokedEventCount: 10 }],
    ['quiet', 'No records processed', { PolledEventCount: 0, InvokedEventCount: 0 }],
    ['disabled', 'No records processed', { PolledEventCount: 0, InvokedEventCount: 0 }],
  ])('reports the counters and the last result of %s', (name, lastProcessingResult, metrics) => {
    expect(reported.get(name)).toMatchObject({ lastProcessingResult, metrics });
  });
});

/** The most calls of a mapping that were running at once. */
function mostAtOnce(command: MillraceCommand, mapping: string): number {
  let running = 0;
  let most = 0;
  for (const entry of command.entries) {
    if (!('mapping' in entry) || entry.mapping.name !== mapping) continue;
    if (entry.type === 'invoked') most = Math.max(most, ++running);
    if (entry.type === 'succeeded' || entry.type === 'failed') running--;
  }
  return most;
}
