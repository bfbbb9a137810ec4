import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { SqsSource } from '../../src/sources/sqs/source.js';
import { MemoryQueue } from '../fakes/memory-queue.js';
import { SqsStub } from '../fakes/sqs-stub.js';
import { startTestSqs, type TestSqs } from '../support/embedded-sqs.js';
import { queueSourceContract } from '../../src/testing/queue-source-contract.js';
import { SourceError } from '../../src/contracts/source-error.js';

const runner = { describe, it, afterEach };

let embedded: TestSqs;
let stub: SqsStub;
let queues = 0;
beforeAll(async () => {
  embedded = await startTestSqs();
  stub = await SqsStub.start();
});
afterAll(async () => {
  await embedded.close();
  await stub.close();
});

function sqsSource(endpoint: string, queue: string): SqsSource {
  return new SqsSource({
    queue,
    account: undefined,
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    waitSeconds: 1,
    queueArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    windowed: false,
  });
}

for (const fifo of [false, true]) {
  const suffix = fifo ? '.fifo' : '';
  const kind = fifo ? 'FIFO' : 'standard';

  queueSourceContract(
    {
      name: `the in-memory queue (${kind})`,
      fifo,
      create: async (visibilitySeconds) => {
        const source = new MemoryQueue({
          clock: systemClock,
          fifo,
          visibilityMs: visibilitySeconds * 1_000,
          waitMs: 1_000,
        });
        const gone = new MemoryQueue({ clock: systemClock });
        gone.broken = new SourceError('missing', 'it does not exist');
        return {
          source,
          send: async (bodies, group) => source.send(bodies, group),
          missing: () => gone,
          dispose: async () => {},
        };
      },
    },
    runner,
  );

  queueSourceContract(
    {
      name: `SQS (${kind}, embedded server)`,
      fifo,
      create: async (visibilitySeconds) => {
        const queue = `contract-${++queues}${suffix}`;
        await embedded.createQueue(queue, { VisibilityTimeout: String(visibilitySeconds) });
        return {
          source: sqsSource(embedded.url, queue),
          send: async (bodies, group) => {
            for (const body of bodies) await embedded.send(queue, body, group);
          },
          missing: () => sqsSource(embedded.url, `missing-${queue}`),
          dispose: async () => {},
        };
      },
    },
    runner,
  );

  queueSourceContract(
    {
      name: `SQS (${kind}, stub server)`,
      fifo,
      create: async (visibilitySeconds) => {
        const queue = `contract-${++queues}${suffix}`;
        stub.createQueue(queue, { VisibilityTimeout: String(visibilitySeconds) });
        return {
          source: sqsSource(stub.url, queue),
          send: async (bodies, group) => void stub.send(queue, bodies, group === undefined ? {} : { group }),
          missing: () => sqsSource(stub.url, `missing-${queue}`),
          dispose: async () => stub.deleteQueue(queue),
        };
      },
    },
    runner,
  );
}
