import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { temporaryFolder } from './temporary-folder.js';
import { answer, call, failure, handlers, world } from './world.js';

describe('code that does not load', () => {
  const rows: readonly { it: string; handler: string; type: string; message: RegExp; trace?: RegExp }[] = [
    {
      it: 'because there is no such file',
      handler: 'nowhere/orders.handler',
      type: 'Runtime.ImportModuleError',
      message:
        /^Error: Cannot find module 'nowhere\/orders': tried .*fixtures\/handlers\/nowhere\/orders with \.js \.mjs/,
    },
    {
      it: 'because an ES module imports what is missing',
      handler: 'broken/missing-import.handler',
      type: 'Runtime.ImportModuleError',
      message: /^Error(?: \[ERR_MODULE_NOT_FOUND\])?: Cannot find module .*nowhere\.js/,
    },
    {
      it: 'because the export is missing',
      handler: 'answers.nowhere',
      type: 'Runtime.HandlerNotFound',
      message: /^answers\.nowhere is undefined or not exported$/,
    },
    {
      it: 'because a nested export is missing',
      handler: 'answers.a.x.c',
      type: 'Runtime.HandlerNotFound',
      message: /^answers\.a\.x\.c is undefined or not exported$/,
    },
    {
      it: 'because the export is no function',
      handler: 'answers.notAFunction.handler',
      type: 'Runtime.HandlerNotFound',
      message: /^answers\.notAFunction\.handler is not a function$/,
    },
    {
      it: 'because Handler has no export',
      handler: 'answers',
      type: 'Runtime.MalformedHandlerName',
      message: /^Bad handler 'answers': it must be path\/to\/file\.export$/,
    },
    {
      it: 'because of a syntax error in a module',
      handler: 'broken/syntax.handler',
      type: 'Runtime.UserCodeSyntaxError',
      message: /^SyntaxError: Unexpected token '='/,
      trace: /^.*broken\/syntax\.js:2\n/,
    },
    {
      it: 'because of a syntax error in what it imports',
      handler: 'broken/imports-syntax.handler',
      type: 'Runtime.UserCodeSyntaxError',
      message: /^SyntaxError: Unexpected token '='/,
      trace: /^.*broken\/syntax\.js:2\n/,
    },
    {
      it: 'because it throws',
      handler: 'throws-on-load.handler',
      type: 'RangeError',
      message: /^no configuration$/,
      trace: /throws-on-load\.js:1/,
    },
    {
      it: 'because it ends its process',
      handler: 'exits-on-load.handler',
      type: 'Runtime.ExitError',
      message: /^RequestId: the-id Error: Runtime exited with error: exit status 4$/,
    },
  ];
  for (const row of rows) {
    it(`fails the call ${row.it}`, async () => {
      const error = await failure(world([{ handler: row.handler }]).fn, {}, 'the-id');

      expect(error.errorType).toBe(row.type);
      expect(error.errorMessage).toMatch(row.message);
      expect(error.trace.join('\n')).toMatch(row.trace ?? '');
    });
  }

  // Files next to each other that differ only in their extension are reached through copies without the others.
  const extensions: readonly { file: string; type: string; message: RegExp }[] = [
    { file: 'syntax.cjs', type: 'Runtime.UserCodeSyntaxError', message: /^SyntaxError: Unexpected token '='/ },
    { file: 'syntax.mjs', type: 'Runtime.UserCodeSyntaxError', message: /^SyntaxError: Unexpected token '='/ },
    { file: 'syntax.ts', type: 'Runtime.UserCodeSyntaxError', message: /syntax\.ts:2:8: ERROR: Expected identifier/ },
    {
      file: 'missing-import.cjs',
      type: 'Runtime.ImportModuleError',
      message: /^Error: Cannot find module '\.\/nowhere'/,
    },
    { file: 'missing-import.ts', type: 'Runtime.ImportModuleError', message: /Cannot find module .*nowhere/ },
  ];
  for (const { file, type, message } of extensions) {
    it(`fails the call because of ${file}`, async () => {
      const root = temporaryFolder({ [file]: path.join(handlers, 'broken', file) });

      const error = await failure(world([{ root, handler: `${path.parse(file).name}.handler` }]).fn);

      expect(error.errorType).toBe(type);
      expect(error.errorMessage).toMatch(message);
    });
  }

  it('is tried again by the next call, and starts each call once', async () => {
    const { fn } = world([{ handler: 'throws-on-load.handler' }]);

    const first = await call(fn);
    const second = await call(fn);

    expect([first.started, second.started]).toEqual([1, 1]);
    expect(second.outcome.kind).toBe('failed');
  });

  it('fails one call per try, not all that wait', async () => {
    const { fn } = world([{ handler: 'exits-on-load.handler' }]);

    const outcomes = await Promise.all([call(fn), call(fn), call(fn)]);

    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'failed', 'failed']);
  });

  it('is reported by warmUp, without a request id', async () => {
    const { fn } = world([{ handler: 'exits-on-load.handler' }]);

    expect(await fn.warmUp()).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: 'Error: Runtime exited with error: exit status 4',
      trace: [],
    });
  });

  it('because its folder does not exist says so', async () => {
    const { fn } = world([{ root: '/nowhere/at/all' }]);

    expect(await failure(fn)).toMatchObject({
      errorType: 'Runtime.InvalidWorkingDir',
      errorMessage: 'The folder /nowhere/at/all does not exist',
    });
  });

  it('in ten seconds is given up', async () => {
    const clock = new VirtualClock();
    const { fn } = world([{ handler: 'hangs-on-load.handler' }], { clock });

    const failed = failure(fn, {}, 'the-id');
    await clock.advance(10_000);

    expect(await failed).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: the-id Error: Task timed out after 10.00 seconds while the module was loading',
    });
  });
});

describe('warming up', () => {
  it('finds the first call a loaded environment', async () => {
    const { fn, events } = world([{ handler: 'state.count' }]);

    expect(await fn.warmUp()).toBeUndefined();
    const states = events.map((event) => (event.type === 'function-state' ? event.state : event.type));
    expect(states).toEqual(['loading', 'ready']);

    const { outcome } = await call(fn);
    expect(outcome).toMatchObject({ kind: 'succeeded', durationMs: expect.toSatisfy((ms: number) => ms < 500) });
  });

  it('twice starts one environment', async () => {
    const { fn } = world([{ handler: 'state.count' }]);

    await Promise.all([fn.warmUp(), fn.warmUp()]);
    await fn.warmUp();

    const answers = (await Promise.all([answer(fn), answer(fn)])) as { calls: number }[];
    expect(answers.length).toBe(2);
  });
});

describe('the journal', () => {
  it('tells that code failed to load, and tells the same failure once', async () => {
    const { fn, events } = world([{ handler: 'throws-on-load.handler' }]);

    await failure(fn);
    await failure(fn);

    expect(events).toEqual([
      { type: 'function-state', function: 'orders', state: 'loading', because: 'throws-on-load.handler' },
      {
        type: 'function-state',
        function: 'orders',
        state: 'failed',
        because: 'RangeError: no configuration',
        error: { errorType: 'RangeError', errorMessage: 'no configuration', trace: expect.any(Array) },
      },
    ]);
  });

  it('has what is printed while code loads', async () => {
    const { fn, events } = world([{ handler: 'prints-on-load.handler' }]);

    await fn.warmUp();

    expect(events).toContainEqual({ type: 'function-log', function: 'orders', level: 'warn', message: 'loading' });
  });
});
