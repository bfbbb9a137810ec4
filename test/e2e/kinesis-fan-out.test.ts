import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { aggregate } from '../support/aggregate-bytes.js';
import { calls, checkpointed, firstShard, kinesisEvents, sequenceOf, textOf } from '../support/kinesis-events.js';
import { startKinesisLocal, type TestKinesis } from '../support/kinesis-servers.js';
import { patient, workbench, type Project } from '../support/workbench.js';

/** With a stream that has a consumer. The mapping has the name of the stream. */
async function consumer(
  test: TestContext,
  kinesis: TestKinesis,
  stream: string,
  more: object = {},
): Promise<{ readonly project: Project; readonly arn: string }> {
  await kinesis.createStream(stream);
  const arn = await kinesis.register(stream);
  const project = await workbench(test).project({
    functions: { work: { Handler: 'handlers/kinesis.throwsOnPoison' } },
    mappings: [{ FunctionName: 'work', EventSourceArn: arn, StartingPosition: 'TRIM_HORIZON', ...more }],
    endpoints: { kinesis: kinesis.url },
  });
  return { project, arn };
}

describe.concurrent('a Kinesis mapping with enhanced fan-out', patient, () => {
  let kinesis: TestKinesis;
  beforeAll(async () => {
    kinesis = await startKinesisLocal();
  }, patient.timeout);
  afterAll(() => kinesis.close());

  it('is pushed what is there and what comes; events name the consumer', async (test) => {
    const { project, arn } = await consumer(test, kinesis, 'pushed');
    const [first] = await kinesis.put('pushed', ['before']);
    const command = project.run();
    const { mapping } = await command.entry('checkpointed');
    const [second] = await kinesis.put('pushed', ['after']);
    await checkpointed(command, 2, mapping.name);
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    const records = kinesisEvents(command, mapping.name).flatMap(({ Records }) => Records);
    expect(records.map(textOf)).toEqual(['before', 'after']);
    expect(records.map(({ eventSourceARN }) => eventSourceARN)).toEqual([arn, arn]);
    expect(records.map(({ eventID }) => eventID)).toEqual([`${firstShard}:${first}`, `${firstShard}:${second}`]);
  });

  it('goes on behind its checkpoint after a restart', async (test) => {
    const { project } = await consumer(test, kinesis, 'resumed');
    await kinesis.put('resumed', ['1', '2']);
    const first = project.run('--until-idle=0.5');
    expect(await first.exitCode()).toBe(0);
    await kinesis.put('resumed', ['3']);
    const second = project.run('--until-idle=0.5');

    expect(await second.exitCode()).toBe(0);
    const [name = ''] = second.all('state-changed').map(({ mapping }) => mapping.name);
    expect(calls(second, name)).toEqual([['3']]);
  });

  it('retries, bisects and gives up as with shared throughput', async (test) => {
    const { project } = await consumer(test, kinesis, 'poisoned', {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      MaximumBatchingWindowInSeconds: 1,
    });
    const [, poison] = await kinesis.put('poisoned', ['1', 'poison', '3', '4']);
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(1);
    const [name = ''] = command.all('state-changed').map(({ mapping }) => mapping.name);
    expect(calls(command, name)).toEqual([
      ['1', 'poison', '3', '4'],
      ['1', 'poison'],
      ['1'],
      ['poison'],
      ['poison'],
      ['3', '4'],
    ]);
    expect(command.all('discarded').map(({ record }) => record)).toEqual([poison]);
  });

  it('handles parents before their children when the stream is split', async (test) => {
    const { project } = await consumer(test, kinesis, 'split');
    const key = 'a';
    await kinesis.put('split', [{ key, body: '1' }]);
    const command = project.run();
    const { mapping } = await command.entry('checkpointed');
    await kinesis.put('split', [{ key, body: '2' }]);
    await kinesis.split('split', firstShard);
    await kinesis.put('split', [{ key, body: '3' }]);
    await checkpointed(command, 3, mapping.name);
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(calls(command, mapping.name).flat()).toEqual(['1', '2', '3']);
    expect(command.all('partition').filter(({ state }) => state === 'finished')).toMatchObject([
      { partition: firstShard },
    ]);
  });

  it('LATEST: handles what is written between two starts', async (test) => {
    const { project } = await consumer(test, kinesis, 'newest', { StartingPosition: 'LATEST' });
    await kinesis.put('newest', ['before']);
    const first = project.run();
    await first.entry('partition', ({ state }) => state === 'started');
    first.interrupt();
    expect(await first.exitCode()).toBe(130);
    await kinesis.put('newest', ['between']);
    const second = project.run('--until-idle=0.5');

    expect(await second.exitCode()).toBe(0);
    const [name = ''] = second.all('state-changed').map(({ mapping }) => mapping.name);
    expect(calls(second, name).flat().at(-1)).toBe('between');
  });

  it('unpacks what the Kinesis Producer Library has packed', async (test) => {
    const { project } = await consumer(test, kinesis, 'packed');
    const records = [
      { key: 0, data: 'one' },
      { key: 1, data: 'two' },
    ];
    await kinesis.put('packed', [{ key: 'carrier', body: aggregate(records, ['a', 'b']) }]);
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    const got = kinesisEvents(command, 'packed').flatMap(({ Records }) => Records);
    expect(got.map(textOf)).toEqual(['one', 'two']);
    expect(got.map(({ kinesis: { partitionKey } }) => partitionKey)).toEqual(['a', 'b']);
    expect(new Set(got.map(sequenceOf)).size).toBe(1);
  });

  it('waits, with the reason, for a consumer that is not registered', async (test) => {
    await kinesis.createStream('unregistered');
    const arn = `${kinesis.arn('unregistered')}/consumer/nobody:1700000000`;
    const project = await workbench(test).project({
      functions: { work: { Handler: 'handlers/kinesis.echo' } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn, StartingPosition: 'LATEST' }],
      endpoints: { kinesis: kinesis.url },
    });
    const command = project.run();
    const { because } = await command.entry('state-changed', ({ state }) => state === 'waiting');
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(because).toContain(`consumer ${arn}`);
  });
});
