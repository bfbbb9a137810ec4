import { serviceError } from '../../aws/service-error.js';
import type { SourceError } from '../../contracts/source-error.js';

const permissions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];

/** Says what an error of the SDK means, with the address that was asked, for a person to act on. */
export function sqsError(error: unknown, address: string): SourceError {
  return serviceError(error, { service: 'SQS', endpoint: 'sqs', address, permissions });
}
