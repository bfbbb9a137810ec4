import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationRef, type TestAws } from '../destinations/embedded-aws.js';
import type { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import type { StubChange } from '../fakes/dynamodb-streams-wire.js';
import { keysOfCalls } from '../support/dynamodb-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, tableArn, Workbench } from '../support/workbench.js';

/** What differs from run to run in an invocation record. */
interface Told {
  readonly requestContext: { readonly requestId: string };
}

const fresh = ['1', '2', '3', '4', '5'];
const isoSeconds = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

const mapping = (FunctionName: string, table: string, more: object) => ({
  FunctionName,
  EventSourceArn: tableArn(table),
  StartingPosition: 'TRIM_HORIZON' as const,
  DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', `${table}-failed`).arn } },
  ...more,
});

/** On a stub: DynamoDB Local cuts the times of records to the minute. */
describe('records of a DynamoDB mapping with MaximumRecordAgeInSeconds of 60', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  const streams = new Map<string, string>();
  const now = Math.floor(Date.now() / 1_000);
  let stub: DynamoDbStreamsStub;
  let aws: TestAws;
  let command: MillraceCommand;
  let exitCode: number | null;
  let arrived: number;

  async function create(table: string, changes: readonly StubChange[]): Promise<void> {
    streams.set(table, stub.createTable(table));
    ids.set(table, stub.write(table, changes));
    await aws.createQueue(`${table}-failed`);
  }

  beforeAll(async () => {
    stub = await bench.dynamoDbStub();
    aws = await bench.aws();
    await create('front', [{ id: 'old', at: now - 80 }, ...fresh.map((id) => ({ id, at: now + 10 }))]);
    await create('before', [
      { id: 'poison 1', at: now - 200 },
      { id: 'poison 2', at: now - 100 },
    ]);
    // Young enough for some calls, and too old soon after them.
    arrived = Math.floor(Date.now() / 1_000) - 50;
    await create('while', [{ id: 'poison', at: arrived }]);
    await create('no-limit', [{ id: 'ancient', at: now - 80_000 }]);

    const project = await bench.project({
      functions: {
        echoes: { Handler: 'handlers/dynamodb.echo' },
        throws: { Handler: 'handlers/dynamodb.throwsOnPoison' },
      },
      mappings: [
        mapping('echoes', 'front', { BatchSize: 10, MaximumRecordAgeInSeconds: 60, MaximumRetryAttempts: 0 }),
        mapping('throws', 'before', { MaximumRecordAgeInSeconds: 60, MaximumRetryAttempts: 0 }),
        mapping('throws', 'while', { MaximumRecordAgeInSeconds: 60 }),
        mapping('echoes', 'no-limit', { MaximumRetryAttempts: 0 }),
      ],
      endpoints: { dynamodb: stub.url, sqs: aws.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  /** The only report of a mapping. */
  async function told(table: string): Promise<Told | undefined> {
    const [message, ...others] = await aws.receiveAll(`${table}-failed`);
    expect(others).toEqual([]);
    return message && (JSON.parse(message.Body ?? '') as Told);
  }

  function expired(
    table: string,
    requestId: string | undefined,
    invokeCount: number,
    times: readonly number[],
  ): object {
    const sequences = ids.get(table)?.slice(0, times.length) ?? [];
    return {
      requestContext: {
        requestId,
        functionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1:000000000000:function:\w+$/),
        condition: 'RecordAgeExceeded',
        approximateInvokeCount: invokeCount,
      },
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000000000000000000-abcdef01',
        startSequenceNumber: sequences[0],
        endSequenceNumber: sequences.at(-1),
        approximateArrivalOfFirstRecord: isoSeconds(times[0] ?? 0),
        approximateArrivalOfLastRecord: isoSeconds(times.at(-1) ?? 0),
        batchSize: sequences.length,
        streamArn: streams.get(table),
      },
    };
  }

  it('are cut from the front of a batch alone; the fresh ones behind them are delivered', async () => {
    const report = await told('front');

    expect(keysOfCalls(command, 'front')).toEqual([fresh]);
    expect(report).toEqual(expired('front', report?.requestContext.requestId, 1, [now - 80]));
    expect(report?.requestContext.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(command.of('front', 'expired').map(({ record }) => record)).toEqual(ids.get('front')?.slice(0, 1));
    expect(command.of('front', 'discarded').map(({ record }) => record)).toEqual(ids.get('front')?.slice(0, 1));
    expect(command.of('front', 'checkpointed').flatMap(({ records }) => records)).toEqual(ids.get('front'));
  });

  it('are given up for their age, not for their retries, without a call when they come too late', async () => {
    const report = await told('before');

    expect(command.of('before', 'invoked')).toEqual([]);
    expect(report).toEqual(expired('before', report?.requestContext.requestId, 1, [now - 200, now - 100]));
  });

  it('are given up when they become too old while they are tried, after as many calls as are told', async () => {
    const report = await told('while');
    const calls = command.of('while', 'invoked');
    const { at } = command.of('while', 'expired')[0] ?? {};

    expect(calls.length).toBeGreaterThan(1);
    expect(Date.parse(at ?? '') / 1_000 - arrived).toBeGreaterThan(60);
    expect(Date.parse(at ?? '') / 1_000 - arrived).toBeLessThan(65);
    expect(report).toEqual(expired('while', calls.at(-1)?.invocation, calls.length, [arrived]));
  });

  it('are delivered however old they are when there is no limit', () => {
    expect(keysOfCalls(command, 'no-limit')).toEqual([['ancient']]);
  });

  it('make the run end with 1', () => {
    expect(exitCode).toBe(1);
  });
});
