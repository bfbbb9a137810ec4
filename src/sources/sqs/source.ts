import type { Message, ReceiveMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type {
  QueueDepth,
  QueueFacts,
  QueueMessage,
  QueueSource,
  ReceiveRequest,
  SettleFailure,
} from '../../contracts/queue-source.js';
import { createSqsClient, loadSqsSdk, type SqsClientOptions } from './client.js';
import { sqsError } from './errors.js';
import { sqsRecord, type SqsEventOptions } from './event.js';

/** SQS's limit for one receive, and for one batch of deletes. */
const perCall = 10;
/** Delete calls of one batch at a time. */
const parallelDeletes = 8;
/** What a receive may take beyond its long poll. */
const spareMs = 10_000;

interface SqsSourceOptions extends SqsEventOptions, Omit<SqsClientOptions, 'silenceMs'> {
  readonly queue: string;
  /** Owner of the queue; given only to services that distinguish accounts by it (AWS). */
  readonly account: string | undefined;
  /** Length of a long poll. */
  readonly waitSeconds: number;
}

/** An SQS queue, standard or FIFO, on AWS or on anything that speaks its JSON protocol. */
export class SqsSource implements QueueSource {
  readonly maxReceive = perCall;
  readonly envelopeBytes = '{"Records":[]}'.length;
  readonly longestReceiveMs: number;
  readonly #options: SqsSourceOptions;
  readonly #address: string;
  readonly #silenceMs: number;
  #client: SQSClient | undefined;
  #queueUrl: string | undefined;

  constructor(options: SqsSourceOptions) {
    this.#options = options;
    this.#address = options.endpoint ?? `SQS in ${options.region}`;
    this.longestReceiveMs = options.waitSeconds * 1_000;
    this.#silenceMs = this.longestReceiveMs + spareMs;
  }

  async describe(): Promise<QueueFacts> {
    return this.#call(async (client) => {
      const { GetQueueAttributesCommand } = await loadSqsSdk();
      const QueueUrl = await this.#findQueue(client);
      const answer = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
      );
      const redrive = parseRedrive(answer.Attributes?.['RedrivePolicy']);
      const visibilityTimeoutMs = Number(answer.Attributes?.['VisibilityTimeout'] ?? 30) * 1_000;
      return redrive === undefined ? { visibilityTimeoutMs } : { visibilityTimeoutMs, redrive };
    });
  }

  async receive({ max, visibilityTimeoutMs }: ReceiveRequest): Promise<readonly QueueMessage[]> {
    return this.#call(async (client) => {
      const { ReceiveMessageCommand } = await loadSqsSdk();
      const input: ReceiveMessageCommandInput = {
        QueueUrl: this.#queueUrl ?? (await this.#findQueue(client)),
        MaxNumberOfMessages: Math.min(max, perCall),
        WaitTimeSeconds: this.#options.waitSeconds,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
        // The former name of the same list: some local servers know only this one.
        AttributeNames: ['All'],
        ...(visibilityTimeoutMs === undefined ? {} : { VisibilityTimeout: Math.ceil(visibilityTimeoutMs / 1_000) }),
      };
      const answer = await client.send(new ReceiveMessageCommand(input));
      return (answer.Messages ?? []).map((message) => this.#queueMessage(message));
    });
  }

  async settle(messages: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    const limit = pLimit(parallelDeletes);
    const failures = await Promise.all(chunks(messages).map((chunk) => limit(() => this.#delete(chunk))));
    return failures.flat();
  }

  async release(messages: readonly QueueMessage[]): Promise<void> {
    await this.#call(async (client) => {
      const { ChangeMessageVisibilityBatchCommand } = await loadSqsSdk();
      for (const chunk of chunks(messages)) {
        const Entries = chunk.map(({ handle }, index) => ({
          Id: String(index),
          ReceiptHandle: handle,
          VisibilityTimeout: 0,
        }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#queueUrl, Entries }));
      }
    });
  }

  async depth(): Promise<QueueDepth> {
    return this.#call(async (client) => {
      const { GetQueueAttributesCommand } = await loadSqsSdk();
      const command = new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrl ?? (await this.#findQueue(client)),
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      });
      const attributes = (await client.send(command)).Attributes ?? {};
      return {
        visible: Number(attributes['ApproximateNumberOfMessages'] ?? 0),
        hidden: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
        delayed: Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
      };
    });
  }

  event(messages: readonly QueueMessage[]): string {
    return `{"Records":[${messages.map((message) => message.record).join(',')}]}`;
  }

  async close(): Promise<void> {
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #findQueue(client: SQSClient): Promise<string> {
    const { GetQueueUrlCommand } = await loadSqsSdk();
    const { queue, account } = this.#options;
    const owner = account === undefined ? {} : { QueueOwnerAWSAccountId: account };
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue, ...owner }));
    this.#queueUrl = QueueUrl;
    return QueueUrl ?? '';
  }

  async #delete(chunk: readonly QueueMessage[]): Promise<readonly SettleFailure[]> {
    try {
      return await this.#call(async (client) => {
        const { DeleteMessageBatchCommand } = await loadSqsSdk();
        const Entries = chunk.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
        const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }));
        return Failed.flatMap(({ Id, Code, Message: text, SenderFault }) => {
          const message = chunk[Number(Id)];
          return message === undefined
            ? []
            : [{ message, retryable: SenderFault !== true, because: `${Code ?? 'failed'}: ${text ?? ''}` }];
        });
      });
    } catch (error) {
      const { kind, message: because } = sqsError(error, this.#address);
      return chunk.map((message) => ({ message, retryable: kind !== 'missing', because }));
    }
  }

  #queueMessage(message: Message): QueueMessage {
    const record = sqsRecord(message, this.#options);
    const text = JSON.stringify(record);
    const group = message.Attributes?.MessageGroupId;
    return {
      id: message.MessageId ?? '',
      handle: message.ReceiptHandle ?? '',
      // Fair queues are standard queues whose messages have groups: those are not ordered.
      ...(group === undefined || !this.#options.queue.endsWith('.fifo') ? {} : { group }),
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
      record: text,
      bytes: Buffer.byteLength(text),
      view: () => ({ ...record }),
    };
  }

  async #call<T>(work: (client: SQSClient) => Promise<T>): Promise<T> {
    try {
      const { endpoint, region, credentials } = this.#options;
      this.#client ??= await createSqsClient({
        endpoint,
        region,
        credentials,
        silenceMs: this.#silenceMs,
      });
      return await work(this.#client);
    } catch (error) {
      throw sqsError(error, this.#address);
    }
  }
}

/** Rubbish in a redrive policy is the server's affair: it then has no dead-letter queue that we know of. */
function parseRedrive(text: string | undefined): QueueFacts['redrive'] {
  if (text === undefined || text === '') return undefined;
  try {
    const policy = JSON.parse(text) as { readonly maxReceiveCount?: unknown; readonly deadLetterTargetArn?: unknown };
    const maxReceiveCount = Number(policy.maxReceiveCount);
    if (!Number.isInteger(maxReceiveCount) || typeof policy.deadLetterTargetArn !== 'string') return undefined;
    return {
      maxReceiveCount,
      deadLetterQueue: policy.deadLetterTargetArn.split(':').at(-1) ?? policy.deadLetterTargetArn,
    };
  } catch {
    return undefined;
  }
}

function chunks(messages: readonly QueueMessage[]): readonly (readonly QueueMessage[])[] {
  const result: (readonly QueueMessage[])[] = [];
  for (let start = 0; start < messages.length; start += perCall) result.push(messages.slice(start, start + perCall));
  return result;
}
