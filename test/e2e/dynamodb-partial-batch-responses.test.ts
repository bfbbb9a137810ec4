import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import type { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { keysOfCalls } from '../support/dynamodb-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { list, reporting, type ResponseRow } from '../support/partial-batch-rows.js';
import { patient, tableArn, Workbench } from '../support/workbench.js';

/** The same without `ReportBatchItemFailures`. */
const notReporting: readonly ResponseRow[] = [
  { answer: 'an id', told: list('[{"itemIdentifier":"$1"}]'), means: 'success' },
  { answer: 'an error', told: { do: 'throw' }, means: 'the whole batch fails', functionError: 'Unhandled' },
];

const rows = [
  ...reporting.map((row, index) => ({ ...row, table: `reported-${index}`, reports: true })),
  ...notReporting.map((row, index) => ({ ...row, table: `ignored-${index}`, reports: false })),
];

const six = ['0', '1', '2', '3', '4', 'poison'];
const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const at = Math.floor(Date.now() / 1_000) - 30;
const isoSeconds = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

const common = (table: string, Destination = destinationRef('sqs', `${table}-failed`).arn) => ({
  EventSourceArn: tableArn(table),
  StartingPosition: 'TRIM_HORIZON' as const,
  DestinationConfig: { OnFailure: { Destination } },
});

/** On a stub, whose times and shards are known. */
describe('a batch of a DynamoDB mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  const streams = new Map<string, string>();
  let stub: DynamoDbStreamsStub;
  let aws: TestAws;
  let command: MillraceCommand;
  let exitCode: number | null;

  async function create(table: string, told: readonly (object | undefined)[]): Promise<void> {
    streams.set(table, stub.createTable(table));
    const changes = told.map((what, index) => ({
      id: table === 'six' ? (six[index] ?? '') : `${index}`,
      at: at + index,
      change: { NewImage: { told: { S: JSON.stringify(what ?? { do: 'nothing' }) } } },
    }));
    ids.set(table, stub.write(table, changes));
    await aws.createQueue(`${table}-failed`);
  }

  beforeAll(async () => {
    stub = await bench.dynamoDbStub();
    aws = await bench.aws();
    // The rest of a batch that moved on is what its first record says: here nothing.
    for (const { table, told } of rows) await create(table, [told, undefined]);
    await create(
      'six',
      six.map(() => undefined),
    );
    for (const table of ['to-sns', 'to-s3']) await create(table, [{ do: 'throw' }]);
    await aws.createTopic('failed');
    await aws.subscribe('failed', 'to-sns-failed', false);
    await aws.createBucket('failed');

    const project = await bench.project({
      functions: {
        works: { Handler: 'handlers/dynamodb.handler', Timeout: 5 },
        reports: { Handler: 'handlers/dynamodb.reportsPoison', Timeout: 5 },
      },
      mappings: [
        ...rows.map(({ table, reports }) => ({
          ...common(table),
          FunctionName: 'works',
          FunctionResponseTypes: reports ? (['ReportBatchItemFailures'] as const) : [],
          MaximumRetryAttempts: 2,
        })),
        {
          ...common('six'),
          FunctionName: 'reports',
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          MaximumRetryAttempts: 3,
          BatchSize: 3,
          MaximumBatchingWindowInSeconds: 1,
        },
        { ...common('to-sns', destinationRef('sns', 'failed').arn), FunctionName: 'works', MaximumRetryAttempts: 1 },
        { ...common('to-s3', destinationRef('s3', 'failed').arn), FunctionName: 'works', MaximumRetryAttempts: 0 },
      ],
      endpoints: { dynamodb: stub.url, sqs: aws.url, sns: aws.url, s3: aws.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  async function failures(table: string): Promise<readonly unknown[]> {
    const messages = await aws.receiveAll(`${table}-failed`);
    return messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
  }

  /** The invocation record of a table's only shard as AWS builds it. */
  function document(table: string, from: number, calls: number, functionError: 'Unhandled' | null): object {
    const sequences = ids.get(table) ?? [];
    const last = sequences.length - 1;
    const lastCall = command.of(table, 'invoked').at(-1)?.invocation;
    return {
      requestContext: {
        requestId: lastCall,
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${table === 'six' ? 'reports' : 'works'}`,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: calls,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
      version: '1.0',
      timestamp: expect.stringMatching(isoMs),
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: sequences[from],
        endSequenceNumber: sequences[last],
        approximateArrivalOfFirstRecord: isoSeconds(at + from),
        approximateArrivalOfLastRecord: isoSeconds(at + last),
        batchSize: last - from + 1,
        streamArn: streams.get(table),
      },
    };
  }

  it('makes the run end with 1 when one of its records is given up', () => {
    expect(exitCode).toBe(1);
  });

  for (const { answer, reports, table, means, functionError = null } of rows) {
    it(`${reports ? 'with' : 'without'} ReportBatchItemFailures: ${answer} means: ${means}`, async () => {
      const both = ids.get(table) ?? [];
      const invoked = command.of(table, 'invoked').map(({ records }) => records);
      const fails = means === 'the whole batch fails';
      const calls = {
        success: [both],
        'the whole batch fails': [both, both, both],
        'the checkpoint moves to the second record': [both, both.slice(1)],
      };

      expect(invoked).toEqual(calls[means]);
      expect(command.of(table, 'discarded').map(({ record }) => record)).toEqual(fails ? both : []);
      expect(await failures(table)).toEqual(fails ? [document(table, 0, 3, functionError)] : []);
      expect(command.of(table, 'checkpointed').flatMap(({ records }) => records)).toEqual(both);
    });
  }

  it('delivers a record that is reported again and again five times with three retries: progress begins anew', () => {
    const delivered = keysOfCalls(command, 'six').flat();

    expect(six.map((id) => delivered.filter((each) => each === id).length)).toEqual([1, 1, 1, 1, 1, 5]);
    expect(keysOfCalls(command, 'six').slice(0, 2)).toEqual([six.slice(0, 3), six.slice(3)]);
  });

  it('counts the calls since the progress alone when it tells the destination', async () => {
    expect(await failures('six')).toEqual([document('six', 5, 4, null)]);
  });

  it('is reported to a topic as a notification without subject and attributes', async () => {
    const [notification] = (await failures('to-sns')) as readonly Readonly<Record<string, unknown>>[];

    expect(JSON.parse(String(notification?.['Message']))).toEqual(document('to-sns', 0, 2, 'Unhandled'));
    expect(notification).toMatchObject({ Type: 'Notification', TopicArn: destinationRef('sns', 'failed').arn });
    // The embedded server writes `null` and `{}` where AWS writes nothing.
    expect(notification?.['Subject'] ?? null).toBeNull();
    expect(notification?.['MessageAttributes'] ?? {}).toEqual({});
  });

  it('is reported to a bucket together with its records', async () => {
    const [key = '', ...others] = await aws.keys('failed');
    const { Body } = await aws.object('failed', key);
    const { payload, ...rest } = JSON.parse((await Body?.transformToString()) ?? '') as Readonly<
      Record<string, unknown>
    >;
    const uuid = command.of('to-s3', 'discarded')[0]?.mapping.uuid;
    const { timestamp } = rest as { readonly timestamp: string };
    const [day = '', time = ''] = timestamp.replace(/\..*/, '').split('T');

    expect(others).toEqual([]);
    expect(rest).toEqual(document('to-s3', 0, 1, 'Unhandled'));
    expect(JSON.parse(String(payload))).toEqual(command.events('to-s3')[0]);
    expect(key.slice(0, -37)).toBe(
      `aws/lambda/${uuid}/shardId-00000000000000000000-abcdef01/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}`,
    );
    expect(key.slice(-37)).toMatch(/^-[\da-f-]{36}$/);
  });
});
