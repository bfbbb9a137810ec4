import type { AnyMapping, MappingSource, SelfManagedKafkaRef } from './event-source-mapping.js';
import type { Unnamed } from './identity.js';
import { kafkaBlockOf } from './kafka-blocks.js';
import type { AwsError } from './schema/problem.js';
import { sourceText } from './source-type.js';
import { unreachable } from '../platform/unreachable.js';

/** How AWS refuses `mapping`, because there is `existing` of the same function (and qualifier) and source. */
export function duplicateError(mapping: Unnamed, existing: Unnamed): AwsError {
  return {
    status: 409,
    code: 'ResourceConflictException',
    message: `${clash(mapping)} already exists. Please update or delete the existing mapping with UUID ${existing.uuid}`,
  };
}

/** The spaces inside the quotes, and their absence for Kafka, are AWS's. */
function clash({ source, function: fn }: Unnamed): string {
  switch (source.kind) {
    case 'sqs':
      return `An event source mapping with SQS arn (" ${source.arn} ") and function (" ${fn.name} ")`;
    case 'self-managed-kafka':
      return `An event source mapping with event source ("${source.servers.join(',')}"), function ("${fn.arn}"), topics ("${source.topic}")`;
    case 'msk':
      return `An event source mapping with event source arn ("${source.arn}"), function ("${fn.arn}") and topics ("${source.topic}")`;
    case 'kinesis':
    case 'dynamodb':
    case 'mq':
    case 'documentdb':
    case 'custom':
      return `The event source arn (" ${source.arn} ") and function (" ${fn.name} ") provided mapping`;
    default:
      return unreachable(source);
  }
}

/** Whether two mappings would be the same one to AWS. Another function, or another alias of it, is not. */
export function isDuplicate(one: Unnamed, other: Unnamed): boolean {
  return one.function.arn === other.function.arn && isSameSource(one.source, other.source);
}

function isSameSource(one: MappingSource, other: MappingSource): boolean {
  if (one.kind === 'self-managed-kafka' && other.kind === 'self-managed-kafka') return isSameTopic(one, other);
  return sourceText(one) === sourceText(other);
}

/** One server in common makes it the same cluster. */
function isSameTopic(one: SelfManagedKafkaRef, other: SelfManagedKafkaRef): boolean {
  return one.topic === other.topic && one.servers.some((server) => other.servers.includes(server));
}

/** The consumer group of a Kafka mapping, where one was named. */
export function consumerGroupOf({
  request,
  sourceType,
}: Pick<AnyMapping, 'request' | 'sourceType'>): string | undefined {
  const block = kafkaBlockOf(sourceType);
  return block === undefined ? undefined : request[block]?.ConsumerGroupId;
}
