import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidates, parseHandler } from '../../src/functions/environment/handler-path.js';
import { environmentVariables, type EnvironmentFacts } from '../../src/functions/environment-variables.js';
import { endOfProcess, errorInfoOf, errorOfEnd, type EnvironmentEnd } from '../../src/functions/function-error.js';
import {
  environmentsToEnd,
  environmentsToStart,
  lacksSpare,
  type PoolState,
} from '../../src/functions/pool-decisions.js';
import { titled } from './world.js';

describe('Handler', () => {
  const rows: readonly { text: string; module?: string; exports?: readonly string[] }[] = [
    { text: 'orders.handler', module: 'orders', exports: ['handler'] },
    { text: 'src/app/orders.handler', module: 'src/app/orders', exports: ['handler'] },
    { text: 'orders.a.b.c', module: 'orders', exports: ['a', 'b', 'c'] },
    { text: 'v1.2/orders.handler', module: 'v1.2/orders', exports: ['handler'] },
    { text: '../shared/orders.handler', module: '../shared/orders', exports: ['handler'] },
    { text: '/opt/orders.handler', module: '/opt/orders', exports: ['handler'] },
    { text: 'orders' },
    { text: 'src.d/orders' },
    { text: '.handler' },
    { text: 'orders.' },
    { text: 'orders..handler' },
    { text: '' },
  ];
  for (const { text, module, exports } of rows) {
    it(`'${text}' ${module === undefined ? 'names nothing' : `is ${exports?.join('.')} of ${module}`}`, () => {
      expect(parseHandler(text)).toEqual(module === undefined ? undefined : { module, exports });
    });
  }

  it('tries the path as given, then extensions, then index files', () => {
    expect(candidates('a/b').slice(0, 8)).toEqual([
      'a/b',
      'a/b.js',
      'a/b.mjs',
      'a/b.cjs',
      'a/b.ts',
      'a/b.mts',
      'a/b.cts',
      path.join('a/b', 'index.js'),
    ]);
  });
});

describe('the error of an environment that ended', () => {
  const rows: readonly { end: EnvironmentEnd; type: string; message: string }[] = [
    {
      end: { kind: 'timed-out', afterMs: 3_000, while: 'running' },
      type: 'Sandbox.Timedout',
      message: 'RequestId: r Error: Task timed out after 3.00 seconds',
    },
    {
      end: { kind: 'timed-out', afterMs: 900_000, while: 'running' },
      type: 'Sandbox.Timedout',
      message: 'RequestId: r Error: Task timed out after 900.00 seconds',
    },
    {
      end: { kind: 'exited', code: 0 },
      type: 'Runtime.ExitError',
      message: 'RequestId: r Error: Runtime exited without providing a reason',
    },
    {
      end: { kind: 'exited', code: 255 },
      type: 'Runtime.ExitError',
      message: 'RequestId: r Error: Runtime exited with error: exit status 255',
    },
    {
      end: { kind: 'signalled', signal: 'SIGKILL' },
      type: 'Runtime.ExitError',
      message: 'RequestId: r Error: Runtime exited with error: signal: killed',
    },
    {
      end: { kind: 'signalled', signal: 'SIGXCPU' },
      type: 'Runtime.ExitError',
      message: 'RequestId: r Error: Runtime exited with error: signal: SIGXCPU',
    },
  ];
  for (const { end, type, message } of rows) {
    it(`is '${message}'`, () => {
      expect(errorOfEnd(end, 'r')).toEqual({ errorType: type, errorMessage: message, trace: [] });
      expect(errorOfEnd(end).errorMessage).toBe(message.replace('RequestId: r ', ''));
    });
  }

  const v8 =
    '<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  const exits: readonly {
    it: string;
    code: number | null;
    signal: NodeJS.Signals | null;
    errorOutput: string;
    kind: EnvironmentEnd['kind'];
  }[] = [
    {
      it: 'out of memory when V8 says so and aborts',
      code: null,
      signal: 'SIGABRT',
      errorOutput: v8,
      kind: 'out-of-memory',
    },
    {
      it: 'out of memory when a shell in between made a status of the signal',
      code: 134,
      signal: null,
      errorOutput: v8,
      kind: 'out-of-memory',
    },
    {
      it: 'any abort without those words',
      code: null,
      signal: 'SIGABRT',
      errorOutput: 'assertion failed',
      kind: 'signalled',
    },
    { it: 'a plain exit whatever was printed', code: 1, signal: null, errorOutput: v8, kind: 'exited' },
  ];
  it.each(titled(exits))('is %s', (_title, { kind, code, signal, errorOutput }) => {
    expect(endOfProcess({ code, signal, errorOutput, memoryMb: 128 }).kind).toBe(kind);
  });

  it('is read from anything that is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        const error = errorInfoOf(thrown);
        expect(typeof error.errorType).toBe('string');
        expect(typeof error.errorMessage).toBe('string');
      }),
    );
  });
});

describe('a pool', () => {
  const rest: PoolState = { waitingCalls: 0, starting: 0, idle: 0, busy: 0, ending: 0 };
  const limits = { environments: 5, startsAtOnce: 2, oneAfterTheOther: false };
  const starts: readonly { it: string; state: Partial<PoolState>; spare?: boolean; alone?: boolean; count: number }[] =
    [
      { it: 'starts nothing without calls', state: {}, count: 0 },
      { it: 'starts one for the first call', state: { waitingCalls: 1 }, count: 1 },
      { it: 'starts none for a call that one is starting for', state: { waitingCalls: 1, starting: 1 }, count: 0 },
      { it: 'starts no more at once than is good', state: { waitingCalls: 4 }, count: 2 },
      { it: 'starts no more than may exist', state: { waitingCalls: 4, busy: 4 }, count: 1 },
      { it: 'starts none beyond the limit', state: { waitingCalls: 4, busy: 5 }, count: 0 },
      { it: 'starts the spare', state: { busy: 1 }, spare: true, count: 1 },
      { it: 'starts no spare when there is one', state: { busy: 1, idle: 1 }, spare: true, count: 0 },
      { it: 'starts no spare when one is starting', state: { busy: 1, starting: 1 }, spare: true, count: 0 },
      { it: 'starts no spare beyond the limit', state: { busy: 5 }, spare: true, count: 0 },
      { it: 'does not count those that are ending', state: { waitingCalls: 1, ending: 5 }, count: 1 },
      {
        it: 'waits for those that are ending when they share a debugger port',
        state: { waitingCalls: 1, ending: 5 },
        alone: true,
        count: 0,
      },
    ];
  it.each(titled(starts))('%s', (_title, { state, spare = false, alone = false, count }) => {
    expect(environmentsToStart({ ...rest, ...state }, spare, { ...limits, oneAfterTheOther: alone })).toBe(count);
  });

  const spares: readonly { it: string; busy: readonly { calls: number; busySince: number }[]; lacks: boolean }[] = [
    { it: 'needs no spare when nothing is busy', busy: [], lacks: false },
    { it: 'needs no spare at the first call', busy: [{ calls: 1, busySince: 0 }], lacks: false },
    {
      it: 'needs a spare when its only environment is called again',
      busy: [{ calls: 2, busySince: 100 }],
      lacks: true,
    },
    {
      it: 'needs a spare when all have been busy for so long',
      busy: [
        { calls: 1, busySince: 0 },
        { calls: 1, busySince: 80 },
      ],
      lacks: true,
    },
    {
      it: 'needs no spare when one has just been taken',
      busy: [
        { calls: 9, busySince: 0 },
        { calls: 9, busySince: 81 },
      ],
      lacks: false,
    },
  ];
  it.each(titled(spares))('%s', (_title, { busy, lacks }) => {
    expect(lacksSpare(busy, 100, 20)).toBe(lacks);
  });

  const ends: readonly { it: string; idleSince: readonly number[]; busy?: number; count: number }[] = [
    { it: 'keeps the only one for ever', idleSince: [0], count: 0 },
    { it: 'ends all but one when there is no work', idleSince: [0, 1, 2, 3], count: 3 },
    { it: 'keeps the one in use and the spare while there is work', idleSince: [0, 1, 2, 95_000], count: 2 },
    { it: 'keeps one as spare while another is busy', idleSince: [0, 1, 2], busy: 1, count: 2 },
    { it: 'ends none that was used lately', idleSince: [0, 91_000, 92_000, 93_000], count: 1 },
    { it: 'has nothing to end', idleSince: [], count: 0 },
  ];
  it.each(titled(ends))('%s', (_title, { idleSince, busy = 0, count }) => {
    expect(environmentsToEnd(idleSince, busy, 100_000, 10_000)).toBe(count);
  });
});

describe('the variables of a handler', () => {
  const facts: EnvironmentFacts = {
    region: 'eu-west-1',
    account: '000000000000',
    functionName: 'orders',
    functionVersion: '$LATEST',
    memoryMb: 256,
    root: '/app',
    handler: 'a.b',
    logGroupName: '/aws/lambda/orders',
    logStreamName: 'stream',
    endpointVariables: {},
    variables: {},
  };
  const local = { AWS_ENDPOINT_URL_SQS: 'http://localhost:9324' };

  it('are those of Lambda', () => {
    expect(environmentVariables(facts, {}, '20.20.2')).toEqual({
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
      AWS_LAMBDA_FUNCTION_NAME: 'orders',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LAMBDA_TASK_ROOT: '/app',
      _HANDLER: 'a.b',
      TZ: 'UTC',
    });
  });

  const rows: readonly {
    it: string;
    inherited?: Record<string, string>;
    more?: Partial<EnvironmentFacts>;
    name: string;
    value: string | undefined;
  }[] = [
    { it: 'include those of this process', inherited: { HOME: '/me' }, name: 'HOME', value: '/me' },
    {
      it: 'have the configured region, not the inherited one',
      inherited: { AWS_REGION: 'us-west-2' },
      name: 'AWS_REGION',
      value: 'eu-west-1',
    },
    {
      it: "have the function's own last",
      inherited: { A: '1' },
      more: { variables: { A: '2' } },
      name: 'A',
      value: '2',
    },
    {
      it: 'have the endpoints',
      more: { endpointVariables: local },
      name: 'AWS_ENDPOINT_URL_SQS',
      value: 'http://localhost:9324',
    },
    {
      it: 'have invented credentials for an emulator',
      more: { endpointVariables: local },
      name: 'AWS_ACCESS_KEY_ID',
      value: '000000000000',
    },
    {
      it: 'have them for an inherited endpoint too',
      inherited: { AWS_ENDPOINT_URL: 'http://localhost:4566' },
      name: 'AWS_ACCESS_KEY_ID',
      value: '000000000000',
    },
    { it: 'have no invented credentials without an emulator', name: 'AWS_ACCESS_KEY_ID', value: undefined },
    {
      it: 'have no invented credentials for AWS',
      more: { endpointVariables: { AWS_ENDPOINT_URL_SQS: 'https://sqs.eu-west-1.amazonaws.com' } },
      name: 'AWS_ACCESS_KEY_ID',
      value: undefined,
    },
    {
      it: 'keep credentials that are there',
      inherited: { AWS_ACCESS_KEY_ID: 'mine' },
      more: { endpointVariables: local },
      name: 'AWS_ACCESS_KEY_ID',
      value: 'mine',
    },
    {
      it: 'keep a profile',
      inherited: { AWS_PROFILE: 'dev' },
      more: { endpointVariables: local },
      name: 'AWS_ACCESS_KEY_ID',
      value: undefined,
    },
    {
      it: 'keep the credentials of the function',
      more: { endpointVariables: local, variables: { AWS_ACCESS_KEY_ID: 'its' } },
      name: 'AWS_ACCESS_KEY_ID',
      value: 'its',
    },
  ];
  it.each(titled(rows))('%s', (_title, { inherited = {}, more, name, value }) => {
    expect(environmentVariables({ ...facts, ...more }, inherited, '20.1.0')[name]).toBe(value);
  });
});
