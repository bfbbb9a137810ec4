import { describe, expect, it } from 'vitest';
import type { HandlerContext } from '../../../src/functions/definition.js';
import type { JournalEvent } from '../../../src/journal/events.js';
import { settled, VirtualClock } from '../../fakes/virtual-clock.js';
import { signal } from '../../functions/world.js';
import { arnOf, errorAnswer, functionsWorld, inline } from './functions-world.js';

const echo = inline((event: unknown) => event);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** An answer to an invocation, which has its id. */
const invoked = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  body,
  headers: { 'x-amzn-requestid': 'id-1', ...headers },
});
const succeeded = (body: string, headers: Record<string, string> = {}) =>
  invoked(200, body, { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST', ...headers });

/** The log that comes with an answer. */
const logOf = ({ headers }: { readonly headers: Readonly<Record<string, string>> }): string =>
  Buffer.from(headers['x-amz-log-result'] ?? '', 'base64').toString();
const context = (value: string) => ({ headers: { 'X-Amz-Client-Context': base64(value) } });
const refused = (message: string) =>
  errorAnswer(400, 'InvalidRequestContentException', {
    Type: 'User',
    message: `Could not parse request body into json: Could not parse payload into json: ${message}`,
  });
const tooLarge = (bytes: number) =>
  errorAnswer(413, 'RequestTooLargeException', {
    Type: 'User',
    message: `Request must be smaller than ${bytes} bytes for the InvokeFunction operation`,
  });
/** A payload of so many bytes, not all of which are one character. */
const payload = (bytes: number) => `"${'ü'.repeat((bytes - 2) / 2)}"`;
const entry = (fields: object): JournalEvent => ({
  type: 'direct-invocation',
  function: 'orders',
  invocation: 'id-1',
  invocationType: 'RequestResponse',
  outcome: 'succeeded',
  ...fields,
});

describe('an invocation that is waited for', () => {
  it('gives what the handler returned, as it is', async () => {
    const { invoke } = functionsWorld([inline(() => ({ zahl: 1.5, text: 'ü 😀', nothing: null }))]);
    expect(await invoke('orders', { body: '{}' })).toEqual(succeeded('{"zahl":1.5,"text":"ü 😀","nothing":null}'));
  });

  it('gives the bytes that a handler in a process of its own returned', async () => {
    const { invoke } = functionsWorld([{ handler: 'answers.echo' }]);
    expect(await invoke('orders', { body: '{ "a" : [1, "ü"] }' })).toEqual(succeeded('{"a":[1,"ü"]}'));
  });

  it.each([
    ['no type', {}],
    ['its type', { 'X-Amz-Invocation-Type': 'RequestResponse' }],
    ['no log', { 'X-Amz-Log-Type': 'None' }],
  ])('may be asked for with %s', async (_, headers) => {
    expect(await functionsWorld([echo]).invoke('orders', { headers, body: '[1]' })).toEqual(succeeded('[1]'));
  });

  it.each([
    ['nothing', undefined, '{}'],
    ['an empty payload', '', '{}'],
    ['null', 'null', 'null'],
    ['a text', '"ü"', '"ü"'],
    ['a number', ' 1 ', '1'],
  ])('hands over %s', async (_, body, event) => {
    const { invoke } = functionsWorld([echo]);
    expect(await invoke('orders', body === undefined ? {} : { body })).toEqual(succeeded(event));
  });

  it('gives null for a handler that returns nothing', async () => {
    expect(await functionsWorld([inline(() => {})]).invoke('orders')).toEqual(succeeded('null'));
  });

  it.each([
    ['orders', arnOf('orders'), '$LATEST', '"latest"'],
    ['orders:$LATEST', arnOf('orders'), '$LATEST', '"latest"'],
    ['orders:live', arnOf('orders:live'), '$LATEST', '"live"'],
    ['orders:7', arnOf('orders:7'), '7', '"seven"'],
    [encodeURIComponent(arnOf('orders:7')), arnOf('orders:7'), '7', '"seven"'],
  ])('of %s runs the code of that version', async (named, arn, version, body) => {
    const arns: string[] = [];
    const answering = (answer: string) => ({
      kind: 'inline' as const,
      handler: (_: unknown, { invokedFunctionArn }: HandlerContext) => {
        arns.push(invokedFunctionArn);
        return answer;
      },
    });
    const qualified = new Map([
      ['live', answering('live')],
      ['7', answering('seven')],
    ]);
    const { invoke } = functionsWorld([{ code: answering('latest'), qualified }]);
    expect(await invoke(named)).toEqual(succeeded(body, { 'x-amz-executed-version': version }));
    expect(arns).toEqual([arn]);
  });

  it('has the id of its request', async () => {
    const { invoke } = functionsWorld([inline((_, { awsRequestId }) => awsRequestId)]);
    expect(await invoke('orders')).toEqual(succeeded('"id-1"'));
  });

  it('gives the error of a handler that failed, with status 200', async () => {
    const { invoke } = functionsWorld([
      inline(() => {
        throw Object.assign(new TypeError('boom'), { stack: 'TypeError: boom\n    at handler (orders.ts:1:1)' });
      }),
    ]);
    const error = {
      errorType: 'TypeError',
      errorMessage: 'boom',
      trace: ['TypeError: boom', '    at handler (orders.ts:1:1)'],
    };
    expect(await invoke('orders')).toEqual(succeeded(JSON.stringify(error), { 'x-amz-function-error': 'Unhandled' }));
  });

  it('gives the error of a handler that took too long', async () => {
    const clock = new VirtualClock();
    const { invoke } = functionsWorld([inline(() => new Promise(() => {}), { timeoutMs: 3_000 })], clock);
    const answer = invoke('orders');
    await clock.advance(3_000);
    const error = {
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: id-1 Error: Task timed out after 3.00 seconds',
      trace: [],
    };
    expect(await answer).toEqual(succeeded(JSON.stringify(error), { 'x-amz-function-error': 'Unhandled' }));
  });

  it.each([
    ['its reservation', 1, 'ReservedFunctionConcurrentInvocationLimitExceeded'],
    ['a reservation of 0', 0, 'ReservedFunctionConcurrentInvocationLimitExceeded'],
    ['the concurrency of the account', undefined, 'ConcurrentInvocationLimitExceeded'],
  ])('is throttled beyond %s', async (_, reservedConcurrency, Reason) => {
    const { begun, begin } = signal();
    const { invoke, functions } = functionsWorld([inline(() => begun, { reservedConcurrency })]);
    const running = Array.from({ length: reservedConcurrency ?? 1_000 }, () =>
      functions.get('orders').invoke({ invocationId: 'x', eventText: '{}', started: () => {}, log: () => {} }),
    );
    expect(await invoke('orders')).toEqual(
      errorAnswer(
        429,
        'TooManyRequestsException',
        { Type: 'User', message: 'Rate Exceeded.', Reason },
        { 'retry-after': '1', 'x-amzn-requestid': 'id-1' },
      ),
    );
    begin();
    await Promise.all(running);
  });
});

describe('the log of an invocation', () => {
  const tail = { 'X-Amz-Log-Type': 'Tail' };

  it('is what it printed, between the lines that Lambda writes', async () => {
    const { invoke } = functionsWorld([{ handler: 'direct.prints' }]);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    const lines = [
      String.raw`START RequestId: id-1 Version: \$LATEST`,
      `${time}\tid-1\tINFO\tone`,
      `${time}\tid-1\tERROR\ttwo`,
      'END RequestId: id-1',
      String.raw`REPORT RequestId: id-1	Duration: \d+\.\d\d ms	Billed Duration: \d+ ms	Memory Size: 128 MB`,
      '',
    ];
    expect(logOf(await invoke('orders', { headers: tail }))).toMatch(new RegExp(`^${lines.join('\n')}$`));
  });

  it('ends with the error of a handler that failed', async () => {
    const clock = new VirtualClock();
    const { invoke } = functionsWorld([inline(() => Promise.reject(new Error('boom')), { memoryMb: 256 })], clock);
    const log = logOf(await invoke('orders', { headers: tail }));
    expect(log.replace(/"stack":\[.*\]/, '"stack":[]')).toBe(
      [
        'START RequestId: id-1 Version: $LATEST',
        '2026-01-31T12:00:00.000Z\tid-1\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"boom","stack":[]}',
        'END RequestId: id-1',
        'REPORT RequestId: id-1\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 256 MB',
        '',
      ].join('\n'),
    );
  });
});

describe('a client context', () => {
  it.each([
    ['a handler in a process of its own', { handler: 'direct.clientContext' }],
    ['a JavaScript function', inline((_, { clientContext }) => clientContext)],
  ])('reaches %s', async (_, wanted) => {
    const { invoke } = functionsWorld([wanted]);
    expect(await invoke('orders', context('{\n "custom": { "a": "ü" }\n}'))).toEqual(succeeded('{"custom":{"a":"ü"}}'));
    expect((await invoke('orders')).body).toBe('null');
  });

  it.each([
    ['is no JSON', 'no', 'Client context must be a valid Base64-encoded JSON object.'],
    ['is no object', '[1]', 'Client context must be a valid Base64-encoded JSON object.'],
    [
      'is too long',
      `{"a":"${'a'.repeat(2_700)}"}`,
      'Client context must be at most 3583 bytes long, encoded in Base64.',
    ],
  ])('is refused when it %s', async (_, value, message) => {
    expect(await functionsWorld([echo]).invoke('orders', context(value))).toEqual(
      errorAnswer(400, 'InvalidRequestContentException', { Type: 'User', message }),
    );
  });

  it('of an event does not reach the function, as on AWS, and that is told', async () => {
    const contexts: unknown[] = [];
    const { invoke, events } = functionsWorld([inline((_, { clientContext }) => void contexts.push(clientContext))]);
    const { headers } = context('{"a":1}');
    const answer = await invoke('orders', { headers: { ...headers, 'X-Amz-Invocation-Type': 'Event' } });
    expect(answer.status).toBe(202);
    await settled();
    expect(contexts).toEqual([undefined]);
    expect(events).toContainEqual({
      type: 'notice',
      level: 'warn',
      because:
        'the ClientContext of an Event invocation of orders does not reach it, as on AWS: Lambda hands it over with RequestResponse only',
    });
  });
});

describe('an invocation is refused', () => {
  it.each([
    ['text', 'Hello World', `Unexpected token 'H', "Hello World" is not valid JSON`],
    ['half a document', '{"a":', 'Unexpected end of JSON input'],
    ['white space', ' ', 'Unexpected end of JSON input'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'The encoded data was not valid for encoding utf-8'],
  ])('when its payload is %s', async (_, body, message) => {
    const { invoke, events } = functionsWorld([echo]);
    for (const type of ['RequestResponse', 'Event', 'DryRun']) {
      const headers = { 'X-Amz-Invocation-Type': type };
      expect(await invoke('orders', { headers, body })).toEqual(refused(message));
    }
    expect(events).toEqual([]);
  });

  it.each([
    ['RequestResponse', 6_291_456, 200],
    ['DryRun', 6_291_456, 204],
    ['Event', 1_048_576, 202],
  ])('when the payload of %s is larger than %i bytes', async (type, bytes, status) => {
    const { invoke } = functionsWorld([inline(() => {})]);
    const headers = { 'X-Amz-Invocation-Type': type };
    expect((await invoke('orders', { headers, body: payload(bytes) })).status).toBe(status);
    expect(await invoke('orders', { headers, body: `${payload(bytes)} ` })).toEqual(tooLarge(bytes));
  });

  const typeProblem =
    "Value 'x' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, Event, DryRun]";
  const logProblem =
    "Value 'y' at 'logType' failed to satisfy constraint: Member must satisfy enum value set: [None, Tail]";

  it.each([
    ['type', { 'X-Amz-Invocation-Type': 'x' }, `1 validation error detected: ${typeProblem}`],
    ['log type', { 'X-Amz-Log-Type': 'y' }, `1 validation error detected: ${logProblem}`],
    [
      'type and log type',
      { 'X-Amz-Invocation-Type': 'x', 'X-Amz-Log-Type': 'y' },
      `2 validation errors detected: ${typeProblem}; ${logProblem}`,
    ],
  ])('when there is no such %s', async (_, headers, message) => {
    expect(await functionsWorld([echo]).invoke('orders', { headers })).toEqual(
      errorAnswer(400, 'ValidationException', { message }),
    );
  });

  it.each([
    ['X-Amz-Tenant-Id', 'TenantId is not supported: functions of millrace have no tenants. Leave it out.'],
    [
      'X-Amz-Durable-Execution-Name',
      'DurableExecutionName is not supported: millrace has no durable functions. Leave it out.',
    ],
  ])('when it has %s', async (header, message) => {
    expect(await functionsWorld([echo]).invoke('orders', { headers: { [header]: 'a' } })).toEqual(
      errorAnswer(400, 'InvalidParameterValueException', { Type: 'User', message }),
    );
  });
});

describe('a dry run', () => {
  const headers = { 'X-Amz-Invocation-Type': 'DryRun' };

  it('runs nothing', async () => {
    const { invoke, events } = functionsWorld([inline(() => expect.unreachable())]);
    expect(await invoke('orders', { headers, body: '{}' })).toEqual(invoked(204, ''));
    expect(events).toEqual([]);
  });
});

describe('an event', () => {
  const headers = { 'X-Amz-Invocation-Type': 'Event' };

  it('is taken before the function has it, and the function gets it', async () => {
    const { begun, begin } = signal();
    const handled: unknown[] = [];
    const { invoke } = functionsWorld([
      inline(async (event, { awsRequestId }) => {
        await begun;
        handled.push([event, awsRequestId]);
      }),
    ]);
    expect(await invoke('orders', { headers, body: '{"a":1}' })).toEqual(invoked(202, ''));
    expect(handled).toEqual([]);
    begin();
    await settled();
    expect(handled).toEqual([[{ a: 1 }, 'id-1']]);
  });

  it('goes to the version that is named', async () => {
    const handled: string[] = [];
    const seven = { kind: 'inline' as const, handler: () => void handled.push('seven') };
    const { invoke } = functionsWorld([
      inline(() => void handled.push('latest'), { qualified: new Map([['7', seven]]) }),
    ]);
    await invoke('orders:7', { headers });
    await invoke('orders:$LATEST', { headers });
    await settled();
    expect(handled).toEqual(['seven', 'latest']);
  });

  it('is refused when a thousand run or wait', async () => {
    const { begun, begin } = signal();
    const { invoke, events } = functionsWorld([inline(() => begun)]);
    for (let sent = 0; sent < 1_000; sent++) expect((await invoke('orders', { headers })).status).toBe(202);
    expect(await invoke('orders', { headers })).toEqual(
      errorAnswer(
        429,
        'TooManyRequestsException',
        { Type: 'User', message: 'Rate Exceeded.', Reason: 'CallerRateLimitExceeded' },
        { 'retry-after': '1', 'x-amzn-requestid': 'id-1001' },
      ),
    );
    expect(events).toEqual([
      {
        type: 'direct-invocation',
        function: 'orders',
        invocation: 'id-1001',
        invocationType: 'Event',
        outcome: 'throttled',
        because: '1000 events run or wait already, and no more are kept',
      },
    ]);
    begin();
  });
});

describe('the journal has of an invocation', () => {
  const clock = new VirtualClock();

  it('how it ended', async () => {
    const { invoke, events } = functionsWorld([inline(() => {})], clock);
    await invoke('orders');
    expect(events).toEqual([entry({ durationMs: 0 })]);
  });

  it('which error it ended with', async () => {
    const { invoke, events } = functionsWorld(
      [inline(() => Promise.reject(Object.assign(new Error('boom'), { stack: '' })))],
      clock,
    );
    await invoke('orders');
    const error = { errorType: 'Error', errorMessage: 'boom', trace: [''] };
    expect(events).toEqual([entry({ outcome: 'failed', durationMs: 0, error })]);
  });

  it('why it was throttled', async () => {
    const { invoke, events } = functionsWorld([inline(() => {}, { reservedConcurrency: 0 })], clock);
    await invoke('orders');
    const because = 'ReservedConcurrentExecutions of orders is 0: every call is throttled';
    expect(events).toEqual([entry({ outcome: 'throttled', because })]);
  });

  it('what it printed', async () => {
    const { invoke, events } = functionsWorld([{ handler: 'direct.prints' }]);
    await invoke('orders');
    const line = { type: 'function-log', function: 'orders', invocation: 'id-1' };
    expect(events.filter(({ type }) => type !== 'function-state')).toEqual([
      { ...line, level: 'info', message: 'one' },
      { ...line, level: 'error', message: 'two' },
      entry({ durationMs: expect.any(Number) as number }),
    ]);
  });
});
