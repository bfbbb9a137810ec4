import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JournalMemory } from '../../src/readers/invocations.js';
import { at, boom, callOf, orders, readAll } from './sample-entries.js';
import { halfMinute, shard, streamCallOf } from './stream-entries.js';

const call = callOf({ records: ['r-1', 'r-2'], event: { Records: [{ messageId: 'r-1' }] } });

describe('what the journal remembers of an invocation', () => {
  it('is everything a test wants to assert on', () => {
    const memory = new JournalMemory();
    readAll(memory.read, [at(0, call.invoked), at(3, call.log('working')), at(12, call.partiallyFailed('r-2'))]);
    expect(memory.invocations('process-orders')).toEqual([
      {
        id: 'call-1',
        function: 'process-orders',
        mapping: 'orders',
        outcome: 'partially-failed',
        event: { Records: [{ messageId: 'r-1' }] },
        result: { batchItemFailures: [{ itemIdentifier: 'r-2' }] },
        error: undefined,
        startedAt: '2026-01-31T12:00:00.000Z',
        durationMs: 12,
        batch: 'b-1',
        attempt: 1,
        records: ['r-1', 'r-2'],
        failedRecords: ['r-2'],
        because: 'the handler reported them in batchItemFailures',
        logs: [{ level: 'info', message: 'working' }],
      },
    ]);
  });

  it('is also the shard and the tumbling window, where there are some', () => {
    const memory = new JournalMemory();
    const inStream = streamCallOf({ records: ['1'], window: halfMinute });
    readAll(memory.read, [at(0, call.invoked), at(1, call.succeeded), at(2, inStream.invoked), at(3, inStream.failed)]);
    const [ofQueue, ofStream] = memory.invocations();
    expect(ofStream).toMatchObject({ partition: shard, window: halfMinute });
    expect(ofQueue).not.toHaveProperty('partition');
    expect(ofQueue).not.toHaveProperty('window');
  });

  it('is also the message group and the lane, where there are some', () => {
    const memory = new JournalMemory();
    const inStream = streamCallOf({ records: ['1'] });
    const entries = [
      { ...call.invoked, group: 'truck-7' },
      call.succeeded,
      { ...inStream.invoked, lane: 0 },
      inStream.failed,
    ];
    readAll(
      memory.read,
      entries.map((entry) => at(0, entry)),
    );
    const [ofQueue, ofStream] = memory.invocations();
    expect(ofQueue).toMatchObject({ group: 'truck-7' });
    expect(ofQueue).not.toHaveProperty('lane');
    expect(ofStream).toMatchObject({ lane: 0 });
    expect(ofStream).not.toHaveProperty('group');
  });

  it.each([
    {
      when: 'the handler threw',
      end: call.failed,
      is: { outcome: 'failed', result: undefined, error: boom, failedRecords: ['r-1', 'r-2'] },
    },
    {
      when: 'its response was malformed',
      end: call.malformed,
      is: { outcome: 'failed', result: '?', error: undefined, because: 'the response is malformed' },
    },
    {
      when: 'it succeeded',
      end: call.succeeded,
      is: { outcome: 'succeeded', result: null, error: undefined, failedRecords: [], because: undefined },
    },
  ])('tells result and error apart when $when', ({ end, is }) => {
    const memory = new JournalMemory();
    readAll(memory.read, [at(0, call.invoked), at(12, end)]);
    expect(memory.invocations()[0]).toMatchObject(is);
  });

  it('gives the same event object each time, parsed once', () => {
    const memory = new JournalMemory();
    readAll(memory.read, [at(0, call.invoked), at(12, call.succeeded)]);
    expect(memory.invocations()[0]?.event).toBe(memory.invocations()[0]?.event);
  });

  it.each(['process-orders', 'orders', orders.uuid])(
    'is found by the name of its function or mapping, or by UUID: %s',
    (name) => {
      const memory = new JournalMemory();
      const other = callOf({ records: ['x'], invocation: 'other', mapping: { uuid: 'p', name: 'payments' } });
      const qualified = { function: 'process-orders:live' };
      readAll(memory.read, [
        at(0, { ...call.invoked, ...qualified }),
        at(0, { ...other.invoked, function: 'pay' }),
        at(1, { ...other.succeeded, function: 'pay' }),
        at(2, { ...call.succeeded, ...qualified }),
      ]);
      expect(memory.invocations(name).map(({ id }) => id)).toEqual(['call-1']);
      expect(memory.invocations('nobody')).toEqual([]);
      expect(memory.invocations()).toHaveLength(2);
    },
  );

  it('is listed in the order of starting, once it has finished', () => {
    const memory = new JournalMemory();
    const [a, b] = [callOf({ records: ['a'], invocation: 'a' }), callOf({ records: ['b'], invocation: 'b' })];
    readAll(memory.read, [at(0, a.invoked), at(1, b.invoked), at(2, b.succeeded)]);
    expect(memory.invocations().map(({ id }) => id)).toEqual(['b']);
    memory.read(at(3, a.succeeded));
    expect(memory.invocations().map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('the memory of the journal', () => {
  it('is bounded whatever the handlers get, return and print', () => {
    const steps = fc.array(fc.record({ event: fc.nat(4_000), logs: fc.array(fc.nat(900), { maxLength: 4 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (calls) => {
        const limits = { invocations: 20, entries: 50, characters: 10_000 };
        const memory = new JournalMemory(limits);
        for (const [index, { event, logs }] of calls.entries()) {
          const one = callOf({ records: ['r'], invocation: `call-${index}`, event: 'e'.repeat(event) });
          readAll(memory.read, [
            at(0, one.invoked),
            ...logs.map((size) => at(1, one.log('l'.repeat(size)))),
            at(2, one.succeeded),
          ]);
        }
        const kept = memory.invocations();
        const characters = kept.reduce(
          (sum, { event, logs }) => sum + String(event).length + logs.map(({ message }) => message).join('').length,
          0,
        );
        expect(kept.length).toBeLessThanOrEqual(limits.invocations);
        expect(kept.length < 2 || characters <= limits.characters).toBe(true);
        expect(kept.map(({ id }) => id)).toEqual(
          calls.map((_, index) => `call-${index}`).slice(calls.length - kept.length),
        );
        expect(memory.entries().length).toBeLessThanOrEqual(limits.entries);
      }),
    );
  });

  it('gives entries by type, mapping and record', () => {
    const memory = new JournalMemory();
    const other = callOf({ records: ['r-1'], mapping: { uuid: 'p', name: 'payments' } });
    readAll(memory.read, [at(0, call.received), at(1, call.batched), at(2, other.received), at(3, call.log('hello'))]);
    expect(memory.entries()).toHaveLength(4);
    expect(memory.entries({ type: 'batched' })).toEqual([at(1, call.batched)]);
    expect(memory.entries({ mapping: 'payments' })).toEqual([at(2, other.received)]);
    expect(memory.entries({ mapping: orders.uuid, record: 'r-2', type: 'received' })).toEqual([at(0, call.received)]);
  });
});
