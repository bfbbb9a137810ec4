import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

export interface TestSqs {
  readonly url: string;
  readonly client: SQSClient;
  createQueue(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  send(queue: string, body: string, group?: string): Promise<string>;
  close(): Promise<void>;
}

/** An SQS server in this process, on loopback. */
export async function startTestSqs(): Promise<TestSqs> {
  const app = buildApp({ logger: false });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const client = new SQSClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const urls = new Map<string, string>();
  let sent = 0;
  return {
    url,
    client,
    createQueue: async (name, attributes = {}) => {
      const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      const { QueueUrl = '' } = await client.send(
        new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes, ...fifo } }),
      );
      urls.set(name, QueueUrl);
      return QueueUrl;
    },
    send: async (queue, body, group) => {
      const ordered = group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `d${++sent}` };
      const { MessageId = '' } = await client.send(
        new SendMessageCommand({ QueueUrl: urls.get(queue), MessageBody: body, ...ordered }),
      );
      return MessageId;
    },
    close: async () => {
      client.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
