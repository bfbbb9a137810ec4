import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqsStub } from '../fakes/sqs-stub.js';
import { empty, type TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench } from '../support/workbench.js';

const told = (what: object): string => JSON.stringify(what);
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, nr) => told({ nr }));

/** Fails once, and keeps the blanks around it. */
const blanks = ` ${told({ do: 'fail-times', times: 1 })}\n`;
const poison = told({ do: 'throw' });
const malformed = told({ do: 'answer', json: '{"batchItemFailures":[{"foo":"notvalid"}]}' });
const partly = [0, 1, 1, 2].map((fails, index) => told({ nr: index + 1, fails }));
/** More than the 6 MB of one event, all together. */
const heavy = Array.from({ length: 9 }, () => `0${' '.repeat(900_000)}`);
const batchSizes = [15, 100, 10_000];

/** Rows of what was recorded against AWS, each on a queue of its own, in one run of the command. */
describe('an SQS mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let sqs: TestSqs;
  let stub: SqsStub;
  let command: MillraceCommand;
  let deadAfterFirstFailure: unknown;
  let exitCode: number | null;

  beforeAll(async () => {
    sqs = await bench.sqs();
    stub = await bench.stub();
    await send('handled', [told({ do: 'answer', json: '"anything"' })]);
    await send('blanks', [blanks], { VisibilityTimeout: '3' });
    await send('empty-report', [told({ do: 'answer', json: '{}' })]);
    await send('one-group.fifo', ['200', '200', '200', '200', '200'], {}, ['g']);
    await send('groups.fifo', ['3000', '3000', '3000'], {}, ['a', 'b', 'c']);
    for (const size of batchSizes) await send(`size-${size}`, numbered(15));
    await send('backlog', numbered(30));
    await send('throttled', ['400', '400', '400', '400'], { VisibilityTimeout: '120' });
    await sqs.createQueue('heavy');
    for (const body of heavy) await sqs.send('heavy', body);
    await send('slow', ['3000']);
    await send('fast', ['0']);
    await sendWithDeadLetters('poison', [poison]);
    await sendWithDeadLetters('poison-batch', [poison, poison]);
    await sendWithDeadLetters('malformed', [malformed]);
    const RedrivePolicy = JSON.stringify({ maxReceiveCount: 2, deadLetterTargetArn: arn('dead.fifo') });
    stub.createQueue('partly.fifo', { VisibilityTimeout: '3', RedrivePolicy });
    ids.set('partly.fifo', stub.send('partly.fifo', partly, { group: 'g' }));

    const FunctionResponseTypes = ['ReportBatchItemFailures'] as const;
    const project = await bench.project({
      functions: {
        fails: { Handler: 'handlers/as-told.handler', Timeout: 2 },
        works: { Handler: 'handlers/as-told.handler', Timeout: 30 },
        echoes: { Handler: 'handlers/as-told.echo', Timeout: 30 },
        two: { Handler: 'handlers/as-told.echo', Timeout: 30, ReservedConcurrentExecutions: 2 },
        reports: { Handler: 'handlers/reports.handler', Timeout: 3 },
        sleeps: { Handler: 'handlers/as-told.alone', Timeout: 30 },
        single: { Handler: 'handlers/as-told.alone', Timeout: 30, ReservedConcurrentExecutions: 1 },
      },
      mappings: [
        { FunctionName: 'works', EventSourceArn: arn('handled') },
        { FunctionName: 'fails', EventSourceArn: arn('blanks') },
        { FunctionName: 'works', EventSourceArn: arn('empty-report'), FunctionResponseTypes },
        { FunctionName: 'fails', EventSourceArn: arn('poison') },
        { FunctionName: 'fails', EventSourceArn: arn('poison-batch'), FunctionResponseTypes },
        { FunctionName: 'fails', EventSourceArn: arn('malformed'), FunctionResponseTypes },
        { FunctionName: 'reports', EventSourceArn: arn('partly.fifo'), FunctionResponseTypes },
        { FunctionName: 'sleeps', EventSourceArn: arn('one-group.fifo'), BatchSize: 1 },
        { FunctionName: 'sleeps', EventSourceArn: arn('groups.fifo'), BatchSize: 1 },
        ...batchSizes.map((BatchSize) => ({
          FunctionName: 'echoes',
          EventSourceArn: arn(`size-${BatchSize}`),
          BatchSize,
          MaximumBatchingWindowInSeconds: 3,
        })),
        {
          FunctionName: 'two',
          EventSourceArn: arn('backlog'),
          BatchSize: 20,
          MaximumBatchingWindowInSeconds: 3,
          ScalingConfig: { MaximumConcurrency: 2 },
        },
        { FunctionName: 'single', EventSourceArn: arn('throttled'), BatchSize: 1 },
        {
          FunctionName: 'sleeps',
          EventSourceArn: arn('heavy'),
          BatchSize: 100,
          MaximumBatchingWindowInSeconds: 3,
          ScalingConfig: { MaximumConcurrency: 2 },
        },
        { FunctionName: 'sleeps', EventSourceArn: arn('slow') },
        { FunctionName: 'sleeps', EventSourceArn: arn('fast') },
      ],
      endpoints: { sqs: sqs.url, [arn('partly.fifo')]: stub.url },
    });
    command = project.run('--until-idle=0.5');
    await command.entry('retry-scheduled', ({ mapping }) => mapping.name === 'poison');
    deadAfterFirstFailure = await sqs.depth('poison-dead');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  async function send(
    queue: string,
    bodies: readonly string[],
    attributes: Readonly<Record<string, string>> = {},
    groups: readonly string[] = [],
  ): Promise<void> {
    await sqs.createQueue(queue, attributes);
    if (groups.length <= 1) ids.set(queue, await sqs.sendAll(queue, bodies, groups[0]));
    else for (const [index, group] of groups.entries()) await sqs.send(queue, bodies[index] ?? '', group);
  }

  async function sendWithDeadLetters(queue: string, bodies: readonly string[]): Promise<void> {
    await sqs.createQueueWithDeadLetters(queue, 2, { VisibilityTimeout: '2' });
    ids.set(queue, await sqs.sendAll(queue, bodies));
  }

  it('deletes a message that was handled, whatever the handler returned', async () => {
    expect(command.of('handled', 'invoked')).toHaveLength(1);
    expect(command.of('handled', 'settled').map(({ records }) => records)).toEqual([ids.get('handled')]);
    expect(await sqs.depth('handled')).toEqual(empty);
  });

  it('leaves a failed message hidden until its visibility timeout ends', () => {
    const [received, again] = command.of('blanks', 'received').map(({ at }) => Date.parse(at));

    // A receive is journalled a moment after the queue has hidden the message.
    expect((again ?? 0) - (received ?? 0)).toBeGreaterThan(2_500);
  });

  it('then delivers it again with the same id and body, a new receipt handle and a receive count of 2', () => {
    const [id = ''] = ids.get('blanks') ?? [];
    const [first, second, ...more] = command.events('blanks').map(({ Records: [record] }) => record);

    expect(more).toEqual([]);
    expect([first?.messageId, second?.messageId]).toEqual([id, id]);
    expect([first?.body, second?.body]).toEqual([blanks, blanks]);
    expect(first?.attributes['ApproximateReceiveCount']).toBe('1');
    expect(second?.attributes['ApproximateReceiveCount']).toBe('2');
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
    expect(command.of('blanks', 'invoked').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(command.of('blanks', 'received')[1]?.redelivered).toEqual({ [id]: 2 });
  });

  it('delivers a failing message maxReceiveCount times; the queue then moves it to its dead-letter queue', async () => {
    const [id] = ids.get('poison') ?? [];
    const discarded = command.of('poison', 'discarded');

    expect(deadAfterFirstFailure).toEqual(empty);
    expect(command.of('poison', 'invoked')).toHaveLength(2);
    expect(discarded).toMatchObject([{ record: id, deadLetterQueue: 'poison-dead' }]);
    expect(discarded[0]?.because).toMatch(/received 2 of at most 2 times .*maxReceiveCount/);
    expect(await sqs.receiveAll('poison-dead')).toMatchObject([{ MessageId: id, Body: poison }]);
    expect(await sqs.depth('poison')).toEqual(empty);
  });

  it('ends with exit code 1 when a record went to a dead-letter queue', () => {
    expect(exitCode).toBe(1);
  });

  it('fails the whole batch of a function that throws, also when it reports item failures', async () => {
    const both = ids.get('poison-batch') ?? [];
    const dead = await sqs.receiveAll('poison-batch-dead');

    expect(command.of('poison-batch', 'failed').map(({ records }) => records)).toEqual([both, both]);
    expect(dead.map(({ MessageId = '' }) => MessageId).toSorted()).toEqual(both.toSorted());
  });

  it('fails the whole batch for a malformed report, which ends in the dead-letter queue after 2 deliveries', async () => {
    const because =
      'the partial batch response is malformed (an entry has no itemIdentifier): all records of the batch count as failed';

    expect(command.of('malformed', 'failed').map((entry) => entry.because)).toEqual([because, because]);
    expect(await sqs.receiveAll('malformed-dead')).toMatchObject([{ MessageId: ids.get('malformed')?.[0] }]);
  });

  it('takes the empty report object {} for a success', async () => {
    expect(command.of('empty-report', 'succeeded')).toHaveLength(1);
    expect(await sqs.depth('empty-report')).toEqual(empty);
  });

  it('redelivers together those of a FIFO group that were reported, in order, and deletes the others', () => {
    const all = ids.get('partly.fifo') ?? [];
    const calls = command.events('partly.fifo').map(({ Records }) => Records);

    expect(calls.map((records) => records.map(({ messageId }) => messageId))).toEqual([all, all.slice(1)]);
    expect(calls.map((records) => records.map(({ attributes }) => attributes['ApproximateReceiveCount']))).toEqual([
      ['1', '1', '1', '1'],
      ['2', '2', '2'],
    ]);
    expect(command.of('partly.fifo', 'settled').map(({ records }) => records)).toEqual([
      all.slice(0, 1),
      all.slice(1, 3),
    ]);
    expect(command.of('partly.fifo', 'discarded').map(({ record }) => record)).toEqual(all.slice(3));
    expect(stub.deadLetters('partly.fifo')).toEqual(partly.slice(3));
    expect(stub.left('partly.fifo')).toEqual([]);
  });

  it('never handles two messages of one FIFO group at the same time', () => {
    const lines = command.logs('one-group.fifo').map((line) => line.split(' ')[0]);

    expect(lines).toEqual(Array.from({ length: 5 }, () => ['begin', 'end']).flat());
    const order = command.of('one-group.fifo', 'invoked').flatMap(({ records }) => records);
    expect(order).toEqual(ids.get('one-group.fifo'));
  });

  it('handles messages of different FIFO groups at the same time', () => {
    expect(overlapping(command.logs('groups.fifo'))).toBeGreaterThan(1);
  });

  it.each(batchSizes)('delivers 15 messages once each with a batch size of %i and a window', async (size) => {
    const queue = `size-${size}`;
    const calls = command.events(queue).map(({ Records }) => Records);
    const records = calls.flat();

    expect(records.map(({ messageId }) => messageId).toSorted()).toEqual(ids.get(queue)?.toSorted());
    expect(new Set(records.map(({ attributes }) => attributes['ApproximateReceiveCount']))).toEqual(new Set(['1']));
    // More than SQS gives away in one receive.
    expect(Math.max(...calls.map(({ length }) => length))).toBeGreaterThan(10);
    expect(await sqs.depth(queue)).toEqual(empty);
  });

  it('closes a batch before its event would be larger than 6 MB', async () => {
    const batches = command.of('heavy', 'batched');

    expect(Math.max(...batches.map(({ bytes }) => bytes))).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(batches.map(({ because }) => because)).toContain('bytes');
    expect(command.of('heavy', 'succeeded').flatMap(({ records }) => records)).toHaveLength(heavy.length);
    expect(await sqs.depth('heavy')).toEqual(empty);
  });

  it('makes 2 invocations of a backlog of 30 with a batch size of 20, a window and a concurrency of 2', () => {
    const calls = command.events('backlog').map(({ Records }) => Records.length);

    expect(calls).toHaveLength(2);
    expect(calls[0] ?? 0).toBeLessThanOrEqual(20);
    expect((calls[0] ?? 0) + (calls[1] ?? 0)).toBe(30);
    expect(command.of('backlog', 'throttled')).toEqual([]);
  });

  it('keeps a throttled batch in hand and calls again: nothing is lost and no receive is spent', async () => {
    expect(overlapping(command.logs('throttled'))).toBe(1);
    expect(command.of('throttled', 'throttled').length).toBeGreaterThan(0);
    expect(command.of('throttled', 'invoked').map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    expect(await sqs.depth('throttled')).toEqual(empty);
  });

  it('does not let a slow mapping hold up another', () => {
    const ended = command.all('succeeded').map(({ mapping }) => mapping.name);

    expect(ended.indexOf('fast')).toBeLessThan(ended.indexOf('slow'));
  });
});

/** The most calls that were running at once, according to their lines `begin` and `end`. */
function overlapping(lines: readonly string[]): number {
  let running = 0;
  let most = 0;
  for (const line of lines) {
    running += line.startsWith('begin') ? 1 : -1;
    most = Math.max(most, running);
  }
  return most;
}
