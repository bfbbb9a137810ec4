import { serviceError } from '../../aws/service-error.js';
import type { SourceError } from '../../contracts/source-error.js';

const reading = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:DescribeTable',
];
const writing = ['dynamodb:DescribeTable', 'dynamodb:BatchWriteItem'];

/** Says what an error of the SDK means to one who reads a stream, with the address that was asked. */
export function dynamoDbStreamsError(error: unknown, address: string): SourceError {
  return serviceError(error, { service: 'DynamoDB Streams', endpoint: 'dynamodb', address, permissions: reading });
}

/** Says what an error of the SDK means to one who writes to a table, with the address that was asked. */
export function dynamoDbTableError(error: unknown, address: string): SourceError {
  return serviceError(error, { service: 'DynamoDB', endpoint: 'dynamodb', address, permissions: writing });
}

/** Whether this is an error that the service calls so. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
