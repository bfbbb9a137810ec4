import type { BuiltInContext, StreamSourceDefinition } from '../../contracts/source-definition.js';
import type { DynamoDbRef } from './description.js';

/** Reads streams of DynamoDB; what is sent are items of the table. */
export const dynamodbDefinition: StreamSourceDefinition<DynamoDbRef, BuiltInContext> = {
  name: 'dynamodb',
  kind: 'stream',
  async open({ arn, table, label, region }, { reach, clock }) {
    const { DynamoDbStreamSource } = await import('./source.js');
    const streamArn = label === undefined ? undefined : arn;
    return new DynamoDbStreamSource({ ...reach('dynamodb'), table, streamArn, region, clock });
  },
  async send({ table, region }, records, { reach, clock }) {
    const { sendToDynamoDb } = await import('./send.js');
    return sendToDynamoDb(
      { ...reach('dynamodb'), table, region, clock },
      records.map(({ body }) => body),
    );
  },
};
