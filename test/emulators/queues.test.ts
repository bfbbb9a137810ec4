import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../support/parse-configuration.js';
import { queuesOf } from '../../src/emulators/queues.js';
import { destinationAt, streamMapping } from './stream-mapping.js';

const arn = (queue: string): string => `arn:aws:sqs:us-east-1:000000000000:${queue}`;

describe('the queues of an embedded server', () => {
  const { mappings, functions } = parseConfiguration(
    {
      functions: { quick: { Handler: 'a.b', Timeout: 3 }, slow: { Handler: 'a.b', Timeout: 60 } },
      mappings: [
        { FunctionName: 'quick', EventSourceArn: arn('quick') },
        { FunctionName: 'slow', EventSourceArn: arn('slow.fifo') },
        { FunctionName: 'slow', EventSourceArn: arn('shared') },
        { FunctionName: 'quick', EventSourceArn: arn('shared') },
      ],
    },
    { root: '/project' },
  );

  it('are those that mappings name, hidden for six times the longest timeout but not under 30 seconds', () => {
    const region = 'us-east-1';
    expect(queuesOf(mappings, functions, { visibilityTimeoutSeconds: undefined, maxReceiveCount: undefined })).toEqual([
      { name: 'quick', region, fifo: false, visibilityTimeoutSeconds: 30 },
      { name: 'slow.fifo', region, fifo: true, visibilityTimeoutSeconds: 360 },
      { name: 'shared', region, fifo: false, visibilityTimeoutSeconds: 360 },
    ]);
  });

  it('have the visibility timeout and the dead-letter queues that the configuration asks for', () => {
    const queues = queuesOf(mappings, functions, { visibilityTimeoutSeconds: 3, maxReceiveCount: 2 });
    expect(queues.map(({ name }) => name)).toEqual([
      'quick-dlq',
      'quick',
      'slow-dlq.fifo',
      'slow.fifo',
      'shared-dlq',
      'shared',
    ]);
    expect(queues[1]).toMatchObject({
      visibilityTimeoutSeconds: 3,
      redrive: { maxReceiveCount: 2, queue: 'quick-dlq' },
    });
    expect(queues[2]).toMatchObject({ fifo: true });
    expect(queues[2]).not.toHaveProperty('redrive');
  });

  it('are also those that mappings of streams report to, each once, and none for the streams themselves', () => {
    const streams = [
      streamMapping({ destination: destinationAt('sqs', 'failures') }),
      streamMapping({ destination: destinationAt('sqs', 'failures') }),
      streamMapping({ destination: destinationAt('sqs', 'failures', 'eu-west-1') }),
      streamMapping({ destination: destinationAt('sns', 'topic') }),
      streamMapping(),
    ];
    const choices = { visibilityTimeoutSeconds: undefined, maxReceiveCount: 3 };
    const sink = { name: 'failures', fifo: false, visibilityTimeoutSeconds: 30 };
    expect(queuesOf(streams, functions, choices)).toEqual([
      { ...sink, region: 'us-east-1' },
      { ...sink, region: 'eu-west-1' },
    ]);
    expect(queuesOf(streams, functions, { ...choices, visibilityTimeoutSeconds: 2 })[0]).toMatchObject({
      visibilityTimeoutSeconds: 2,
    });
  });

  it('that are read and reported to are as those who read need them', () => {
    const reporting = [
      streamMapping({ destination: destinationAt('sqs', 'shared') }),
      streamMapping({ destination: destinationAt('sqs', 'quick-dlq') }),
    ];
    const choices = { visibilityTimeoutSeconds: undefined, maxReceiveCount: 2 };
    expect(queuesOf([...reporting, ...mappings], functions, choices)).toEqual(queuesOf(mappings, functions, choices));
  });
});
