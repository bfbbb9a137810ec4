import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/config/parse.js';
import { queuesOf } from '../../src/emulators/queues.js';

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
    expect(queuesOf(mappings, functions)).toEqual([
      { name: 'quick', region, fifo: false, visibilityTimeoutSeconds: 30 },
      { name: 'slow.fifo', region, fifo: true, visibilityTimeoutSeconds: 360 },
      { name: 'shared', region, fifo: false, visibilityTimeoutSeconds: 360 },
    ]);
  });
});
