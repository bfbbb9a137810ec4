import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/journal/events.js';
import { numbered } from '../queue/queue-world.js';
import { second, streamWorld, type StreamWorldOptions } from './stream-world.js';

const minute = 60 * second;
const noon = Date.UTC(2026, 0, 31, 12);
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

interface WindowEvent {
  readonly Records: readonly { readonly body: string }[];
  readonly window: { readonly start: string; readonly end: string };
  readonly state: { readonly seen?: readonly string[] };
  readonly shardId: string;
  readonly eventSourceARN: string;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

/** A world with windows of a minute, whose handler gathers the bodies it has seen in the state. */
function windowWorld(options: StreamWorldOptions = {}) {
  const world = streamWorld({ tumbling: { lengthMs: minute, idleMs: 2 * minute }, batchSize: 2, ...options });
  const events = (): readonly WindowEvent[] =>
    world.entries
      .filter((entry): entry is Extract<JournalEntry, { type: 'invoked' }> => entry.type === 'invoked')
      .map(({ payload }) => JSON.parse(payload.text) as WindowEvent);
  world.worker.stateful = (event) => {
    const { state, Records } = event as WindowEvent;
    return { state: { seen: [...(state.seen ?? []), ...Records.map(({ body }) => body)] } };
  };
  /** One line for each call: bodies, state, F for the final one, E when ended early. */
  const calls = (): readonly string[] =>
    events().map(({ Records, state, isFinalInvokeForWindow, isWindowTerminatedEarly }) =>
      [
        Records.map(({ body }) => body).join('+'),
        `(${(state.seen ?? []).join(' ')})`,
        `${isFinalInvokeForWindow ? 'F' : ''}${isWindowTerminatedEarly ? 'E' : ''}`,
      ]
        .join(' ')
        .trim(),
    );
  return { ...world, events, calls };
}

describe('a tumbling window', () => {
  it('hands the state on from call to call, and ends with a final call when a record of a later window comes', async () => {
    const { stream, start, clock, calls, events, partition } = windowWorld();
    stream.write(['a', 'b', 'c']);
    await start();
    stream.write([{ body: 'd', arrivedAt: noon + minute }]);
    await clock.advance(second);
    expect(calls()).toEqual(['a+b ()', 'c (a b)', '(a b c) F', 'd ()']);
    expect(events()[0]).toMatchObject({
      window: { start: iso(noon), end: iso(noon + minute) },
      state: {},
      shardId: partition,
      eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
    expect(events().at(-1)?.window).toEqual({ start: iso(noon + minute), end: iso(noon + 2 * minute) });
  });

  it('is never mixed with another one in a batch', async () => {
    const { stream, start, calls, ofType } = windowWorld({ batchSize: 10 });
    stream.write([{ body: 'a' }, { body: 'b', arrivedAt: noon + minute }, { body: 'c', arrivedAt: noon + minute }]);
    await start();
    expect(calls()).toEqual(['a ()', '(a) F', 'b+c ()']);
    expect(ofType('batched').map(({ because }) => because)).toEqual(['window-end', 'window-end', 'poll']);
  });

  it('waits two minutes past its end when no records come', async () => {
    const { stream, start, clock, calls } = windowWorld();
    stream.write(['a']);
    await start();
    await clock.advance(3 * minute - second);
    expect(calls()).toEqual(['a ()']);
    await clock.advance(2 * second);
    expect(calls()).toEqual(['a ()', '(a) F']);
  });

  it('moves the checkpoint when its final call has succeeded, not before', async () => {
    const { stream, start, clock, ledger, partition } = windowWorld();
    const records = stream.write(['a', 'b', 'c']);
    await start();
    await clock.advance(minute);
    expect(ledger.checkpointOf(partition)).toBe('horizon');
    await clock.advance(3 * minute);
    expect(ledger.checkpointOf(partition)).toBe(records.at(-1)?.position);
  });

  it('is replayed from its start after a restart in its middle', async () => {
    const first = windowWorld();
    first.stream.write(['a', 'b', 'c']);
    await first.start();
    await first.stop();
    const { stream, clock, ledger } = first;
    const next = windowWorld({ stream, clock, stored: ledger.stored });
    await next.start();
    expect(next.calls()).toEqual(['a+b ()', 'c (a b)']);
  });

  it('stops its shard while its final call fails, whatever the retries of the mapping', async () => {
    const { stream, worker, start, clock, calls, ofType } = windowWorld({ maxRetries: 0 });
    worker.reply = (bodies) => (bodies.length === 0 && clock.now() < noon + 10 * minute ? 'throw' : 'ok');
    stream.write([{ body: 'a' }, { body: 'b', arrivedAt: noon + minute }]);
    await start();
    await clock.advance(9 * minute);
    expect(new Set(calls())).toEqual(new Set(['a ()', '(a) F']));
    await clock.advance(3 * minute);
    expect(calls()).toContain('b ()');
    expect(ofType('discarded')).toEqual([]);
  });

  it('calls again with the same state when a call fails, and goes on with the last good state when its batch is given up', async () => {
    const { stream, worker, start, clock, calls } = windowWorld({ maxRetries: 1 });
    worker.reply = (bodies) => (bodies.includes('m3') ? 'throw' : 'ok');
    stream.write(numbered(5));
    await start();
    await clock.advance(30 * second);
    expect(calls()).toEqual(['m1+m2 ()', 'm3+m4 (m1 m2)', 'm3+m4 (m1 m2)', 'm5 (m1 m2)']);
  });

  it('takes a response without a state for a failed call', async () => {
    const { stream, worker, start, clock, calls, ofType } = windowWorld({ maxRetries: 1 });
    worker.reply = () => ({ response: {} });
    stream.write(['a']);
    await start();
    await clock.advance(10 * second);
    expect(calls()).toEqual(['a ()', 'a ()']);
    expect(ofType('failed')[0]?.because).toContain('a function with a tumbling window must return { state: { … } }');
    expect(ofType('discarded')).toHaveLength(1);
  });

  it('ends early when its state is over 1 MB: a final call with that state, then the same window with a fresh one', async () => {
    const { stream, worker, start, clock, events, ledger, partition } = windowWorld();
    const large = 'x'.repeat(1024 * 1024);
    worker.reply = (bodies, call) => ({ response: { state: call === 1 ? { seen: [large] } : { seen: bodies } } });
    const records = stream.write(['a', 'b', 'c']);
    await start();
    await clock.advance(second);
    const [first, early, rest] = events();
    expect([first?.isWindowTerminatedEarly, early?.isWindowTerminatedEarly, rest?.isWindowTerminatedEarly]).toEqual([
      false,
      true,
      false,
    ]);
    expect(early?.isFinalInvokeForWindow).toBe(true);
    expect(early?.state.seen?.[0]?.length).toBe(large.length);
    expect(rest).toMatchObject({ state: {}, window: first?.window ?? {} });
    expect(ledger.checkpointOf(partition)).toBe(records[1]?.position);
  });

  it('takes in a record that comes late, when its own window is over', async () => {
    const { stream, start, calls } = windowWorld();
    stream.write([
      { body: 'a', arrivedAt: noon },
      { body: 'b', arrivedAt: noon + minute },
      { body: 'late', arrivedAt: noon + 30 * second },
    ]);
    await start();
    expect(calls()).toEqual(['a ()', '(a) F', 'b+late ()']);
  });

  it('is closed when its shard ends, and the children begin with a fresh state', async () => {
    const { stream, start, clock, calls, partition } = windowWorld();
    stream.write(['a']);
    await start();
    const [child = ''] = stream.split(partition);
    stream.write(['b'], child);
    await clock.advance(second);
    expect(calls()).toEqual(['a ()', '(a) F', 'b ()']);
  });

  it('does not end between old records that are read page by page', async () => {
    const { stream, start, clock, calls } = windowWorld({ maxRead: 1 });
    const yesterday = noon - 24 * 60 * minute;
    stream.write(['a', 'b', 'c'].map((body) => ({ body, arrivedAt: yesterday })));
    await start();
    await clock.advance(second);
    expect(calls().filter((call) => call.endsWith('F'))).toEqual(['(a b c) F']);
  });

  it('keeps its mapping from being idle while it is open', async () => {
    const { stream, start, clock, delivery } = windowWorld();
    stream.write(['a']);
    await start();
    await clock.advance(minute);
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(3 * minute);
    expect(await delivery.isDrained()).toBe(true);
  });

  it('may have any number of records', async () => {
    const { stream, start, clock, ledger, partition, worker, calls } = windowWorld({ batchSize: 1_000 });
    worker.stateful = () => ({ state: {} });
    const records = stream.write(numbered(45_000).map((body) => ({ body })));
    await start();
    await clock.advance(4 * minute);
    expect(worker.seen.flat()).toHaveLength(45_000);
    expect(calls().at(-1)).toContain('F');
    expect(ledger.checkpointOf(partition)).toBe(records.at(-1)?.position);
  });

  it('is not overtaken by the checkpoint of the one before, when that had to be stored again', async () => {
    const { stream, start, clock, ledger, partition } = windowWorld({ batchSize: 1 });
    ledger.failures.push(new Error('disk full'));
    const records = stream.write([
      { body: 'a', arrivedAt: noon },
      { body: 'b', arrivedAt: noon + minute },
      { body: 'c', arrivedAt: noon + minute },
    ]);
    await start();
    await clock.advance(10 * second);
    expect(ledger.checkpointOf(partition)).toBe(records[0]?.position);
  });
});
