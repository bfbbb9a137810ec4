import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDestination } from '../../src/destinations/registry.js';
import type { DestinationReach } from '../../src/destinations/reach.js';
import { destinationRef, reachOf } from './embedded-aws.js';
import { failureReport } from './failure-report.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

interface Call {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers like SQS, with a digest that is wrong, and writes down what it was asked. */
class QueueServer {
  readonly calls: Call[] = [];
  isGone = false;
  url = '';
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    opened.push({
      close: () =>
        new Promise((resolve) => {
          this.#server.close(() => resolve());
          this.#server.closeAllConnections();
        }),
    });
    return this;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    this.calls.push({ action, input: JSON.parse(Buffer.concat(chunks).toString()) as Call['input'] });
    const { status, body } = this.#outcome(action);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  }

  #outcome(action: string): { readonly status: number; readonly body: object } {
    if (action === 'GetQueueUrl') return { status: 200, body: { QueueUrl: `${this.url}/1/${this.calls.length}` } };
    if (!this.isGone) return { status: 200, body: { MessageId: 'm-1', MD5OfMessageBody: '0'.repeat(32) } };
    return { status: 400, body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'gone' } };
  }
}

function open(server: QueueServer, more: Partial<DestinationReach> = {}) {
  const destination = createDestination(destinationRef('sqs', 'failures'), { ...reachOf(server.url), ...more });
  opened.push(destination);
  return destination;
}

describe('a queue as a destination', () => {
  it('is looked up once, and gets the document and nothing else', async () => {
    const server = await new QueueServer().start();
    const destination = open(server);
    const report = failureReport();
    await destination.deliver(report);
    await destination.deliver(report);

    const QueueUrl = `${server.url}/1/1`;
    const MessageBody = JSON.stringify(report.document);
    expect(server.calls).toEqual([
      { action: 'GetQueueUrl', input: { QueueName: 'failures' } },
      { action: 'SendMessage', input: { QueueUrl, MessageBody } },
      { action: 'SendMessage', input: { QueueUrl, MessageBody } },
    ]);
  });

  it('that is gone is looked up again by the next call', async () => {
    const server = await new QueueServer().start();
    const destination = open(server);
    await destination.deliver(failureReport());
    server.isGone = true;
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({ kind: 'missing' });
    server.isGone = false;
    await destination.deliver(failureReport());
    expect(server.calls.map(({ action }) => action)).toEqual([
      'GetQueueUrl',
      'SendMessage',
      'SendMessage',
      'GetQueueUrl',
      'SendMessage',
    ]);
    expect(server.calls.at(-1)?.input['QueueUrl']).toBe(`${server.url}/1/4`);
  });

  it('is looked up in the account of its ARN where accounts are told apart', async () => {
    const server = await new QueueServer().start();
    await open(server, { account: '111111111111' }).deliver(failureReport());
    expect(server.calls[0]?.input).toEqual({ QueueName: 'failures', QueueOwnerAWSAccountId: '111111111111' });
  });
});
