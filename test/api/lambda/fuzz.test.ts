import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collection, queueArn, startLambdaWorld, streamArn, type LambdaWorld } from '../../support/lambda-world.js';

let world: LambdaWorld;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
beforeAll(async () => {
  world = await startLambdaWorld();
  await world.sqs.createQueue('orders');
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(async () => {
  agent.destroy();
  await world.close();
});

const uuid = '11111111-2222-4333-8444-555555555555';
const mappingArn = `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${uuid}`;

const paths = fc.oneof(
  fc.constantFrom(
    collection,
    `${collection}/`,
    `${collection}/${uuid}`,
    `${collection}?MaxItems=5&Marker=x`,
    `${collection}?FunctionName=%ff`,
    `/2017-03-31/tags/${encodeURIComponent(mappingArn)}`,
    `/2017-03-31/tags/${mappingArn}?tagKeys=a&tagKeys=%00`,
    '/2015-03-31/functions',
    '/2015-03-31/functions/worker',
    '/2015-03-31/functions/worker/invocations',
    '/2015-03-31/functions/worker%3A1/configuration',
    '/2015-03-31/functions/%',
  ),
  fc.webPath(),
  fc
    .string({ unit: 'binary', maxLength: 60 })
    .map((text) => `/2015-03-31/${encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, ''))}`),
);

const nearly = fc
  .record(
    {
      FunctionName: fc.oneof(fc.constantFrom('worker', 'nobody', 'worker:9', ''), fc.jsonValue()),
      EventSourceArn: fc.oneof(
        fc.constantFrom(queueArn('nothing'), streamArn('nothing'), 'arn:aws:sqs'),
        fc.jsonValue(),
      ),
      BatchSize: fc.oneof(fc.integer(), fc.constantFrom(1e308, -0, 1.5, '5'), fc.jsonValue()),
      StartingPosition: fc.jsonValue(),
      FilterCriteria: fc.oneof(fc.record({ Filters: fc.array(fc.record({ Pattern: fc.string() })) }), fc.jsonValue()),
      DestinationConfig: fc.jsonValue(),
      SourceAccessConfigurations: fc.jsonValue(),
      ScalingConfig: fc.jsonValue(),
      Tags: fc.jsonValue(),
      Topics: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body));

const broken = fc.tuple(nearly, fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, more]) => {
  const cut = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, cut) + more + text.slice(cut + 1);
});

const bodies = fc.oneof(
  { weight: 4, arbitrary: nearly },
  { weight: 3, arbitrary: broken },
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '[[[[[[', '{"BatchSize":1e400}', '{"a":'.repeat(5_000), '[', `{"__proto__":{"x":1}}`),
);

const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
  path: paths,
  body: bodies,
  headers: fc.dictionary(
    fc.constantFrom('content-type', 'authorization', 'x-amz-invocation-type', 'x-amz-log-type', 'x-amz-client-context'),
    fc.stringMatching(/^[ -~]{0,40}$/),
  ),
});

type Request = typeof requests extends fc.Arbitrary<infer T> ? T : never;

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly error: string | undefined;
  readonly text: string;
}

function send({ method, path, body, headers }: Request): Promise<Answer> {
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const call = request(`${world.api.url}${path}`, {
      method,
      agent,
      headers: { ...headers, 'content-length': bytes.length },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'],
          error: response.headers['x-amzn-errortype']?.toString(),
          text: Buffer.concat(parts).toString(),
        }),
      );
    });
    call.end(bytes);
  });
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function usedAfterCollection(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('10,000 malformed requests', () => {
  it('are all answered, with errors of AWS, and leave nothing behind', async () => {
    let sent = 0;
    const check = fc.asyncProperty(requests, async (given) => {
      const answer = await send(given);
      sent++;
      expect(answer.status).toBeLessThan(500);
      if (answer.status < 400) return;
      expect(answer.type).toContain('application/json');
      expect(answer.error).toMatch(/^\w+Exception$/);
      expect(JSON.parse(given.method === 'HEAD' ? '{}' : answer.text)).toBeTypeOf('object');
    });
    await fc.assert(check, { numRuns: 2_000, endOnFailure: true });
    const before = usedAfterCollection();
    await fc.assert(check, { numRuns: 8_000, endOnFailure: true });
    const grown = usedAfterCollection() - before;

    expect(sent).toBe(10_000);
    expect(grown).toBeLessThan(16 * 1_024 * 1_024);
    expect(await world.api.call('GET', '/health')).toMatchObject({ status: 200 });
    const uuidOfNext = await world.create({ FunctionName: 'worker', EventSourceArn: queueArn('orders') });
    expect(await world.api.call('GET', `${collection}/${uuidOfNext}`)).toMatchObject({ status: 200 });
  }, 300_000);

  it('and connections that break off in the middle of one do no harm', async () => {
    const port = Number(new URL(world.api.url).port);
    const texts = [
      'POST /2015-03-31/event-source-mappings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"Func',
      'POST /2015-03-31/event-source-mappings HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
      'GET /2015-03-31/event-source-mappings HTTP/1.1\r\nHost: local',
      '\u0016\u0003\u0001\u0002\u0000',
    ];
    for (let round = 0; round < 50; round++) {
      await Promise.all(texts.map((text) => breakOff(port, text)));
    }
    expect(await world.api.call('GET', collection)).toMatchObject({ status: 200 });
  }, 60_000);
});

function breakOff(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      setImmediate(() => socket.destroy());
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
}
