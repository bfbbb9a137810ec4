import { createHash } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench } from '../support/workbench.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const someText: unknown = expect.stringMatching(/./);
const someTime: unknown = expect.stringMatching(/^\d{13}$/);

const bodies: Readonly<Record<string, string>> = {
  'blanks and line ends': '  { "a" :\t1 }\r\n\n ',
  'text that is not JSON': 'plain <text> & "quotes" \\ backslashes',
  'characters of every plane': 'ä ß € 你好 👩‍👩‍👧 \u{10FFFF} \u2028\u2029',
  'the control characters that SQS takes': 'tab\tline\nreturn\r',
  'numbers that JavaScript would round': '{"id":12345678901234567890,"price":1.10}',
};

describe('the event of an SQS mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, string>();
  let sqs: TestSqs;
  let command: MillraceCommand;

  beforeAll(async () => {
    sqs = await bench.sqs();
    const stub = await bench.stub();
    stub.createQueue('aws');
    stub.send('aws', ['body'], { attributes: { AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793' } });
    await sqs.createQueue('plain');
    await sqs.createQueue('windowed');
    stub.createQueue('bodies');
    ids.set('windowed', await sqs.send('windowed', 'x'));
    ids.set('plain', await sqs.send('plain', 'a body'));
    const QueueUrl = await sqs.createQueue('attributes');
    const MessageAttributes = {
      count: { DataType: 'Number', StringValue: '6' },
      name: { DataType: 'String.custom', StringValue: 'ä' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 127, 128, 255]) },
    };
    const sent = await sqs.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'with', MessageAttributes }));
    ids.set('digest', sent.MD5OfMessageAttributes ?? '');
    ids.set('attributes', sent.MessageId ?? '');
    const fifoUrl = await sqs.createQueue('orders.fifo');
    const inGroup = await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: fifoUrl,
        MessageBody: 'first',
        MessageGroupId: 'g',
        MessageDeduplicationId: 'once',
      }),
    );
    ids.set('orders.fifo', inGroup.MessageId ?? '');
    ids.set('sequence', inGroup.SequenceNumber ?? '');
    // The embedded server refuses characters beyond U+FFFF, which SQS takes.
    for (const [what, body] of Object.entries(bodies)) ids.set(what, stub.send('bodies', [body])[0] ?? '');

    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.echo', Timeout: 30 } },
      mappings: ['aws', 'plain', 'windowed', 'attributes', 'orders.fifo', 'bodies'].map((queue) => ({
        FunctionName: 'work',
        EventSourceArn: arn(queue),
        ...(queue === 'bodies' ? { BatchSize: 1 } : {}),
        ...(queue === 'windowed' ? { MaximumBatchingWindowInSeconds: 1 } : {}),
      })),
      endpoints: { sqs: sqs.url, [arn('aws')]: stub.url, [arn('bodies')]: stub.url },
    });
    command = project.run('--until-idle=0.5');
    await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  it('has exactly the fields of AWS for a message of a standard queue', () => {
    expect(command.events('plain')).toStrictEqual([
      {
        Records: [
          {
            messageId: ids.get('plain'),
            receiptHandle: someText,
            body: 'a body',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: someTime,
              SenderId: someText,
              ApproximateFirstReceiveTimestamp: someTime,
            },
            messageAttributes: {},
            md5OfBody: md5('a body'),
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:plain',
            awsRegion: 'us-east-1',
          },
        ],
      },
    ]);
  });

  it('passes on every attribute that the queue tells', () => {
    expect(command.events('aws')[0]?.Records[0]?.attributes).toStrictEqual({
      ApproximateReceiveCount: '1',
      SentTimestamp: '1764090000123',
      SenderId: 'AIDAEXAMPLE',
      ApproximateFirstReceiveTimestamp: '1764090000456',
      AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    });
  });

  it('has sequence number, group and deduplication id for a message of a FIFO queue, and nothing else', () => {
    expect(command.events('orders.fifo')).toStrictEqual([
      {
        Records: [
          {
            messageId: ids.get('orders.fifo'),
            receiptHandle: someText,
            body: 'first',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: someTime,
              SequenceNumber: ids.get('sequence'),
              MessageGroupId: 'g',
              SenderId: someText,
              MessageDeduplicationId: 'once',
              ApproximateFirstReceiveTimestamp: someTime,
            },
            messageAttributes: {},
            md5OfBody: md5('first'),
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders.fifo',
            awsRegion: 'us-east-1',
          },
        ],
      },
    ]);
  });

  it('has message attributes with text values, empty lists and base64 for binary, and their digest', () => {
    const [record] = command.events('attributes')[0]?.Records ?? [];
    const lists = { stringListValues: [], binaryListValues: [] };

    expect(record?.messageId).toBe(ids.get('attributes'));
    expect(record?.['messageAttributes']).toStrictEqual({
      count: { stringValue: '6', ...lists, dataType: 'Number' },
      name: { stringValue: 'ä', ...lists, dataType: 'String.custom' },
      bytes: { binaryValue: 'AH+A/w==', ...lists, dataType: 'Binary' },
    });
    expect(ids.get('digest')).toMatch(/^[0-9a-f]{32}$/);
    expect(record?.['md5OfMessageAttributes']).toBe(ids.get('digest'));
  });

  it('has md5OfMessageAttributes null instead of none when a window is set', () => {
    const [windowed] = command.events('windowed')[0]?.Records ?? [];
    const [plain] = command.events('plain')[0]?.Records ?? [];

    expect(windowed?.messageId).toBe(ids.get('windowed'));
    expect(windowed).toHaveProperty('md5OfMessageAttributes', null);
    expect(plain).not.toHaveProperty('md5OfMessageAttributes');
  });

  it.each(Object.keys(bodies))('keeps %s as sent', (what) => {
    const records = command.events('bodies').flatMap(({ Records }) => Records);
    const record = records.find(({ messageId }) => messageId === ids.get(what));

    expect(record?.body).toBe(bodies[what]);
    expect(record?.['md5OfBody']).toBe(md5(bodies[what] ?? ''));
  });
});
