import { serviceError } from '../../aws/service-error.js';
import { SourceError } from '../../contracts/source-error.js';

const polling = [
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
  'kinesis:DescribeStreamSummary',
];

/** What a reader must be allowed to do. */
export const readPermissions = { shared: polling, fanOut: [...polling, 'kinesis:SubscribeToShard'] };

/** Says what an error of the SDK means, with the address that was asked, for a person to act on. */
export function kinesisError(
  error: unknown,
  address: string,
  permissions: readonly string[] = readPermissions.shared,
): SourceError {
  return serviceError(error, { service: 'Kinesis', endpoint: 'kinesis', address, permissions });
}

/** There is no consumer of that ARN. */
export function consumerMissing(consumerArn: string, address: string): SourceError {
  return new SourceError(
    'missing',
    `its consumer ${consumerArn} does not exist at ${address}; register it, or correct the ARN of the mapping`,
  );
}

/** Whether the service does not take an iterator any more. Local servers answer in ways of their own. */
export function isIteratorRefused(error: unknown): boolean {
  const name = nameOf(error);
  return name === 'ExpiredIteratorException' || name === 'InvalidArgumentException' || name === 'Unknown';
}

/** Whether the service does not know a sequence number any more. AWS begins with the oldest record instead. */
export function isPositionRefused(error: unknown): boolean {
  const name = nameOf(error);
  return name === 'InvalidArgumentException' || name === 'ResourceNotFoundException';
}

export function isMissing(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException';
}

export function isTimeout(error: unknown): boolean {
  return nameOf(error) === 'TimeoutError';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
