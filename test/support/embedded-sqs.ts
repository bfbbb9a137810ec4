import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

export interface TestSqs {
  readonly url: string;
  readonly client: SQSClient;
  createQueue(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** A queue whose messages go to the queue `<name>-dead` when they have been received so often. */
  createQueueWithDeadLetters(
    name: string,
    maxReceiveCount: number,
    attributes?: Readonly<Record<string, string>>,
  ): Promise<void>;
  deleteQueue(name: string): Promise<void>;
  send(queue: string, body: string, group?: string): Promise<string>;
  /** Ten at a time, in order. */
  sendAll(queue: string, bodies: readonly string[], group?: string): Promise<readonly string[]>;
  /** Takes everything that is visible, with all that SQS tells about it. */
  receiveAll(queue: string): Promise<readonly Message[]>;
  depth(queue: string): Promise<QueueDepth>;
  close(): Promise<void>;
}

export interface QueueDepth {
  readonly visible: number;
  readonly hidden: number;
}

export const empty: QueueDepth = { visible: 0, hidden: 0 };

/** An SQS server in this process, on loopback. */
export async function startTestSqs(port = 0): Promise<TestSqs> {
  const app = buildApp({ logger: false });
  const url = await app.listen({ port, host: '127.0.0.1' });
  const client = new SQSClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const urls = new Map<string, string>();
  let sent = 0;
  const createQueue: TestSqs['createQueue'] = async (name, attributes = {}) => {
    const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    const { QueueUrl = '' } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes, ...fifo } }),
    );
    urls.set(name, QueueUrl);
    return QueueUrl;
  };
  return {
    url,
    client,
    createQueue,
    createQueueWithDeadLetters: async (name, maxReceiveCount, attributes = {}) => {
      const dead = name.endsWith('.fifo') ? `${name.slice(0, -'.fifo'.length)}-dead.fifo` : `${name}-dead`;
      await createQueue(dead);
      const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${dead}`;
      await createQueue(name, {
        ...attributes,
        RedrivePolicy: JSON.stringify({ maxReceiveCount, deadLetterTargetArn }),
      });
    },
    deleteQueue: async (name) => {
      await client.send(new DeleteQueueCommand({ QueueUrl: urls.get(name) }));
    },
    send: async (queue, body, group) => {
      const ordered = group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `d${++sent}` };
      const { MessageId = '' } = await client.send(
        new SendMessageCommand({ QueueUrl: urls.get(queue), MessageBody: body, ...ordered }),
      );
      return MessageId;
    },
    sendAll: async (queue, bodies, group) => {
      const ids: string[] = [];
      for (let start = 0; start < bodies.length; start += 10) {
        const Entries = bodies.slice(start, start + 10).map((MessageBody, index) => ({
          Id: String(index),
          MessageBody,
          ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `d${++sent}` }),
        }));
        const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: urls.get(queue), Entries }));
        const { Successful = [] } = answer;
        ids.push(...Successful.toSorted((a, b) => Number(a.Id) - Number(b.Id)).map(({ MessageId = '' }) => MessageId));
      }
      return ids;
    },
    receiveAll: async (queue) => {
      const received: Message[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: urls.get(queue),
            MaxNumberOfMessages: 10,
            MessageSystemAttributeNames: ['All'],
            MessageAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) return received;
        received.push(...Messages);
      }
    },
    depth: async (queue) => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: urls.get(queue), AttributeNames: ['All'] }),
      );
      return {
        visible: Number(Attributes['ApproximateNumberOfMessages']),
        hidden: Number(Attributes['ApproximateNumberOfMessagesNotVisible']),
      };
    },
    close: async () => {
      client.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
