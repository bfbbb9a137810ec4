import { describe, expect, it } from 'vitest';
import type { Message } from '@aws-sdk/client-sqs';
import { sqsRecord } from '../../src/sources/sqs/event.js';

const options = { queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders', region: 'eu-west-1', windowed: false };
const message: Message = {
  MessageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
  ReceiptHandle: 'AQEBwJ',
  Body: '{ "kept":  "as sent" }',
  MD5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  Attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1764090000123',
    SenderId: 'AIDAEXAMPLE',
    ApproximateFirstReceiveTimestamp: '1764090000456',
  },
};

describe('a record of the SQS event', () => {
  it('has exactly the fields of AWS for a message without attributes', () => {
    expect(JSON.parse(JSON.stringify(sqsRecord(message, options)))).toEqual({
      messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
      receiptHandle: 'AQEBwJ',
      body: '{ "kept":  "as sent" }',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1764090000123',
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: '1764090000456',
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:orders',
      awsRegion: 'eu-west-1',
    });
  });

  it('has md5OfMessageAttributes null instead of none when a batching window is set', () => {
    expect(sqsRecord(message, { ...options, windowed: true })).toHaveProperty('md5OfMessageAttributes', null);
    expect(sqsRecord(message, options)).not.toHaveProperty('md5OfMessageAttributes');
  });

  it('gives attributes as text with empty lists, and binary ones in base64', () => {
    const record = sqsRecord(
      {
        ...message,
        MD5OfMessageAttributes: 'abc',
        MessageAttributes: {
          n: { DataType: 'Number', StringValue: '6' },
          b: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
        },
      },
      { ...options, windowed: true },
    );
    expect(record.md5OfMessageAttributes).toBe('abc');
    expect(record.messageAttributes).toEqual({
      n: { stringValue: '6', stringListValues: [], binaryListValues: [], dataType: 'Number' },
      b: { binaryValue: 'AP8=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
    });
  });

  it('passes on the attributes of FIFO queues and whatever else the queue tells', () => {
    const Attributes = {
      ...message.Attributes,
      SequenceNumber: '18',
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      AWSTraceHeader: 'Root=1',
    };
    expect(sqsRecord({ ...message, Attributes }, options).attributes).toEqual(Attributes);
  });
});
