import type { QueueSource } from '../contracts/queue-source.js';
import type { StreamSource } from '../contracts/stream-source.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { unreachable } from '../platform/unreachable.js';
import { openCustomQueue, openCustomStream } from './open-custom.js';
import { reach, type Place } from './reach.js';
import { DynamoDbStreamSource } from '../sources/dynamodb/source.js';
import { KinesisSource } from '../sources/kinesis/source.js';
import { SqsSource } from '../sources/sqs/source.js';

/** How long a receive waits for messages: on AWS as Lambda does, elsewhere short, so that a stop is quick. */
const longPollSeconds = { aws: 20, other: 2 } as const;

/** The source of a mapping as sentences name it. */
export function sourceLabel({ source }: Pick<EventSourceMapping, 'source'>): string {
  switch (source.kind) {
    case 'sqs':
      return `queue ${source.queue}`;
    case 'kinesis':
      return source.consumer === undefined
        ? `stream ${source.stream}`
        : `stream ${source.stream} (consumer ${source.consumer.split(':')[0]})`;
    case 'dynamodb':
      return `stream of table ${source.table}`;
    case 'custom':
      return `${source.source} ${source.id}`;
    default:
      return unreachable(source);
  }
}

/** The stream that an ARN of Kinesis names, by itself or by one of its consumers. */
export function streamArnOf(arn: string): string {
  return arn.replace(/\/consumer\/.*$/s, '');
}

/** The queue of a mapping, where the configuration says that it is. */
export async function openQueue(
  { source, windowMs }: Pick<QueueMapping, 'source' | 'windowMs'>,
  place: Place,
  shortPolls: boolean,
): Promise<QueueSource> {
  if (source.kind === 'custom') return openCustomQueue(source, place.configuration);
  const { onAws, ...client } = reach('sqs', source, place);
  return new SqsSource({
    ...client,
    queue: source.queue,
    region: source.region,
    account: onAws ? source.account : undefined,
    queueArn: source.arn,
    waitSeconds: onAws && !shortPolls ? longPollSeconds.aws : longPollSeconds.other,
    windowed: windowMs > 0,
  });
}

/** The stream of a mapping, where the configuration says that it is. */
export async function openStream(
  { source, function: fn }: Pick<StreamMapping, 'source' | 'function'>,
  place: Place,
): Promise<StreamSource> {
  switch (source.kind) {
    case 'kinesis': {
      const { arn, stream, consumer, region } = source;
      return new KinesisSource({
        ...reach('kinesis', source, place),
        stream,
        streamArn: streamArnOf(arn),
        ...(consumer !== undefined && { consumerArn: arn }),
        region,
        roleArn: place.configuration.functions.get(fn.name)?.role ?? '',
        clock: systemClock,
      });
    }
    case 'dynamodb': {
      const { arn, table, label, region } = source;
      return new DynamoDbStreamSource({
        ...reach('dynamodb', source, place),
        table,
        streamArn: label === undefined ? undefined : arn,
        region,
        clock: systemClock,
      });
    }
    case 'custom':
      return openCustomStream(source, place.configuration);
    default:
      return unreachable(source);
  }
}
