import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue, SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import { createSqsClient, loadSqsSdk, type SqsClientOptions } from './client.js';
import { sqsError } from './errors.js';

/** A message to be sent. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly delaySeconds?: number;
  /** Required by FIFO queues. */
  readonly group?: string;
  /** FIFO queues only; default: a new one, so that the same body can be sent twice. */
  readonly deduplicationId?: string;
}

interface SqsTarget extends Omit<SqsClientOptions, 'silenceMs'> {
  readonly queue: string;
  readonly account: string | undefined;
}

const perCall = 10;
const silenceMs = 20_000;

/** Puts messages into a queue, in order, and resolves with their ids. Rejects with a `SourceError`. */
export async function sendToSqs(target: SqsTarget, messages: readonly OutgoingMessage[]): Promise<readonly string[]> {
  const client = await createSqsClient({ ...target, silenceMs });
  try {
    return await send(client, target, messages);
  } catch (error) {
    throw sqsError(error, target.endpoint ?? `SQS in ${target.region}`);
  } finally {
    client.destroy();
  }
}

async function send(
  client: SQSClient,
  { queue, account }: SqsTarget,
  messages: readonly OutgoingMessage[],
): Promise<readonly string[]> {
  const { GetQueueUrlCommand, SendMessageBatchCommand } = await loadSqsSdk();
  const owner = account === undefined ? {} : { QueueOwnerAWSAccountId: account };
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue, ...owner }));
  const ids: string[] = [];
  for (let start = 0; start < messages.length; start += perCall) {
    const Entries = messages.slice(start, start + perCall).map(entry);
    const { Successful = [], Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    ids.push(...Successful.toSorted((a, b) => Number(a.Id) - Number(b.Id)).map(({ MessageId = '' }) => MessageId));
    const [failure] = Failed;
    if (failure !== undefined) throw new Error(`${failure.Code}: ${failure.Message ?? 'the message was refused'}`);
  }
  return ids;
}

function entry(message: OutgoingMessage, index: number): SendMessageBatchRequestEntry {
  const { body, attributes = {}, delaySeconds, group, deduplicationId } = message;
  const MessageAttributes: Record<string, MessageAttributeValue> = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  return {
    Id: String(index),
    MessageBody: body,
    ...(Object.keys(MessageAttributes).length === 0 ? {} : { MessageAttributes }),
    ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
    ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: deduplicationId ?? randomUUID() }),
  };
}
