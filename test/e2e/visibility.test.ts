import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqsStub } from '../fakes/sqs-stub.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench } from '../support/workbench.js';

describe('the visibility timeout of an SQS mapping', patient, () => {
  const bench = new Workbench();
  let stub: SqsStub;
  let command: MillraceCommand;

  beforeAll(async () => {
    stub = await bench.stub();
    const queues = { plain: 30, roomy: 60, tight: 30, refused: 5, shrinking: 30 };
    for (const [queue, seconds] of Object.entries(queues))
      stub.createQueue(queue, { VisibilityTimeout: String(seconds) });
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.echo', Timeout: 30 } },
      mappings: Object.keys(queues).map((queue) => ({
        FunctionName: 'work',
        EventSourceArn: arn(queue),
        ...(queue === 'roomy' || queue === 'tight' ? { MaximumBatchingWindowInSeconds: 1 } : {}),
      })),
      endpoints: { sqs: stub.url },
    });
    command = project.run();
    stub.send('refused', ['waits']);
    stub.send('plain', ['goes on']);
    await command.settled(1, 'plain');
    await Promise.all(
      ['roomy', 'tight'].map((queue) =>
        command.entry('state-changed', ({ mapping, state }) => mapping.name === queue && state === 'polling'),
      ),
    );
  }, patient.timeout);
  afterAll(() => bench.close());

  /** What the receives of a queue ask for. */
  async function asked(queue: string): Promise<unknown> {
    const receives = (): readonly unknown[] =>
      stub.requests
        .filter(({ action, input }) => action === 'ReceiveMessage' && String(input['QueueUrl']).endsWith(`/${queue}`))
        .map(({ input }) => input['VisibilityTimeout']);
    await expect.poll(receives, { timeout: 20_000 }).not.toEqual([]);
    return receives()[0];
  }

  it("is the queue's own without a window", async () => {
    expect(await asked('plain')).toBeUndefined();
  });

  it("is the queue's own when window and function timeout fit into it", async () => {
    expect(await asked('roomy')).toBeUndefined();
  });

  it('is window + function timeout + 30 s when they do not', async () => {
    expect(await asked('tight')).toBe(61);
  });

  it("refuses the mapping, in AWS's words, when it is shorter than the function's timeout; others go on", async () => {
    const refused = await command.entry('state-changed', ({ mapping }) => mapping.name === 'refused');
    const because = 'Queue visibility timeout: 5 seconds is less than Function timeout: 30 seconds';

    expect(refused.mapping.name).toBe('refused');
    await expect
      .poll(() => command.of('refused', 'state-changed').at(-1), { timeout: 20_000 })
      .toMatchObject({ state: 'refused', because });
    expect(command.stderr).toContain(because);
    expect(stub.left('refused')).toEqual(['waits']);
    expect(command.of('refused', 'received')).toEqual([]);
    expect(command.of('plain', 'settled')).not.toEqual([]);
  });

  it('lets a refused mapping begin as soon as it is long enough', async () => {
    stub.setAttributes('refused', { VisibilityTimeout: '30' });
    await command.settled(1, 'refused');

    expect(stub.left('refused')).toEqual([]);
    expect(command.of('refused', 'state-changed').at(-1)?.state).toBe('polling');
  });
});
