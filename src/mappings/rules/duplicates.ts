import type { SourceKind } from '../../contracts/source-description.js';
import type { AnyMapping } from '../event-source-mapping.js';
import type { Unnamed } from '../identity.js';
import type { AwsError } from '../schema/problem.js';
import type { MappingInput } from '../schema/request.js';
import { kafkaBlockOf } from './kafka-blocks.js';

/** How AWS refuses `mapping`, because there is `existing` of the same function (and qualifier) and source. */
export function duplicateError(mapping: Unnamed, existing: Unnamed): AwsError {
  return {
    status: 409,
    code: 'ResourceConflictException',
    message: `${clash(mapping)} already exists. Please update or delete the existing mapping with UUID ${existing.uuid}`,
  };
}

/** The spaces inside the quotes, and their absence for Kafka, are AWS's. */
function clash({ source: { kind, arn = '' }, function: { name, arn: functionArn }, request }: Unnamed): string {
  const topic = request.Topics?.[0] ?? '';
  const wordings: Readonly<Partial<Record<SourceKind, string>>> = {
    sqs: `An event source mapping with SQS arn (" ${arn} ") and function (" ${name} ")`,
    msk: `An event source mapping with event source arn ("${arn}"), function ("${functionArn}") and topics ("${topic}")`,
    'self-managed-kafka': `An event source mapping with event source ("${serversOf(request).join(',')}"), function ("${functionArn}"), topics ("${topic}")`,
  };
  return wordings[kind] ?? `The event source arn (" ${arn} ") and function (" ${name} ") provided mapping`;
}

/** Whether two mappings would be the same one to AWS. Another function, or another alias of it, is not. */
export function isDuplicate(one: Unnamed, other: Unnamed): boolean {
  return one.function.arn === other.function.arn && isSameSource(one, other);
}

/** Of clusters that are named by their servers, one server in common makes it the same one. */
function isSameSource(one: Unnamed, other: Unnamed): boolean {
  const [servers, others] = [serversOf(one.request), serversOf(other.request)];
  if (servers.length === 0 || others.length === 0) return one.source.identity === other.source.identity;
  return one.request.Topics?.[0] === other.request.Topics?.[0] && servers.some((server) => others.includes(server));
}

function serversOf({ SelfManagedEventSource: cluster }: MappingInput): readonly string[] {
  return cluster?.Endpoints?.['KAFKA_BOOTSTRAP_SERVERS'] ?? [];
}

/** The consumer group of a Kafka mapping, where one was named. */
export function consumerGroupOf({
  request,
  sourceType,
}: Pick<AnyMapping, 'request' | 'sourceType'>): string | undefined {
  const block = kafkaBlockOf(sourceType);
  return block === undefined ? undefined : request[block]?.ConsumerGroupId;
}
