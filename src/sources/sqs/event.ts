import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

export interface SqsEventOptions {
  readonly queueArn: string;
  readonly region: string;
  /** Without message attributes, `md5OfMessageAttributes` is `null` when a batching window is set, and absent when not. */
  readonly windowed: boolean;
}

/** A message attribute as a handler gets it. */
interface SqsEventAttribute {
  readonly stringValue?: string;
  readonly binaryValue?: string;
  readonly stringListValues: readonly string[];
  readonly binaryListValues: readonly string[];
  readonly dataType: string | undefined;
}

/** A record of the SQS event (docs/semantics.md, "SQS event"). */
interface SqsRecord {
  readonly messageId: string | undefined;
  readonly receiptHandle: string | undefined;
  readonly body: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, SqsEventAttribute>>;
  readonly md5OfMessageAttributes?: string | null;
  readonly md5OfBody: string | undefined;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function sqsRecord(message: Message, { queueArn, region, windowed }: SqsEventOptions): SqsRecord {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: eventAttributes(message.MessageAttributes ?? {}),
    ...attributesDigest(message, windowed),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function attributesDigest(message: Message, windowed: boolean): { readonly md5OfMessageAttributes?: string | null } {
  if (message.MD5OfMessageAttributes !== undefined) return { md5OfMessageAttributes: message.MD5OfMessageAttributes };
  return windowed ? { md5OfMessageAttributes: null } : {};
}

function eventAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): Record<string, SqsEventAttribute> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, eventAttribute(value)]));
}

function eventAttribute({ StringValue, BinaryValue, DataType }: MessageAttributeValue): SqsEventAttribute {
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
