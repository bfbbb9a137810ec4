import type { BuiltInContext, StreamSourceDefinition } from '../../contracts/source-definition.js';
import type { KinesisRef } from './description.js';

/** The stream that an ARN of Kinesis names, by itself or by one of its consumers. */
function streamArnOf(arn: string): string {
  return arn.replace(/\/consumer\/.*$/s, '');
}

/** Reads streams of Kinesis. */
export const kinesisDefinition: StreamSourceDefinition<KinesisRef, BuiltInContext> = {
  name: 'kinesis',
  kind: 'stream',
  async open({ arn, stream, consumer, region }, { reach, roleArn, clock }) {
    const { KinesisSource } = await import('./source.js');
    return new KinesisSource({
      ...reach('kinesis'),
      stream,
      streamArn: streamArnOf(arn),
      ...(consumer !== undefined && { consumerArn: arn }),
      region,
      roleArn,
      clock,
    });
  },
  async send({ arn, stream, region }, records, { reach, clock, random }) {
    const { sendToKinesis } = await import('./send.js');
    return sendToKinesis({ ...reach('kinesis'), stream, streamArn: streamArnOf(arn), region, clock, random }, records);
  },
};
