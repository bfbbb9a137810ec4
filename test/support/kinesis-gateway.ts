import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';

/** A connection. */
interface Session {
  destroy(): void;
  readonly writableLength?: number;
}

type Json = Readonly<Record<string, unknown>>;

/** What the gateway does with a call. */
export type Answer =
  | { readonly json: Json; readonly status?: number; readonly date?: string }
  /** Events of a subscription, which stays open afterwards unless it ends. */
  | { readonly events: readonly Json[]; readonly ends?: boolean }
  /** To the real server, with this input; its answer may be changed. */
  | { readonly forward: Json; readonly change?: (answer: Json) => Json };

export interface GatewayCall {
  readonly operation: string;
  readonly input: Json;
}

/** An error as Kinesis answers it. */
export function kinesisFailure(name: string, message = 'because', status = 400): Answer {
  return { status, json: { __type: name, message } };
}

/** A record of the real server, as `GetRecords` answers it. */
interface ServedRecord {
  readonly Data: string;
  readonly ApproximateArrivalTimestamp: number;
}

/** Records that have arrived at other times: `arrival` tells, in milliseconds; undefined: when they really did. */
export function arrivedAt(arrival: (data: string) => number | undefined): (input: Json) => Answer {
  const moved = (record: ServedRecord): ServedRecord => {
    const at = arrival(Buffer.from(record.Data, 'base64').toString('utf8'));
    return at === undefined ? record : { ...record, ApproximateArrivalTimestamp: at / 1_000 };
  };
  return (forward) => ({
    forward,
    change: (answer) => ({ ...answer, Records: ((answer['Records'] ?? []) as readonly ServedRecord[]).map(moved) }),
  });
}

/** Stands before a Kinesis server, or instead of one: a test says how calls are answered, and sees all of them. */
export class KinesisGateway {
  readonly calls: GatewayCall[] = [];
  readonly #server: http.Server | http2.Http2Server;
  readonly #upstream: string | undefined;
  readonly #next = new Map<string, Answer[]>();
  readonly #always = new Map<string, (input: Json) => Answer>();
  readonly #sessions = new Set<Session>();
  readonly #subscriptions = new Set<http.ServerResponse>();

  private constructor(upstream: string | undefined, overHttp2: boolean) {
    this.#upstream = upstream;
    const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      void this.#serve(request, response);
    };
    this.#server = overHttp2
      ? http2.createServer(listener as unknown as Parameters<typeof http2.createServer>[0])
      : http.createServer(listener);
    this.#server.on(overHttp2 ? 'session' : 'connection', (session: { destroy(): void }) =>
      this.#sessions.add(session),
    );
  }

  /** `http2`: without TLS. */
  static async start(options: { readonly before?: string; readonly http2?: boolean } = {}): Promise<KinesisGateway> {
    const gateway = new KinesisGateway(options.before, options.http2 === true);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers the next calls of an operation, one after the other. */
  next(operation: string, ...answers: readonly Answer[]): void {
    this.#next.set(operation, [...(this.#next.get(operation) ?? []), ...answers]);
  }

  /** Answers every call of an operation. */
  always(operation: string, answer: (input: Json) => Answer): void {
    this.#always.set(operation, answer);
  }

  /** Sends an event to whoever has subscribed. */
  push(event: Json): void {
    for (const response of this.#subscriptions) response.write(eventMessage('SubscribeToShardEvent', event));
  }

  /** Bytes that clients have not taken yet. HTTP/1 only. */
  get unsentBytes(): number {
    return [...this.#sessions].reduce((sum, { writableLength = 0 }) => sum + writableLength, 0);
  }

  /** What the calls of an operation asked for. */
  inputs(operation: string): readonly Json[] {
    return this.calls.filter((call) => call.operation === operation).map(({ input }) => input);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse(await text(request)) as Json;
    this.calls.push({ operation, input });
    const answer = this.#next.get(operation)?.shift() ?? this.#always.get(operation)?.(input) ?? { forward: input };
    if ('json' in answer) {
      const date = answer.date === undefined ? {} : { date: answer.date };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.1', ...date });
      response.end(JSON.stringify(answer.json));
    } else if ('events' in answer) {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(eventMessage('initial-response', {}));
      for (const event of answer.events) response.write(eventMessage('SubscribeToShardEvent', event));
      if (answer.ends === true) response.end();
      else this.#subscriptions.add(response);
    } else {
      this.#forward(request, answer, response);
    }
  }

  #forward(
    request: http.IncomingMessage,
    { forward, change }: Extract<Answer, { readonly forward: Json }>,
    response: http.ServerResponse,
  ): void {
    if (this.#upstream === undefined) {
      response.writeHead(500).end('{"__type":"NotScripted"}');
      return;
    }
    const body = JSON.stringify(forward);
    const headers = { ...request.headers, 'content-length': Buffer.byteLength(body) };
    const call = http.request(this.#upstream, { method: 'POST', headers }, (answer) => {
      answer.on('error', () => response.destroy());
      if (change !== undefined && answer.statusCode === 200) void this.#changed(answer, change, response);
      else {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }
    });
    call.on('error', () => response.destroy());
    response.on('close', () => call.destroy());
    call.end(body);
  }

  async #changed(
    answer: http.IncomingMessage,
    change: (answer: Json) => Json,
    response: http.ServerResponse,
  ): Promise<void> {
    const json = change(JSON.parse(await text(answer)) as Json);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(json));
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html (the framing of event streams) */
function eventMessage(type: string, content: Json): Buffer {
  const headers = Buffer.concat(
    Object.entries({
      ':message-type': 'event',
      ':event-type': type,
      ':content-type': 'application/x-amz-json-1.1',
    }).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(7), length, Buffer.from(value)]);
    }),
  );
  const payload = Buffer.from(JSON.stringify(content));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + payload.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headers, payload]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(message));
  return Buffer.concat([message, check]);
}
