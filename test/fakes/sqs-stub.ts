import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StubMessage {
  readonly MessageId: string;
  readonly Body: string;
  readonly group: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Fields that the answer to a receive has beside the usual ones: `MessageAttributes` and their digest. */
  readonly more: Input;
  readonly sequence: number;
  receives: number;
  visibleAt: number;
  handle: string;
}

interface StubQueue {
  readonly messages: StubMessage[];
  readonly attributes: Record<string, string>;
  readonly deadLetters: StubMessage[];
}

/** An error as SQS answers it. */
export class StubError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

type Input = Readonly<Record<string, unknown>>;

/**
 * An SQS server for what the embedded one cannot produce: several messages of one FIFO group in a receive, errors on
 * demand, attributes it does not know. Speaks the SDK's JSON protocol.
 */
export class SqsStub {
  readonly requests: { readonly action: string; readonly input: Input }[] = [];
  /** Errors that the next calls of an action get, first come first served. */
  readonly errors = new Map<string, StubError[]>();
  /** Answers every request with this text instead of SQS's JSON. */
  rubbish: string | undefined;
  /** Message ids whose next delete is refused, and whether that is the sender's fault. */
  readonly refuseDelete = new Map<string, boolean>();
  readonly #queues = new Map<string, StubQueue>();
  readonly #server: Server;
  #sequence = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SqsStub> {
    const server = createServer((request, response) => void stub.#answer(request, response));
    const stub = new SqsStub(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  createQueue(name: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#queues.set(name, { messages: [], deadLetters: [], attributes: { VisibilityTimeout: '30', ...attributes } });
  }

  deleteQueue(name: string): void {
    this.#queues.delete(name);
  }

  /** Changes attributes of a queue, as SetQueueAttributes does. */
  setAttributes(name: string, attributes: Readonly<Record<string, string>>): void {
    Object.assign(this.#find(name).attributes, attributes);
  }

  send(
    queue: string,
    bodies: readonly string[],
    options: { group?: string; attributes?: Readonly<Record<string, string>>; more?: Input } = {},
  ): readonly string[] {
    return bodies.map((Body) => {
      const MessageId = randomUUID();
      const sequence = ++this.#sequence;
      this.#queues.get(queue)?.messages.push({
        MessageId,
        Body,
        group: options.group,
        attributes: options.attributes ?? {},
        more: options.more ?? {},
        sequence,
        receives: 0,
        visibleAt: 0,
        handle: '',
      });
      return MessageId;
    });
  }

  left(queue: string): readonly string[] {
    return (this.#queues.get(queue)?.messages ?? []).map((message) => message.Body);
  }

  deadLetters(queue: string): readonly string[] {
    return (this.#queues.get(queue)?.deadLetters ?? []).map((message) => message.Body);
  }

  /** The next `times` calls of an action fail. */
  fail(action: string, error: StubError, times = 1): void {
    this.errors.set(action, [...(this.errors.get(action) ?? []), ...Array.from({ length: times }, () => error)]);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.rubbish !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(this.rubbish);
      return;
    }
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Input;
    this.requests.push({ action, input });
    const error = this.errors.get(action)?.shift();
    try {
      if (error !== undefined) throw error;
      const output = await this.#act(action, input);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(output));
    } catch (thrown) {
      const { status, type, message } =
        thrown instanceof StubError ? thrown : new StubError(500, 'InternalError', String(thrown));
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message }));
    }
  }

  async #act(action: string, input: Input): Promise<unknown> {
    if (action === 'GetQueueUrl') {
      const name = String(input['QueueName']);
      this.#find(name);
      return { QueueUrl: `${this.url}/000000000000/${name}` };
    }
    const queue = this.#find(String(input['QueueUrl']).split('/').at(-1) ?? '');
    switch (action) {
      case 'GetQueueAttributes':
        return { Attributes: { ...queue.attributes, ...depth(queue) } };
      case 'SendMessage':
        return this.#send(queue, input);
      case 'ReceiveMessage':
        return { Messages: await this.#receive(queue, input) };
      case 'DeleteMessageBatch':
        return this.#delete(queue, input['Entries'] as readonly { Id: string; ReceiptHandle: string }[]);
      case 'ChangeMessageVisibilityBatch':
        for (const { ReceiptHandle, VisibilityTimeout } of input['Entries'] as readonly {
          ReceiptHandle: string;
          VisibilityTimeout: number;
        }[]) {
          for (const message of queue.messages)
            if (message.handle === ReceiptHandle) message.visibleAt = Date.now() + VisibilityTimeout * 1_000;
        }
        return { Successful: [], Failed: [] };
      default:
        throw new StubError(400, 'InvalidAction', action);
    }
  }

  #find(name: string): StubQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new StubError(400, 'QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  #send(queue: StubQueue, input: Input): unknown {
    const group = input['MessageGroupId'];
    const [MessageId] = this.send(
      [...this.#queues].find(([, each]) => each === queue)?.[0] ?? '',
      [String(input['MessageBody'])],
      typeof group === 'string' ? { group } : {},
    );
    return { MessageId, MD5OfMessageBody: md5(String(input['MessageBody'])) };
  }

  async #receive(queue: StubQueue, input: Input): Promise<readonly unknown[]> {
    const deadline = Date.now() + Number(input['WaitTimeSeconds'] ?? 0) * 1_000;
    for (;;) {
      const taken = this.#take(queue, Number(input['MaxNumberOfMessages'] ?? 1), input['VisibilityTimeout']);
      if (taken.length > 0 || Date.now() >= deadline) return taken;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #take(queue: StubQueue, max: number, visibility: unknown): readonly unknown[] {
    const now = Date.now();
    const redrive = JSON.parse(queue.attributes['RedrivePolicy'] ?? '{}') as { maxReceiveCount?: number };
    for (const message of queue.messages.slice()) {
      if (message.visibleAt > now || message.receives < (redrive.maxReceiveCount ?? Number.POSITIVE_INFINITY)) continue;
      queue.messages.splice(queue.messages.indexOf(message), 1);
      queue.deadLetters.push(message);
    }
    const blocked = new Set(
      queue.messages.filter((message) => message.visibleAt > now).map((message) => message.group),
    );
    const free = queue.messages.filter(
      (message) => message.visibleAt <= now && (message.group === undefined || !blocked.has(message.group)),
    );
    return free.slice(0, max).map((message) => {
      message.receives++;
      message.visibleAt = now + Number(visibility ?? queue.attributes['VisibilityTimeout']) * 1_000;
      message.handle = randomUUID();
      return {
        MessageId: message.MessageId,
        ReceiptHandle: message.handle,
        Body: message.Body,
        MD5OfBody: md5(message.Body),
        Attributes: {
          ApproximateReceiveCount: String(message.receives),
          SentTimestamp: '1764090000123',
          SenderId: 'AIDAEXAMPLE',
          ApproximateFirstReceiveTimestamp: '1764090000456',
          ...(message.group === undefined
            ? {}
            : {
                MessageGroupId: message.group,
                MessageDeduplicationId: `d${message.sequence}`,
                SequenceNumber: String(message.sequence),
              }),
          ...message.attributes,
        },
        ...message.more,
      };
    });
  }

  #delete(queue: StubQueue, entries: readonly { Id: string; ReceiptHandle: string }[]): unknown {
    const Successful: unknown[] = [];
    const Failed: unknown[] = [];
    for (const { Id, ReceiptHandle } of entries) {
      const message = queue.messages.find((each) => each.handle === ReceiptHandle);
      const SenderFault = message === undefined ? undefined : this.refuseDelete.get(message.MessageId);
      if (message !== undefined && SenderFault !== undefined) {
        this.refuseDelete.delete(message.MessageId);
        Failed.push({
          Id,
          SenderFault,
          Code: SenderFault ? 'ReceiptHandleIsInvalid' : 'InternalError',
          Message: 'refused',
        });
      } else {
        if (message !== undefined) queue.messages.splice(queue.messages.indexOf(message), 1);
        Successful.push({ Id });
      }
    }
    return { Successful, Failed };
  }
}

function depth(queue: StubQueue): Record<string, string> {
  const hidden = queue.messages.filter((message) => message.visibleAt > Date.now()).length;
  return {
    ApproximateNumberOfMessages: String(queue.messages.length - hidden),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: '0',
  };
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
