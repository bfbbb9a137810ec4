import type { BuiltInContext, QueueSourceDefinition } from '../../contracts/source-definition.js';
import { leaseRefusal, queueAdvice } from '../queue-advice.js';
import type { SqsRef } from './description.js';

/** How long a receive waits for messages: on AWS as Lambda does, elsewhere short, so that a stop is quick. */
const longPollSeconds = { aws: 20, other: 2 } as const;

/** Polls queues of SQS. */
export const sqsDefinition: QueueSourceDefinition<SqsRef, BuiltInContext> = {
  name: 'sqs',
  kind: 'queue',
  async open({ arn, queue, region, account }, { reach, shortPolls, windowMs }) {
    const { SqsSource } = await import('./source.js');
    const { onAws, ...client } = reach('sqs');
    return new SqsSource({
      ...client,
      queue,
      region,
      account: onAws ? account : undefined,
      queueArn: arn,
      waitSeconds: onAws && !shortPolls ? longPollSeconds.aws : longPollSeconds.other,
      windowed: windowMs > 0,
    });
  },
  async send({ queue, region, account }, records, { reach }) {
    const { sendToSqs } = await import('./send.js');
    const { onAws, ...client } = reach('sqs');
    return sendToSqs({ ...client, queue, region, account: onAws ? account : undefined }, records);
  },
  missing: () =>
    'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
  refusal: leaseRefusal,
  advice: queueAdvice,
};
