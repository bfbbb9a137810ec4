import type { SourceType } from '../../contracts/source-description.js';

const queues: readonly SourceType[] = ['sqs', 'activemq', 'rabbitmq'];
const streams: readonly SourceType[] = ['kinesis', 'dynamodb', 'msk', 'documentdb'];

/** Whose parameters mappings of a source may have that a configuration adds. One that has no ARN is nobody's model. */
export const parametersOf = { queue: queues, stream: streams } as const;

/** Whether a source of AWS is a queue. */
export function isQueueType(type: SourceType): boolean {
  return queues.includes(type);
}
