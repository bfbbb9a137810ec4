import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import { calls, firstShard, type ReportedMapping } from '../support/kinesis-events.js';
import { arrivedAt } from '../support/kinesis-gateway.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, Workbench } from '../support/workbench.js';

const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const startedAt = Date.now();
const secondsOld = (seconds: number): number => startedAt - seconds * 1_000;
/** When records arrived, by what is in them. */
const arrivals: Readonly<Record<string, number>> = { old: secondsOld(80), 'older poison': secondsOld(90) };

const mapping = (stream: string, more: object = {}) => ({
  FunctionName: 'chokes',
  EventSourceArn: streamArn(stream),
  StartingPosition: 'TRIM_HORIZON' as const,
  MaximumRecordAgeInSeconds: 60,
  DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', `${stream}-failed`).arn } },
  ...more,
});

function expired(stream: string, records: readonly string[], first: number, last: number): object {
  return {
    requestContext: {
      requestId: matching(uuid),
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:chokes',
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 1,
    },
    version: '1.0',
    timestamp: matching(isoMs),
    KinesisBatchInfo: {
      shardId: firstShard,
      startSequenceNumber: records[0],
      endSequenceNumber: records.at(-1),
      approximateArrivalOfFirstRecord: new Date(first).toISOString(),
      approximateArrivalOfLastRecord: new Date(last).toISOString(),
      batchSize: records.length,
      streamArn: streamArn(stream),
    },
  };
}

/** MaximumRecordAgeInSeconds is never less than a minute, so a gateway says that records are older than they are. */
describe('a Kinesis mapping with MaximumRecordAgeInSeconds', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let kinesis: TestKinesis;
  let aws: TestAws;
  let command: MillraceCommand;
  let exitCode: number | null;
  let mappings: readonly ReportedMapping[];
  let discarded: readonly Record<string, unknown>[];

  beforeAll(async () => {
    kinesis = await bench.kinesis();
    aws = await bench.aws();
    const gateway = await bench.gateway(kinesis.url);
    let agingAt: number | undefined;
    gateway.always('GetRecords', (input) => {
      agingAt ??= Date.now() - 55_000;
      return arrivedAt((data) => (data === 'aging poison' ? agingAt : arrivals[data]))(input);
    });
    const streams = {
      before: ['older poison'],
      front: ['old', '1', '2', '3', '4', '5'],
      all: ['older poison', 'old', 'old'],
      lossy: ['old'],
      aging: ['aging poison', '1'],
      fresh: ['1'],
    };
    for (const [stream, records] of Object.entries(streams)) {
      await kinesis.createStream(stream);
      ids.set(stream, await kinesis.put(stream, records));
      await aws.createQueue(`${stream}-failed`);
    }
    const project = await bench.project({
      functions: { chokes: { Handler: 'handlers/kinesis.throwsOnPoison' } },
      mappings: [
        mapping('before', { MaximumRetryAttempts: 0 }),
        mapping('front', { MaximumRetryAttempts: 0, BatchSize: 10 }),
        mapping('all'),
        mapping('lossy', { DestinationConfig: {} }),
        mapping('aging', { BatchSize: 1 }),
        mapping('fresh'),
      ],
      endpoints: { kinesis: gateway.url, sqs: aws.url },
    });
    command = project.run('--until-idle=0.5', '--report=report.json');
    exitCode = await command.exitCode();
    ({ mappings, discarded } = JSON.parse(await project.read('report.json')) as {
      mappings: typeof mappings;
      discarded: typeof discarded;
    });
  }, patient.timeout);
  afterAll(() => bench.close());

  async function documents(stream: string): Promise<readonly unknown[]> {
    const messages = await aws.receiveAll(`${stream}-failed`);
    return messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
  }

  it('gives up a record that is too old before any call; the document counts one call and has no responseContext', async () => {
    const records = ids.get('before') ?? [];

    expect(command.of('before', 'invoked')).toEqual([]);
    expect(await documents('before')).toEqual([expired('before', records, secondsOld(90), secondsOld(90))]);
    expect(command.of('before', 'expired').map(({ record }) => record)).toEqual(records);
  });

  it('cuts records that are too old from the front of a batch, and delivers the rest', async () => {
    expect(calls(command, 'front')).toEqual([['1', '2', '3', '4', '5']]);
    const records = (ids.get('front') ?? []).slice(0, 1);
    expect(await documents('front')).toEqual([expired('front', records, secondsOld(80), secondsOld(80))]);
  });

  it('gives up a whole batch that is too old with one document', async () => {
    const records = ids.get('all') ?? [];

    expect(command.of('all', 'invoked')).toEqual([]);
    expect(await documents('all')).toEqual([expired('all', records, secondsOld(90), secondsOld(80))]);
    expect(command.of('all', 'checkpointed').at(-1)?.position).toBe(records.at(-1));
  });

  it('stops retrying when the record becomes too old, tells how often it was called, and goes on behind it', async () => {
    const tries = command.of('aging', 'failed').length;
    const [first, second] = ids.get('aging') ?? [];

    expect(tries).toBeGreaterThan(1);
    expect(await documents('aging')).toMatchObject([
      {
        requestContext: {
          requestId: command.of('aging', 'failed').at(-1)?.invocation,
          condition: 'RecordAgeExceeded',
          approximateInvokeCount: tries,
        },
        KinesisBatchInfo: { startSequenceNumber: first, endSequenceNumber: first, batchSize: 1 },
      },
    ]);
    expect(command.of('aging', 'succeeded').map(({ records }) => records)).toEqual([[second]]);
  });

  it('loses what is too old when there is no destination, and counts it', () => {
    expect(mappings.find(({ name }) => name === 'lossy')).toMatchObject({
      lastProcessingResult: 'No records processed',
      metrics: { PolledEventCount: 1, InvokedEventCount: 0, DroppedEventCount: 1 },
    });
  });

  it('delivers what is young enough', () => {
    expect(calls(command, 'fresh')).toEqual([['1']]);
    expect(command.of('fresh', 'expired')).toEqual([]);
  });

  it('lists what was too old in the report with its condition, and ends with exit code 1', () => {
    expect(exitCode).toBe(1);
    expect(discarded.filter(({ condition }) => condition === 'RecordAgeExceeded')).toHaveLength(discarded.length);
    expect(discarded).toContainEqual(
      expect.objectContaining({ mapping: 'before', record: ids.get('before')?.[0], condition: 'RecordAgeExceeded' }),
    );
  });
});
