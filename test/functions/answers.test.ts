import { describe, expect, it } from 'vitest';
import { answer, call, failure, handlers, titled, world, type Wanted } from './world.js';

const one = (handler: string, more: Wanted = {}) => world([{ handler, ...more }]).fn;

describe('a handler answers', () => {
  const rows: readonly { it: string; handler: string; event?: unknown; answer: unknown }[] = [
    {
      it: 'with what its promise resolves to',
      handler: 'answers.echo',
      event: { a: [1, 'ü'] },
      answer: { a: [1, 'ü'] },
    },
    { it: 'with what it returns without a promise', handler: 'answers.sync', event: 1, answer: { got: 1 } },
    { it: 'with null when its promise resolves to nothing', handler: 'answers.nothing', answer: null },
    { it: 'with null when it returns nothing', handler: 'answers.nothingSync', answer: null },
    { it: 'with null when it returns nothing and the event loop runs empty', handler: 'answers.late', answer: null },
    { it: 'with null when it returns what has no JSON', handler: 'answers.aFunction', answer: null },
    { it: 'through its callback', handler: 'callbacks.withResult', event: 2, answer: { got: 2 } },
    { it: 'with the first callback when it calls twice', handler: 'callbacks.twice', answer: 'first' },
    { it: 'with null when it never calls back', handler: 'callbacks.never', answer: null },
    {
      it: 'through the callback it declares, whatever it returns',
      handler: 'callbacks.returnsToo',
      answer: 'called back',
    },
    {
      it: 'at once when it does not wait for an empty event loop',
      handler: 'callbacks.doesNotWait',
      answer: 'at once',
    },
    { it: 'at once through context.succeed', handler: 'callbacks.succeeds', answer: 'succeeded' },
    { it: 'through context.done', handler: 'callbacks.isDone', answer: 'done' },
    { it: 'from a nested export', handler: 'answers.a.b.c', answer: 'nested' },
    { it: 'from the index file of a folder', handler: 'folder.handler', answer: 'from the index file' },
    { it: 'from a CommonJS package', handler: 'commonjs/plain.handler', answer: { commonjs: 'function' } },
    { it: 'from an .mjs file', handler: 'module.handler', answer: 'mjs' },
    { it: 'from a .cjs file', handler: 'common.handler', answer: 'cjs' },
    { it: 'from outside of its root', handler: '../handlers/module.handler', answer: 'mjs' },
    {
      it: 'from TypeScript with an enum and tsconfig paths',
      handler: 'typescript/src/orders.handler',
      event: { amount: 2 },
      answer: { price: '2.00 EUR' },
    },
    {
      it: 'from TypeScript in a CommonJS package',
      handler: 'typescript-commonjs/orders.handler',
      answer: '1.00 USD function',
    },
    { it: 'with null when TypeScript returns nothing', handler: 'typescript/src/common.nothing', answer: null },
    { it: 'from an .mts file', handler: 'typescript/src/module.handler', answer: 'mts' },
    { it: 'from a .cts file', handler: 'typescript/src/common.handler', answer: 'common.cts' },
  ];
  it.each(titled(rows))('%s', async (_title, row) => {
    expect(await answer(one(row.handler), row.event)).toEqual(row.answer);
  });

  it('through its callback only when the event loop is empty', async () => {
    expect(await answer(one('callbacks.waits'))).toEqual({ afterMs: expect.toSatisfy((ms: number) => ms >= 55) });
  });

  it('again and again, keeping the state of its module', async () => {
    const fn = one('state.count');

    const answers = [await answer(fn), await answer(fn), await answer(fn)] as { pid: number; calls: number }[];

    expect(answers.map(({ calls }) => calls)).toEqual([1, 2, 3]);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  });
});

describe('a handler that fails', () => {
  const rows: readonly {
    it: string;
    handler: string;
    event?: unknown;
    type: string;
    message: string | RegExp;
    trace?: RegExp;
  }[] = [
    {
      it: 'reports the name of its error',
      handler: 'errors.throws',
      type: 'PaymentDeclined',
      message: 'card expired',
      trace: /^PaymentDeclined|^Error: card expired/,
    },
    {
      it: 'may throw before there is a promise',
      handler: 'errors.throwsSync',
      type: 'TypeError',
      message: 'not today',
      trace: /TypeError: not today/,
    },
    {
      it: 'may reject with a string',
      handler: 'errors.rejectsWith',
      event: { value: 'text' },
      type: 'string',
      message: 'text',
    },
    {
      it: 'may reject with an object',
      handler: 'errors.rejectsWith',
      event: { value: { a: 1 } },
      type: 'object',
      message: '[object Object]',
    },
    { it: 'may reject with nothing', handler: 'errors.rejectsWith', event: {}, type: 'string', message: 'handled' },
    {
      it: 'may have an error that cannot be read',
      handler: 'errors.hostile',
      type: 'handled',
      message: /could not be read/,
    },
    {
      it: 'may never settle its promise',
      handler: 'errors.neverSettles',
      type: 'Runtime.NodeJsExit',
      message: /event loop is empty/,
    },
    {
      it: 'may call back with an error',
      handler: 'callbacks.withError',
      type: 'Error',
      message: 'called back',
      trace: /callbacks\.cjs/,
    },
    { it: 'may call back with a text', handler: 'callbacks.withText', type: 'string', message: 'just text' },
    { it: 'may use context.fail', handler: 'callbacks.fails', type: 'Error', message: 'failed' },
    {
      it: 'may answer what has no JSON',
      handler: 'answers.bigint',
      type: 'Runtime.MarshalError',
      message: /^Unable to stringify response body: .*BigInt/,
    },
    {
      it: 'may answer with a circle',
      handler: 'answers.circular',
      type: 'Runtime.MarshalError',
      message: /^Unable to stringify response body: .*circular/,
    },
    {
      it: 'may answer too much',
      handler: 'answers.ofSize',
      event: { characters: 6_291_555, of: 'a' },
      type: 'Function.ResponseSizeTooLarge',
      message: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    },
    {
      it: 'may answer too many bytes in fewer characters',
      handler: 'answers.ofSize',
      event: { characters: 3_200_000, of: 'ä' },
      type: 'Function.ResponseSizeTooLarge',
      message: /6291556 bytes/,
    },
  ];
  it.each(titled(rows))('%s', async (_title, row) => {
    const error = await failure(one(row.handler), row.event);

    expect(error.errorType).toBe(row.type);
    expect(error.errorMessage).toMatch(row.message);
    expect(error.trace.join('\n')).toMatch(row.trace ?? '');
    expect(error.trace.join('\n'), 'stack lines of our own').not.toMatch(/functions.environment/);
  });

  it('shows the lines of its TypeScript source', async () => {
    const error = await failure(one('typescript/src/orders.fails'));

    expect(error.trace[1]).toMatch(/typescript\/src\/orders\.ts:14:9/);
  });

  it('keeps its environment', async () => {
    const { functions } = world([{ name: 'a', handler: 'errors.throws' }]);

    await failure(functions.get('a'));
    await failure(functions.get('a'));

    const { outcome } = await call(functions.get('a'));
    expect(outcome).toMatchObject({ kind: 'failed', durationMs: expect.toSatisfy((ms: number) => ms < 500) });
  });

  it('may answer just under the limit', async () => {
    const text = await answer(one('answers.ofSize'), { characters: 6_291_554, of: 'a' });

    expect((text as string).length).toBe(6_291_554);
  });
});

describe('the context', () => {
  it('is complete', async () => {
    const { functions } = world([{ qualified: new Map([['7', { kind: 'module', handler: 'answers.context' }]]) }]);

    const context = (await answer(functions.get('orders', '7'), {}, 'the-id')) as { remaining: number };

    expect(context).toEqual({
      awsRequestId: 'the-id',
      functionName: 'orders',
      functionVersion: '7',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:orders:7',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/orders',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[7\][0-9a-f]{32}$/),
      callbackWaitsForEmptyEventLoop: true,
      remaining: expect.any(Number),
      functions: ['getRemainingTimeInMillis', 'done', 'succeed', 'fail'],
      keys: expect.arrayContaining(['clientContext', 'identity']),
    });
    expect(context.remaining).toBeGreaterThan(9_000);
    expect(context.remaining).toBeLessThanOrEqual(10_000);
  });

  it('of the code on disk has version $LATEST and the plain ARN', async () => {
    expect(await answer(one('answers.context'))).toMatchObject({
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:orders',
    });
  });

  it('of an alias has the ARN with the alias', async () => {
    const { functions } = world([{ qualified: new Map([['live', { kind: 'module', handler: 'answers.context' }]]) }]);

    expect(await answer(functions.get('orders', 'live'))).toMatchObject({
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:orders:live',
    });
  });
});

describe('the process of a handler', () => {
  it('sees its variables, runs in its root, and has no way to talk to the runtime', async () => {
    const { fn } = world([{ handler: 'answers.surroundings' }]);

    expect(await answer(fn)).toMatchObject({
      cwd: handlers,
      send: 'undefined',
      execArgv: ['--enable-source-maps', '--max-old-space-size=128'],
    });
  });

  it('gets the variables of Lambda, the endpoints and the function', async () => {
    const { fn } = world([{ handler: 'answers.environment', variables: { TABLE: 'orders', TZ: 'Europe/Berlin' } }], {
      endpointVariables: { AWS_ENDPOINT_URL_SQS: 'http://localhost:9324' },
    });
    const names = ['AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME', '_HANDLER', 'TABLE', 'TZ', 'AWS_ENDPOINT_URL_SQS', 'PATH'];

    expect(await answer(fn, { names })).toEqual({
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'orders',
      _HANDLER: 'answers.environment',
      TABLE: 'orders',
      TZ: 'Europe/Berlin',
      AWS_ENDPOINT_URL_SQS: 'http://localhost:9324',
      PATH: process.env['PATH'],
    });
  });
});
