import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import { calls, firstShard, kinesisEvents, type ReportedMapping } from '../support/kinesis-events.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, Workbench } from '../support/workbench.js';

const told = (what: object): string => JSON.stringify(what);
const throws = told({ do: 'throw' });
const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const retries = [0, 1, 2, 3] as const;
const eight = ['0', '1', '2', '3', '4', 'poison', '6', '7'];

interface Discarded {
  readonly mapping: string;
  readonly partition: string;
  readonly record: string;
  readonly condition: string;
  readonly destination?: string;
  readonly because: string;
}

interface Report {
  readonly mappings: readonly (ReportedMapping & { readonly uuid: string })[];
  readonly discarded: readonly Discarded[];
}

const failed = (kind: 'sqs' | 'sns' | 's3', name: string) => ({
  DestinationConfig: { OnFailure: { Destination: destinationRef(kind, name).arn } },
});

const mapping = (stream: string, more: object, FunctionName = 'works') => ({
  FunctionName,
  EventSourceArn: streamArn(stream),
  StartingPosition: 'TRIM_HORIZON' as const,
  ...more,
});

/** What AWS tells of the records of a stream that were given up, with what differs from time to time as patterns. */
function documentOf(stream: string, approximateInvokeCount: number, records: readonly string[]): object {
  return {
    requestContext: {
      requestId: matching(uuid),
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:works',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: matching(isoMs),
    KinesisBatchInfo: {
      shardId: firstShard,
      startSequenceNumber: records[0],
      endSequenceNumber: records.at(-1),
      approximateArrivalOfFirstRecord: matching(isoMs),
      approximateArrivalOfLastRecord: matching(isoMs),
      batchSize: records.length,
      streamArn: streamArn(stream),
    },
  };
}

/** Each case on a stream of its own, in one run of the command. */
describe('a Kinesis mapping whose function fails', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let kinesis: TestKinesis;
  let aws: TestAws;
  let command: MillraceCommand;
  let exitCode: number | null;
  let report: Report;

  async function put(stream: string, records: readonly string[]): Promise<void> {
    await kinesis.createStream(stream);
    ids.set(stream, await kinesis.put(stream, records));
  }

  beforeAll(async () => {
    kinesis = await bench.kinesis();
    aws = await bench.aws();
    for (const count of retries) {
      await put(`retries-${count}`, [throws]);
      await aws.createQueue(`retries-${count}-failed`);
    }
    await put('to-topic', [throws, throws]);
    await aws.createTopic('failures');
    for (const queue of ['notified', 'raw']) await aws.createQueue(queue);
    await aws.subscribe('failures', 'notified', false);
    await aws.subscribe('failures', 'raw', true);
    await put('to-bucket', [throws, throws]);
    await aws.createBucket('failures');
    await put('bisected', eight);
    await aws.createQueue('bisected-failed');
    await put('reported', eight);
    await aws.createQueue('reported-failed');
    await put('lossy', [throws, told({ do: 'nothing' })]);
    await put('unreachable', [throws, told({ do: 'nothing' })]);
    await put('told-late', [throws]);
    await put('versioned', [throws]);
    await aws.createQueue('versioned-failed');
    await put('blocked', [throws, told({ do: 'nothing' })]);
    await put('crashes', [told({ do: 'exit' })]);
    await put('too-slow', [told({ do: 'sleep', ms: 10_000 })]);

    const bisects = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const project = await bench.project({
      functions: {
        works: {
          Handler: 'handlers/kinesis.handler',
          Timeout: 3,
          Versions: { '3': { Handler: 'handlers/kinesis.handler' } },
        },
        chokes: { Handler: 'handlers/kinesis.throwsOnPoison' },
        reports: { Handler: 'handlers/kinesis.reportsPoison' },
        single: { Handler: 'handlers/kinesis.handler', Timeout: 10, ReservedConcurrentExecutions: 1 },
      },
      mappings: [
        ...retries.map((count) =>
          mapping(`retries-${count}`, { MaximumRetryAttempts: count, ...failed('sqs', `retries-${count}-failed`) }),
        ),
        mapping('to-topic', { MaximumRetryAttempts: 1, ...failed('sns', 'failures') }),
        mapping('to-bucket', { MaximumRetryAttempts: 1, ...failed('s3', 'failures') }),
        mapping('bisected', { ...bisects, ...failed('sqs', 'bisected-failed') }, 'chokes'),
        mapping(
          'reported',
          { ...bisects, FunctionResponseTypes: ['ReportBatchItemFailures'], ...failed('sqs', 'reported-failed') },
          'reports',
        ),
        mapping('lossy', { MaximumRetryAttempts: 0, BatchSize: 1 }),
        mapping('unreachable', { MaximumRetryAttempts: 0, BatchSize: 1, ...failed('sqs', 'missing') }),
        mapping('versioned', { MaximumRetryAttempts: 0, ...failed('sqs', 'versioned-failed') }, 'works:3'),
        mapping('told-late', { MaximumRetryAttempts: 0, ...failed('sqs', 'late') }),
        mapping('throttled-a', { MaximumRetryAttempts: 0 }, 'single'),
        mapping('throttled-b', { MaximumRetryAttempts: 0 }, 'single'),
        mapping('blocked', { MaximumRetryAttempts: 2, BatchSize: 1 }),
        mapping('crashes', { MaximumRetryAttempts: 0 }),
        mapping('too-slow', { MaximumRetryAttempts: 0 }),
      ],
      endpoints: { kinesis: kinesis.url, sqs: aws.url, sns: aws.url, s3: aws.url },
    });
    // One function with room for one call: the second of these is throttled until the first is let go.
    for (const stream of ['throttled-a', 'throttled-b']) {
      await put(stream, [told({ do: 'wait-for', file: project.path('go') })]);
    }
    command = project.run('--until-idle=0.5', '--report=report.json');
    await command.entry('throttled');
    await project.write('go', '');
    await command.entry('destination-failed', ({ mapping: { name } }) => name === 'told-late');
    await aws.createQueue('late');
    exitCode = await command.exitCode();
    report = JSON.parse(await project.read('report.json')) as Report;
  }, patient.timeout);
  afterAll(() => bench.close());

  const reportOf = (name: string) => report.mappings.find((each) => each.name === name);

  async function documents(queue: string): Promise<readonly object[]> {
    return (await aws.receiveAll(queue)).map(({ Body = '' }) => JSON.parse(Body) as object);
  }

  it.each(retries)(
    'calls it once and %i times more for the same record, and tells its queue the number',
    async (count) => {
      const stream = `retries-${count}`;
      const records = ids.get(stream) ?? [];
      const [first, ...others] = kinesisEvents(command, stream);

      expect(others).toHaveLength(count);
      for (const event of others) expect(event).toEqual(first);
      expect(command.of(stream, 'invoked').map(({ attempt }) => attempt)).toEqual(
        Array.from({ length: count + 1 }, (_, index) => index + 1),
      );
      expect(await documents(`${stream}-failed`)).toEqual([documentOf(stream, count + 1, records)]);
    },
  );

  it('puts the id of the last call and the times of arrival of its records into the document', () => {
    const { invocation } = command.of('to-bucket', 'invoked').at(-1) ?? {};
    const [event] = kinesisEvents(command, 'to-bucket');
    const times = event?.Records.map(({ kinesis: { approximateArrivalTimestamp } }) =>
      new Date(Math.round(approximateArrivalTimestamp * 1_000)).toISOString(),
    );

    return expect(bucketObject()).resolves.toMatchObject({
      document: {
        requestContext: { requestId: invocation },
        KinesisBatchInfo: {
          approximateArrivalOfFirstRecord: times?.[0],
          approximateArrivalOfLastRecord: times?.[1],
        },
      },
    });
  });

  it('tells a topic the same document, without subject and attributes', async () => {
    const document = documentOf('to-topic', 2, ids.get('to-topic') ?? []);
    const [notification, ...more] = await documents('notified');
    const [raw] = await aws.receiveAll('raw');

    expect(more).toEqual([]);
    // The server writes the subject that was not given as null, and no attributes as none or an empty object.
    const { Type, TopicArn, Subject, MessageAttributes = {} } = notification as Readonly<Record<string, unknown>>;
    expect({ Type, TopicArn, Subject, MessageAttributes }).toEqual({
      Type: 'Notification',
      TopicArn: destinationRef('sns', 'failures').arn,
      Subject: null,
      MessageAttributes: {},
    });
    expect(JSON.parse((notification as { readonly Message: string }).Message)).toEqual(document);
    expect(JSON.parse(raw?.Body ?? '')).toEqual(document);
    expect(raw?.MessageAttributes).toBeUndefined();
  });

  async function bucketObject(): Promise<{ readonly key: string; readonly document: Record<string, unknown> }> {
    const [key = '', ...more] = await aws.keys('failures');
    expect(more).toEqual([]);
    const { Body } = await aws.object('failures', key);
    return { key, document: JSON.parse((await Body?.transformToString()) ?? '') as Record<string, unknown> };
  }

  it('puts the document and the records as a text into a bucket', async () => {
    const { document } = await bucketObject();
    const { payload, ...rest } = document;

    expect(rest).toEqual(documentOf('to-bucket', 2, ids.get('to-bucket') ?? []));
    expect(typeof payload).toBe('string');
    expect(JSON.parse(payload as string)).toEqual(kinesisEvents(command, 'to-bucket')[0]);
  });

  it('names the object after mapping, shard, and the time of the document', async () => {
    const { key, document } = await bucketObject();
    const [day, time] = (document['timestamp'] as string).slice(0, 19).split('T');
    const start = `aws/lambda/${reportOf('to-bucket')?.uuid}/${firstShard}/${day?.replaceAll('-', '/')}/${day}T${time?.replaceAll(':', '.')}-`;

    expect(key.slice(0, start.length)).toBe(start);
    expect(key.slice(start.length)).toMatch(uuid);
  });

  it('with BisectBatchOnFunctionError: halves the batch until the poison record is alone; the others are handled', async () => {
    const poison = ids.get('bisected')?.[5];

    expect(calls(command, 'bisected')).toEqual([
      eight,
      eight.slice(0, 4),
      eight.slice(4),
      ['4', 'poison'],
      ['4'],
      ['poison'],
      ['poison'],
      ['6', '7'],
    ]);
    expect(command.of('bisected', 'bisected').map(({ into }) => into.map(({ records }) => records))).toEqual([
      [4, 4],
      [2, 2],
      [1, 1],
    ]);
    expect(command.of('bisected', 'discarded').map(({ record }) => record)).toEqual([poison]);
    expect(await documents('bisected-failed')).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
        KinesisBatchInfo: { batchSize: 1, startSequenceNumber: poison, endSequenceNumber: poison },
      },
    ]);
  });

  it('with BisectBatchOnFunctionError and a report: begins again at the reported record instead of halving', async () => {
    const poison = ids.get('reported')?.[5];

    expect(calls(command, 'reported').slice(0, 2)).toEqual([eight, eight.slice(5)]);
    expect(command.of('reported', 'discarded').map(({ record }) => record)).toEqual([poison]);
    const delivered = calls(command, 'reported').flat();
    for (const text of eight.slice(0, 5)) expect(delivered.filter((each) => each === text)).toHaveLength(1);
    expect(delivered).toEqual(expect.arrayContaining(eight));
    expect(await documents('reported-failed')).toMatchObject([
      { responseContext: { functionError: null }, KinesisBatchInfo: { batchSize: 1, startSequenceNumber: poison } },
    ]);
  });

  it('holds up its shard while it retries, and goes on behind what it has given up', () => {
    const [bad, good] = ids.get('blocked') ?? [];

    expect(command.of('blocked', 'invoked').map(({ records }) => records)).toEqual([[bad], [bad], [bad], [good]]);
    expect(command.of('blocked', 'checkpointed').at(-1)?.position).toBe(good);
  });

  it('waits longer after each failure', () => {
    const pauses = command
      .of('retries-3', 'retry-scheduled')
      .map(({ at, retryAt }) => Date.parse(retryAt) - Date.parse(at));

    expect(pauses).toHaveLength(3);
    for (const [index, longest] of [460, 920, 1_840].entries()) {
      expect(pauses[index]).toBeLessThanOrEqual(longest + 1);
      expect(pauses[index]).toBeGreaterThanOrEqual(longest / 2 - 1);
    }
  });

  it('loses records that it gives up when there is no destination, and says so', () => {
    const [lost] = ids.get('lossy') ?? [];

    expect(command.of('lossy', 'discarded')).toMatchObject([
      { record: lost, because: matching(/there is no on-failure destination, so it is lost$/) },
    ]);
    expect(reportOf('lossy')?.metrics).toMatchObject({
      DroppedEventCount: 1,
      OnFailureDestinationDeliveredEventCount: 0,
    });
  });

  it('tries a destination that does not take the report again, then drops the report and goes on', () => {
    const [lost] = ids.get('unreachable') ?? [];
    const failures = command.of('unreachable', 'destination-failed');

    expect(failures.map(({ dropped }) => dropped)).toEqual([false, false, false, false, false, true]);
    expect(failures[0]?.because).toMatch(/^queue missing did not take the report: it does not exist/);
    expect(command.of('unreachable', 'discarded')).toMatchObject([
      { record: lost, because: matching(/its on-failure destination could not be told, so it is lost$/) },
    ]);
    expect(command.of('unreachable', 'succeeded')).toHaveLength(1);
    expect(reportOf('unreachable')?.metrics).toMatchObject({ DroppedEventCount: 1 });
  });

  it('tells a destination that was missing at first as soon as it can', async () => {
    expect(await documents('late')).toEqual([documentOf('told-late', 1, ids.get('told-late') ?? [])]);
    expect(command.of('told-late', 'destination-delivered')).toHaveLength(1);
    expect(reportOf('told-late')?.metrics).toMatchObject({
      DroppedEventCount: 0,
      OnFailureDestinationDeliveredEventCount: 1,
    });
  });

  it('names the version that failed when the mapping names one', async () => {
    expect(await documents('versioned-failed')).toMatchObject([
      {
        requestContext: { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:works:3' },
        responseContext: { executedVersion: '3' },
      },
    ]);
  });

  it('does not count throttled calls as attempts', () => {
    const throttled = [...command.of('throttled-a', 'throttled'), ...command.of('throttled-b', 'throttled')];

    expect(throttled.length).toBeGreaterThan(0);
    for (const name of ['throttled-a', 'throttled-b']) {
      expect(command.of(name, 'discarded')).toEqual([]);
      expect(command.of(name, 'succeeded')).toHaveLength(1);
    }
  });

  it.each([
    ['crashes', 'Runtime.ExitError'],
    ['too-slow', 'Sandbox.Timedout'],
  ])('counts a function that %s as failed', (name, errorType) => {
    expect(command.of(name, 'failed')).toMatchObject([{ error: { errorType } }]);
    expect(command.of(name, 'discarded')).toHaveLength(1);
  });

  it('ends with exit code 1, since records were given up', () => {
    expect(exitCode).toBe(1);
  });

  it('reports the counters, and that the last call has failed', () => {
    expect(reportOf('retries-1')).toMatchObject({
      lastProcessingResult: 'PROBLEM: Function call failed',
      metrics: {
        PolledEventCount: 1,
        InvokedEventCount: 2,
        FailedInvokeEventCount: 2,
        DroppedEventCount: 0,
        OnFailureDestinationDeliveredEventCount: 1,
      },
    });
    expect(reportOf('bisected')).toMatchObject({
      lastProcessingResult: 'OK',
      metrics: { PolledEventCount: 8, InvokedEventCount: 8 + 4 + 4 + 2 + 1 + 1 + 1 + 2 },
    });
  });

  it('lists what was given up in the report, with where it went', () => {
    const [record] = ids.get('retries-1') ?? [];

    expect(report.discarded).toContainEqual({
      mapping: 'retries-1',
      partition: firstShard,
      record,
      condition: 'RetryAttemptsExhausted',
      because: matching(/^RangeError: told to throw; 1 retry did not help/),
      destination: destinationRef('sqs', 'retries-1-failed').arn,
      at: matching(isoMs),
    });
  });
});
