import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  calls,
  firstShard,
  kinesisEvents,
  polls,
  sequenceOf,
  textOf,
  type ReportedMapping,
} from '../support/kinesis-events.js';
import type { TestKinesis, TestRecord } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, Workbench } from '../support/workbench.js';

const numbered = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, nr) => `${from + nr}`);
const told = (what: object): string => JSON.stringify(what);

/** Hash keys in the first and in the last of several shards. */
const low = '0';
const high = String(2n ** 128n - 1n);

const keyed: readonly TestRecord[] = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((key) =>
  numbered(4).map((nr) => ({ key, body: `${key}${nr}` })),
);
const kinds: readonly TestRecord[] = [
  { body: told({ kind: 'wanted', nr: 1 }) },
  { body: told({ kind: 'other', nr: 2 }) },
  { body: 'no JSON' },
  { body: told({ kind: 'wanted', nr: 3 }), key: 'elsewhere' },
];

/** Rows of what was recorded against AWS, each on a stream of its own, in one run of the command. */
describe('a Kinesis mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let kinesis: TestKinesis;
  let command: MillraceCommand;
  let exitCode: number | null;
  let arrivedBetween: readonly [number, number];
  let reported: ReadonlyMap<string, ReportedMapping>;

  async function put(stream: string, records: readonly (string | TestRecord)[], shards = 1): Promise<void> {
    await kinesis.createStream(stream, shards);
    ids.set(stream, await kinesis.put(stream, records));
  }

  beforeAll(async () => {
    kinesis = await bench.kinesis();
    const before = Date.now();
    await put('event', [{ body: 'bytes \u00e4', key: 'user "1"' }]);
    arrivedBetween = [before, Date.now()];
    await put('ten', numbered(10));
    await put('serial', numbered(20));
    await put('horizon', numbered(20));
    await put('ones', numbered(3));
    await kinesis.createStream('windowed');
    await put('late-size', numbered(3));
    await kinesis.createStream('heavy');
    const heavy: string[] = [];
    for (const nr of numbered(9)) heavy.push(...(await kinesis.put('heavy', [nr.repeat(900_000)])));
    ids.set('heavy', heavy);
    await put('lanes', keyed);
    await put('one-lane', keyed);
    const sleep = told({ do: 'sleep', ms: 3_000 });
    await put(
      'shards',
      [
        { body: sleep, hashKey: low },
        { body: told({ do: 'nothing' }), hashKey: high },
      ],
      4,
    );
    await put('shared', numbered(5));
    await put('disabled', numbered(1));
    await put('kinds', kinds);
    await kinesis.createStream('quiet');

    const from = { StartingPosition: 'TRIM_HORIZON' } as const;
    const mapping = (FunctionName: string, stream: string, more: object = {}) => ({
      FunctionName,
      EventSourceArn: streamArn(stream),
      ...from,
      ...more,
    });
    const filter = (...patterns: readonly object[]) => ({
      FilterCriteria: { Filters: patterns.map((pattern) => ({ Pattern: told(pattern) })) },
    });
    const project = await bench.project({
      functions: {
        echoes: { Handler: 'handlers/kinesis.echo', Role: 'arn:aws:iam::000000000000:role/shop' },
        also: { Handler: 'handlers/kinesis.echo' },
        slow: { Handler: 'handlers/kinesis.echo', Timeout: 30, Environment: { Variables: { TAKES_MS: 1_500 } } },
        steady: { Handler: 'handlers/kinesis.echo', Timeout: 30, Environment: { Variables: { TAKES_MS: 200 } } },
        silent: { Handler: 'handlers/kinesis.silent' },
        works: { Handler: 'handlers/kinesis.handler', Timeout: 30 },
      },
      mappings: [
        mapping('echoes', 'event'),
        mapping('echoes', 'ten'),
        mapping('slow', 'serial', { BatchSize: 10 }),
        mapping('echoes', 'horizon', { BatchSize: 10 }),
        mapping('echoes', 'ones', { BatchSize: 1 }),
        mapping('echoes', 'windowed', { MaximumBatchingWindowInSeconds: 2 }),
        mapping('echoes', 'late-size', { MaximumBatchingWindowInSeconds: 300, BatchSize: 3 }),
        mapping('silent', 'heavy'),
        mapping('steady', 'lanes', { ParallelizationFactor: 5, BatchSize: 1 }),
        mapping('steady', 'one-lane', { BatchSize: 4 }),
        mapping('works', 'shards'),
        mapping('echoes', 'shared'),
        mapping('also', 'shared'),
        mapping('echoes', 'disabled', { Enabled: false }),
        mapping('echoes', 'kinds', filter({ data: { kind: ['wanted'] } })),
        mapping('also', 'kinds', filter({ partitionKey: ['elsewhere'] }, { data: ['no JSON'] })),
        mapping('echoes', 'quiet'),
      ],
      endpoints: { kinesis: kinesis.url },
    });
    command = project.run('--until-idle=0.5', '--report=report.json');
    await polls(command, 'windowed');
    await polls(command, 'horizon');
    await kinesis.put('horizon', numbered(10, 20));
    for (const nr of numbered(3)) await kinesis.put('windowed', [nr]);
    exitCode = await command.exitCode();
    const { mappings } = JSON.parse(await project.read('report.json')) as { mappings: readonly ReportedMapping[] };
    reported = new Map(mappings.map((each) => [each.name, each]));
  }, patient.timeout);
  afterAll(() => bench.close());

  it('gives the handler the event as AWS builds it', () => {
    const [event] = kinesisEvents(command, 'event');
    const [sequenceNumber] = ids.get('event') ?? [];
    const seconds = event?.Records[0]?.kinesis.approximateArrivalTimestamp ?? 0;

    expect(event).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: '1.0',
            partitionKey: 'user "1"',
            sequenceNumber,
            data: Buffer.from('bytes \u00e4').toString('base64'),
            approximateArrivalTimestamp: seconds,
          },
          eventSource: 'aws:kinesis',
          eventVersion: '1.0',
          eventID: `${firstShard}:${sequenceNumber}`,
          eventName: 'aws:kinesis:record',
          invokeIdentityArn: 'arn:aws:iam::000000000000:role/shop',
          awsRegion: 'us-east-1',
          eventSourceARN: streamArn('event'),
        },
      ],
    });
    expect(seconds * 1_000).toBeGreaterThanOrEqual(arrivedBetween[0] - 1);
    expect(seconds * 1_000).toBeLessThanOrEqual(arrivedBetween[1] + 1);
  });

  it('makes one invocation of ten records that were put together, in order', () => {
    expect(calls(command, 'ten')).toEqual([numbered(10)]);
  });

  it('handles the batches of a shard one after the other', () => {
    const begun = command.of('serial', 'invoked').map(({ at }) => Date.parse(at));
    const ended = command.of('serial', 'succeeded').map(({ at }) => Date.parse(at));

    expect(calls(command, 'serial')).toEqual([numbered(10), numbered(10, 10)]);
    expect(begun[1] ?? 0).toBeGreaterThanOrEqual(ended[0] ?? Number.POSITIVE_INFINITY);
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(1_500);
  });

  it('reads from TRIM_HORIZON what was there before and what comes later, in full batches, the oldest first', () => {
    expect(calls(command, 'horizon')).toEqual([numbered(10), numbered(10, 10), numbered(10, 20)]);
  });

  it('makes an invocation for each record with a batch size of 1', () => {
    expect(calls(command, 'ones')).toEqual([['0'], ['1'], ['2']]);
  });

  it('gathers records for the batching window', () => {
    expect(calls(command, 'windowed')).toEqual([['0', '1', '2']]);
    expect(command.of('windowed', 'batched').map(({ because }) => because)).toEqual(['window']);
  });

  it('closes a batch that is full before its window ends', () => {
    expect(calls(command, 'late-size')).toEqual([numbered(3)]);
    expect(command.of('late-size', 'batched').map(({ because }) => because)).toEqual(['size']);
  });

  it('closes a batch before its event would be larger than 6 MB', () => {
    const batches = command.of('heavy', 'batched');

    expect(Math.max(...batches.map(({ bytes }) => bytes))).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(batches.map(({ because }) => because)).toContain('bytes');
    expect(command.of('heavy', 'succeeded').flatMap(({ records }) => records)).toEqual(ids.get('heavy'));
  });

  it('keeps the order of each partition key with several lanes, which run at the same time', () => {
    const order = calls(command, 'lanes').flat();

    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(order.filter((text) => text.startsWith(key))).toEqual(numbered(4).map((nr) => `${key}${nr}`));
    }
    expect(mostAtOnce(command, 'lanes')).toBeGreaterThan(1);
    expect(mostAtOnce(command, 'lanes')).toBeLessThanOrEqual(5);
  });

  it('keeps the order of the whole shard with one lane', () => {
    expect(calls(command, 'one-lane').flat()).toEqual(keyed.map(({ body }) => body));
    expect(mostAtOnce(command, 'one-lane')).toBe(1);
  });

  it('does not let a slow shard hold up another, and never mixes shards in a batch', () => {
    const [slow, quick] = ids.get('shards') ?? [];
    const ended = command.of('shards', 'succeeded');

    expect(ended.map(({ records }) => records)).toEqual([[quick], [slow]]);
    expect(new Set(ended.map(({ partition }) => partition)).size).toBe(2);
  });

  it('gives every record to each of two functions', () => {
    expect(calls(command, 'echoes/shared').flat()).toEqual(numbered(5));
    expect(calls(command, 'also/shared').flat()).toEqual(numbered(5));
  });

  it('delivers nothing while it is not enabled', () => {
    expect(command.of('disabled', 'received')).toEqual([]);
    expect(command.of('disabled', 'state-changed').at(-1)).toMatchObject({ state: 'disabled' });
  });

  it('filters by the decoded data; the handler gets it in base64 all the same', () => {
    const records = kinesisEvents(command, 'echoes/kinds').flatMap(({ Records }) => Records);
    const [first, second, third, fourth] = ids.get('kinds') ?? [];

    expect(records.map(textOf)).toEqual([kinds[0]?.body, kinds[3]?.body]);
    expect(records.map(sequenceOf)).toEqual([first, fourth]);
    expect(command.of('echoes/kinds', 'filtered').map(({ record }) => record)).toEqual([second, third]);
  });

  it('keeps a record that any of several patterns matches', () => {
    expect(calls(command, 'also/kinds').flat()).toEqual(['no JSON', kinds[3]?.body]);
  });

  it('moves its checkpoint past all records, filtered ones included', () => {
    for (const [mapping, stream] of [
      ['ten', 'ten'],
      ['lanes', 'lanes'],
      ['echoes/kinds', 'kinds'],
    ] as const) {
      const behind = command.of(mapping, 'checkpointed').flatMap(({ records }) => records);

      expect([...new Set(behind)].toSorted()).toEqual(ids.get(stream)?.toSorted());
      expect(command.of(mapping, 'checkpointed').at(-1)?.position).toBe(ids.get(stream)?.at(-1));
    }
  });

  it('ends with exit code 0 when everything was handled', () => {
    expect(exitCode).toBe(0);
  });

  it.each([
    ['ten', 'OK', { PolledEventCount: 10, FilteredOutEventCount: 0, InvokedEventCount: 10 }],
    ['echoes/kinds', 'OK', { PolledEventCount: 4, FilteredOutEventCount: 2, InvokedEventCount: 2 }],
    ['quiet', 'No records processed', { PolledEventCount: 0, FilteredOutEventCount: 0, InvokedEventCount: 0 }],
  ])('reports the counters and the last result of %s', (name, lastProcessingResult, metrics) => {
    expect(reported.get(name)).toMatchObject({
      kind: 'stream',
      lastProcessingResult,
      metrics: {
        ...metrics,
        FailedInvokeEventCount: 0,
        DroppedEventCount: 0,
        OnFailureDestinationDeliveredEventCount: 0,
      },
    });
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
