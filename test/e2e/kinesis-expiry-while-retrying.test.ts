import { expect, it } from 'vitest';
import { destinationRef } from '../destinations/embedded-aws.js';
import { streamArn, workbench } from '../support/workbench.js';

it(
  'a record that always fails is given up a minute after its arrival, after about eight calls',
  { timeout: 180_000 },
  async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const aws = await bench.aws();
    await kinesis.createStream('clicks');
    await aws.createQueue('failed');
    await kinesis.put('clicks', ['poison']);
    const arrived = Date.now();
    const project = await bench.project({
      functions: { chokes: { Handler: 'handlers/kinesis.throwsOnPoison' } },
      mappings: [
        {
          FunctionName: 'chokes',
          EventSourceArn: streamArn('clicks'),
          StartingPosition: 'TRIM_HORIZON',
          MaximumRecordAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'failed').arn } },
        },
      ],
      endpoints: { kinesis: kinesis.url, sqs: aws.url },
    });
    const command = project.run();
    for (let calls = 1; calls <= 7; calls++) await command.atLeast(calls, 'failed');
    const { at } = await command.entry('discarded');
    command.interrupt();
    expect(await command.exitCode()).toBe(130);

    const calls = command.all('invoked').length;
    expect(Date.parse(at) - arrived).toBeGreaterThanOrEqual(59_900);
    expect(Date.parse(at) - arrived).toBeLessThan(65_000);
    expect([8, 9]).toContain(calls);
    const [message] = await aws.receiveAll('failed');
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: calls },
    });
    expect(JSON.parse(message?.Body ?? '')).not.toHaveProperty('responseContext');
  },
);
