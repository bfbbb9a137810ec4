import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { HandlerContext, InlineHandler } from '../../src/functions/definition.js';
import { answer, call, failure, signal, world } from './world.js';

const contextOf = (_event: unknown, context: HandlerContext) => ({
  ...context,
  remaining: context.getRemainingTimeInMillis(),
});

const inline = (handler: InlineHandler) => ({ code: { kind: 'inline', handler } as const });

describe('a handler in this process', () => {
  it('answers with what it returns, through JSON', async () => {
    const { fn } = world([inline((event: { at: string }) => ({ at: new Date(event.at), nothing: undefined }))]);

    expect(await answer(fn, { at: '2026-01-31T12:00:00.000Z' })).toEqual({ at: '2026-01-31T12:00:00.000Z' });
  });

  it('gets an event of its own each time', async () => {
    const { fn } = world([inline((event: { n: number }) => ++event.n)]);
    const event = { n: 1 };

    expect([await answer(fn, event), await answer(fn, event)]).toEqual([2, 2]);
  });

  it('gets a context', async () => {
    const { fn } = world([{ ...inline(contextOf), timeoutMs: 3_000 }], { clock: new VirtualClock() });

    expect(await answer(fn, {}, 'the-id')).toEqual({
      awsRequestId: 'the-id',
      functionName: 'orders',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:orders',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/orders',
      logStreamName: expect.stringMatching(/^2026\/01\/31\/\[\$LATEST\][0-9a-f]{32}$/),
      callbackWaitsForEmptyEventLoop: true,
      remaining: 3_000,
    });
  });

  it('fails with what it throws', async () => {
    const { fn } = world([
      inline(() => {
        throw new RangeError('too far');
      }),
    ]);

    const error = await failure(fn);

    expect(error).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' });
    expect(error.trace.join('\n')).toMatch('inline.test.ts');
  });

  it('fails when its answer has no JSON', async () => {
    expect(await failure(world([inline(() => 1n)]).fn)).toMatchObject({ errorType: 'Runtime.MarshalError' });
  });

  it('is not waited for longer than Timeout, and its late answer is ignored', async () => {
    const clock = new VirtualClock();
    const { begun: finished, begin: finish } = signal<string>();
    const { fn } = world([{ ...inline(() => finished), timeoutMs: 3_000 }], { clock });

    const called = call(fn, {}, 'the-id');
    await clock.advance(3_000);
    finish('late');

    expect((await called).outcome).toEqual({
      kind: 'failed',
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: 'RequestId: the-id Error: Task timed out after 3.00 seconds',
        trace: [],
      },
      durationMs: 3_000,
    });
  });

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const { fn } = world([inline(() => 1)], { clock });

    await answer(fn);

    expect(clock.pending).toBe(0);
  });

  it('is throttled like any other', async () => {
    const { begun: finished, begin: finish } = signal();
    const { fn } = world([{ ...inline(() => finished), reservedConcurrency: 1 }]);

    const first = call(fn);
    expect((await call(fn)).outcome.kind).toBe('throttled');
    finish();

    expect((await first).outcome.kind).toBe('succeeded');
  });
});
