import type { CreateQueueCommandInput } from '@aws-sdk/client-sqs';
import { credentials } from './credentials.js';
import type { QueueSpec } from './queues.js';

/** The only account of an embedded server. */
const account = '000000000000';

/** Creates the queues that do not exist yet; those that do are left as they are. */
export async function ensureQueues(url: string, queues: readonly QueueSpec[]): Promise<void> {
  if (queues.length === 0) return;
  const { CreateQueueCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  for (const region of new Set(queues.map((queue) => queue.region))) {
    const client = new SQSClient({ endpoint: url, region, credentials });
    try {
      for (const queue of queues.filter((each) => each.region === region)) {
        await client.send(new CreateQueueCommand(creation(queue))).catch((error: unknown) => {
          // It exists with other attributes, which are somebody's choice.
          if (!isNameTaken(error)) throw error;
        });
      }
    } finally {
      client.destroy();
    }
  }
}

function creation({ name, region, fifo, visibilityTimeoutSeconds, redrive }: QueueSpec): CreateQueueCommandInput {
  const ordered = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const policy = redrive && {
    maxReceiveCount: redrive.maxReceiveCount,
    deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:${redrive.queue}`,
  };
  const deadLetters = policy === undefined ? {} : { RedrivePolicy: JSON.stringify(policy) };
  return {
    QueueName: name,
    Attributes: { VisibilityTimeout: String(visibilityTimeoutSeconds), ...ordered, ...deadLetters },
  };
}

function isNameTaken(error: unknown): boolean {
  // The service model says QueueNameExists; servers say it with or without the prefix that older clients know.
  return error instanceof Error && /(?:^|\.)QueueNameExists$/.test(error.name);
}
