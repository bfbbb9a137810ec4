import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import { calls, firstShard } from '../support/kinesis-events.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { list, reporting, type ResponseRow } from '../support/partial-batch-rows.js';
import { patient, streamArn, Workbench } from '../support/workbench.js';

/** The same without `ReportBatchItemFailures`. */
const notReporting: readonly ResponseRow[] = [
  { answer: 'an id', told: list('[{"itemIdentifier":"$1"}]'), means: 'success' },
  { answer: 'a malformed report', told: list('[{"foo":1}]'), means: 'success' },
  { answer: 'nothing', told: { do: 'nothing' }, means: 'success' },
  { answer: 'an error', told: { do: 'throw' }, means: 'the whole batch fails', functionError: 'Unhandled' },
];

const rows = [
  ...reporting.map((row, index) => ({ ...row, stream: `reported-${index}`, reports: true })),
  ...notReporting.map((row, index) => ({ ...row, stream: `ignored-${index}`, reports: false })),
];

/** The batches that the function gets. */
const batchesOf = (means: ResponseRow['means'], both: readonly string[]): readonly (readonly string[])[] =>
  ({
    success: [both],
    'the whole batch fails': [both, both, both],
    'the checkpoint moves to the second record': [both, both.slice(1)],
  })[means];

const six = ['0', '1', '2', '3', '4', 'poison'];

const common = (stream: string) => ({
  EventSourceArn: streamArn(stream),
  StartingPosition: 'TRIM_HORIZON' as const,
  DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', `${stream}-failed`).arn } },
});

describe('a batch of a Kinesis mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let kinesis: TestKinesis;
  let aws: TestAws;
  let command: MillraceCommand;
  let exitCode: number | null;

  beforeAll(async () => {
    kinesis = await bench.kinesis();
    aws = await bench.aws();
    for (const { stream, told, means } of rows) {
      // The rest of a batch that moved on is what its first record says: here nothing.
      const second = means === 'the checkpoint moves to the second record' ? { do: 'nothing' } : told;
      await kinesis.createStream(stream);
      ids.set(stream, await kinesis.put(stream, [JSON.stringify(told), JSON.stringify(second)]));
      await aws.createQueue(`${stream}-failed`);
    }
    await kinesis.createStream('six');
    ids.set('six', await kinesis.put('six', six));
    await aws.createQueue('six-failed');

    const project = await bench.project({
      functions: {
        works: { Handler: 'handlers/kinesis.handler', Timeout: 5 },
        reports: { Handler: 'handlers/kinesis.reportsPoison', Timeout: 5 },
      },
      mappings: [
        ...rows.map(({ stream, reports }) => ({
          ...common(stream),
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
      ],
      endpoints: { kinesis: kinesis.url, sqs: aws.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  async function failures(stream: string): Promise<readonly unknown[]> {
    const messages = await aws.receiveAll(`${stream}-failed`);
    return messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
  }

  it('makes the run end with 1 when one of its records is given up', () => {
    expect(exitCode).toBe(1);
  });

  for (const { answer, reports, stream, means, functionError = null } of rows) {
    it(`${reports ? 'with' : 'without'} ReportBatchItemFailures: ${answer} means: ${means}`, async () => {
      const both = ids.get(stream) ?? [];
      const invoked = command.of(stream, 'invoked').map(({ records }) => records);
      const documents = await failures(stream);

      expect(invoked).toEqual(batchesOf(means, both));
      expect(command.of(stream, 'discarded').map(({ record }) => record)).toEqual(
        means === 'the whole batch fails' ? both : [],
      );
      expect(documents).toMatchObject(
        means === 'the whole batch fails'
          ? [
              {
                requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
                responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
                KinesisBatchInfo: { batchSize: 2, startSequenceNumber: both[0], endSequenceNumber: both[1] },
              },
            ]
          : [],
      );
      expect(command.of(stream, 'checkpointed').flatMap(({ records }) => records)).toEqual(both);
    });
  }

  it('delivers a record that is reported again and again five times with three retries: progress begins anew', () => {
    const delivered = calls(command, 'six').flat();

    expect(six.map((text) => delivered.filter((each) => each === text).length)).toEqual([1, 1, 1, 1, 1, 5]);
    expect(calls(command, 'six').slice(0, 2)).toEqual([six.slice(0, 3), six.slice(3)]);
  });

  it('counts the calls since the progress alone when it tells the destination', async () => {
    const last = ids.get('six')?.at(-1);

    expect(await failures('six')).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
        responseContext: { functionError: null },
        KinesisBatchInfo: { shardId: firstShard, batchSize: 1, startSequenceNumber: last, endSequenceNumber: last },
      },
    ]);
  });
});
