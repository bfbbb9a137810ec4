import { describe, expect, it } from 'vitest';
import { numbered } from '../queue/queue-world.js';
import { second, streamWorld } from './stream-world.js';

const minute = 60 * second;

/** What a handler answers that names the records with these bodies as failed; ids are the numbers of `m1`, `m2`, … */
const report = (...bodies: readonly string[]) => ({
  response: { batchItemFailures: bodies.map((body) => ({ itemIdentifier: body.slice(1) })) },
});

describe('a batch of a stream that fails', () => {
  it.each([0, 1, 2, 3])('is called once and %i times again, and then given up', async (maxRetries) => {
    const { stream, worker, start, clock, destination, ledger, partition } = streamWorld({
      maxRetries,
      destination: 'told',
    });
    worker.reply = ([body]) => (body === 'a' ? 'throw' : 'ok');
    const [, b] = [...stream.write(['a'])];
    await start();
    await clock.advance(minute);
    const [last] = stream.write(['b']);
    await clock.advance(second);
    expect(b).toBeUndefined();
    expect(worker.seen).toEqual([...Array.from({ length: maxRetries + 1 }, () => ['a']), ['b']]);
    expect(destination.reports.map(({ document }) => document.requestContext)).toMatchObject([
      { condition: 'RetryAttemptsExhausted', approximateInvokeCount: maxRetries + 1 },
    ]);
    expect(ledger.checkpointOf(partition)).toBe(last?.position);
  });

  it('is called eight times in the first minute, with growing pauses', async () => {
    const { stream, worker, start, clock } = streamWorld();
    worker.reply = () => 'throw';
    stream.write(['a']);
    await start();
    await clock.advance(minute);
    expect(worker.calls).toHaveLength(8);
  });

  it('keeps its shard waiting, without a limit', async () => {
    const { stream, worker, start, clock, ledger, partition } = streamWorld({ batchSize: 1 });
    worker.reply = () => 'throw';
    stream.write(['a', 'b']);
    await start();
    await clock.advance(60 * minute);
    expect(new Set(worker.seen.flat())).toEqual(new Set(['a']));
    expect(ledger.checkpointOf(partition)).toBe('horizon');
  });

  it('does not use up retries when it is throttled', async () => {
    const { stream, worker, start, clock, destination, ofType } = streamWorld({ maxRetries: 0, destination: 'told' });
    worker.reply = (_, call) => (call <= 5 ? 'throttle' : 'ok');
    stream.write(['a']);
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([['a']]);
    expect(destination.reports).toEqual([]);
    expect(ofType('throttled')).toHaveLength(5);
  });

  it('is lost without a destination, and the journal says so', async () => {
    const { stream, worker, start, clock, ofType } = streamWorld({ maxRetries: 0 });
    worker.reply = () => 'throw';
    stream.write(['a', 'b']);
    await start();
    await clock.advance(second);
    expect(ofType('discarded').map(({ record, because }) => [record, because])).toEqual([
      ['1', expect.stringContaining('there is no on-failure destination, so it is lost')],
      ['2', expect.stringContaining('RetryAttemptsExhausted')],
    ]);
  });
});

describe('bisecting', () => {
  it('isolates one poison record and delivers all others, in order', async () => {
    const { stream, worker, start, clock, destination, ofType } = streamWorld({
      bisects: true,
      maxRetries: 1,
      destination: 'told',
    });
    worker.reply = (bodies) => (bodies.includes('m6') ? 'throw' : 'ok');
    stream.write(numbered(8));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([
      numbered(8),
      ['m1', 'm2', 'm3', 'm4'],
      ['m5', 'm6', 'm7', 'm8'],
      ['m5', 'm6'],
      ['m5'],
      ['m6'],
      ['m6'],
      ['m7', 'm8'],
    ]);
    expect(destination.reports).toHaveLength(1);
    expect(destination.reports[0]?.document).toMatchObject({
      requestContext: { approximateInvokeCount: 2 },
      MemoryBatchInfo: { batchSize: 1, startSequenceNumber: '6', endSequenceNumber: '6' },
    });
    expect(ofType('bisected').map(({ into }) => into.map(({ records }) => records))).toEqual([
      [4, 4],
      [2, 2],
      [1, 1],
    ]);
  });

  it('splits an odd number with the larger half first, and uses up no retries', async () => {
    const { stream, worker, start, clock } = streamWorld({ bisects: true, maxRetries: 0 });
    worker.reply = () => 'throw';
    stream.write(numbered(3));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([numbered(3), ['m1', 'm2'], ['m1'], ['m2'], ['m3']]);
  });

  it('splits at the reported record when there is a valid report', async () => {
    const { stream, worker, start, clock } = streamWorld({ bisects: true, reportsItemFailures: true });
    worker.reply = (bodies) => (bodies.length > 2 ? report('m3') : 'ok');
    stream.write(numbered(4));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([numbered(4), ['m3', 'm4']]);
  });
});

describe('partial batch responses', () => {
  it.each([
    ['suffix', ['m2', 'm3', 'm4'], undefined],
    ['reported', ['m2', 'm4'], 'reported'],
  ] as const)('of a source that calls the %s again say so in the journal', async (partialResponses, again, leaves) => {
    const { stream, worker, start, clock, ofType } = streamWorld({ reportsItemFailures: true, partialResponses });
    worker.reply = (_, call) => (call === 1 ? report('m2', 'm4') : 'ok');
    stream.write(numbered(4));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([numbered(4), again]);
    expect(ofType('partially-failed').map((entry) => entry.leaves)).toEqual([leaves]);
  });

  it('give what is left a fresh budget: a poison record with 3 retries is delivered 5 times, and counted 4 times', async () => {
    const { stream, worker, start, clock, destination } = streamWorld({
      batchSize: 3,
      windowMs: second,
      maxRetries: 3,
      reportsItemFailures: true,
      destination: 'told',
    });
    worker.reply = (bodies) => (bodies.includes('m6') ? report('m6') : 'ok');
    stream.write(numbered(6));
    await start();
    await clock.advance(minute);
    const times = (body: string): number => worker.seen.flat().filter((each) => each === body).length;
    expect(numbered(6).map(times)).toEqual([1, 1, 1, 1, 1, 5]);
    expect(destination.reports.map(({ document }) => document)).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
        MemoryBatchInfo: { batchSize: 1, startSequenceNumber: '6', endSequenceNumber: '6' },
      },
    ]);
  });

  it('move the checkpoint to the lowest record that is named, whatever their order', async () => {
    const { stream, worker, start, ledger, partition } = streamWorld({ reportsItemFailures: true });
    worker.reply = (_, call) => (call === 1 ? report('m4', 'm2') : 'throw');
    const records = stream.write(numbered(4));
    await start();
    expect(ledger.checkpointOf(partition)).toBe(records[0]?.position);
  });

  it('deliver everything from there on again, also what went well', async () => {
    const { stream, worker, start, clock } = streamWorld({ reportsItemFailures: true });
    worker.reply = (_, call) => (call === 1 ? report('m2') : 'ok');
    stream.write(numbered(3));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([numbered(3), ['m2', 'm3']]);
  });

  it('without progress are failed attempts', async () => {
    const { stream, worker, start, clock, destination } = streamWorld({
      reportsItemFailures: true,
      maxRetries: 2,
      destination: 'told',
    });
    worker.reply = () => report('m1');
    stream.write(numbered(2));
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([numbered(2), numbered(2), numbered(2)]);
    expect(destination.reports[0]?.document.responseContext?.functionError).toBeNull();
  });
});

describe('records that are too old', () => {
  it('are discarded before any call, with a count of 1 and without a response context; the rest is delivered', async () => {
    const { stream, worker, start, clock, destination, ofType } = streamWorld({
      maxAgeMs: minute,
      maxRetries: 0,
      batchSize: 10,
      destination: 'told',
    });
    stream.write([{ body: 'old', arrivedAt: clock.now() - 80 * second }, ...numbered(5).map((body) => ({ body }))]);
    await start();
    expect(worker.seen).toEqual([numbered(5)]);
    const [only, another] = destination.reports;
    expect(another).toBeUndefined();
    expect(only?.document).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 1 },
      MemoryBatchInfo: { batchSize: 1, startSequenceNumber: '1', endSequenceNumber: '1' },
    });
    expect(only?.document).not.toHaveProperty('responseContext');
    expect(ofType('expired').map(({ record }) => record)).toEqual(['1']);
  });

  it('are discarded about when they become too old, while they are retried; the count is that of the calls', async () => {
    const { stream, worker, start, clock, destination } = streamWorld({ maxAgeMs: minute, destination: 'told' });
    worker.reply = () => 'throw';
    stream.write(['a']);
    await start();
    await clock.advance(minute);
    expect(destination.reports).toEqual([]);
    await clock.advance(second);
    expect(worker.calls).toHaveLength(8);
    expect(destination.reports[0]?.document.requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 8,
    });
  });
});

describe('an on-failure destination', () => {
  it('gets the event as the handler saw it, the mapping and the shard', async () => {
    const { stream, worker, start, clock, destination, partition, ofType } = streamWorld({
      maxRetries: 0,
      destination: 'told',
    });
    worker.reply = () => 'throw';
    const [record] = stream.write(['a']);
    await start();
    await clock.advance(second);
    expect(destination.reports[0]).toMatchObject({
      mapping: '00000000-0000-4000-8000-000000000002',
      partition,
      eventText: `{"Records":[${record?.record}]}`,
    });
    expect(destination.reports[0]?.document.requestContext.requestId).toBe(ofType('invoked')[0]?.invocation);
    expect(ofType('destination-delivered')).toHaveLength(1);
  });

  it('that fails is told again, then the loss is written down and the stream goes on', async () => {
    const { stream, worker, start, clock, destination, ofType } = streamWorld({
      maxRetries: 0,
      destination: 'fails',
      batchSize: 1,
    });
    worker.reply = ([body]) => (body === 'a' ? 'throw' : 'ok');
    stream.write(['a', 'b']);
    await start();
    await clock.advance(minute);
    expect(destination.tries).toBe(6);
    expect(ofType('destination-failed').map(({ dropped }) => dropped)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(ofType('discarded')[0]?.because).toContain('its on-failure destination could not be told, so it is lost');
    expect(worker.seen).toEqual([['a'], ['b']]);
  });

  it('is told before the checkpoint moves: a stop in between loses nothing', async () => {
    const { stream, worker, start, stop, ledger, ofType, partition } = streamWorld({
      maxRetries: 0,
      destination: 'fails',
    });
    worker.reply = () => 'throw';
    stream.write(['a']);
    await start();
    await stop();
    expect(ledger.checkpointOf(partition)).toBe('horizon');
    expect(ofType('discarded')).toEqual([]);
  });
});

describe('parallel lanes of a shard', () => {
  const lanes = { lanes: 4, batchSize: 1 } as const;

  it('work at the same time, and never on one key', async () => {
    const { stream, worker, start, clock } = streamWorld(lanes);
    worker.tookMs = second;
    stream.write(['a1', 'b1', 'c1', 'd1', 'a2', 'b2', 'c2', 'd2'].map((body) => ({ body, key: body.charAt(0) })));
    await start();
    await clock.advance(minute);
    expect(worker.mostAtOnce).toBeGreaterThan(1);
    expect(worker.mostAtOnce).toBeLessThanOrEqual(4);
    for (const key of 'abcd') {
      const own = worker.calls.filter(({ bodies }) => bodies[0]?.startsWith(key) === true);
      expect(own.map(({ bodies }) => bodies[0])).toEqual([`${key}1`, `${key}2`]);
      expect(own[1]?.startedAt).toBeGreaterThanOrEqual(own[0]?.endedAt ?? Number.POSITIVE_INFINITY);
    }
  });

  it('hold the checkpoint before the first record that any of them has not done', async () => {
    const { stream, worker, start, clock, ledger, partition } = streamWorld(lanes);
    worker.reply = ([body = ''], call) => (body.startsWith('a') && call < 9 ? 'throw' : 'ok');
    const records = stream.write(['b', 'a', 'c', 'd'].map((body) => ({ body, key: body })));
    await start();
    await clock.advance(second);
    expect(new Set(worker.seen.flat())).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect(ledger.checkpointOf(partition)).toBe(records[0]?.position);
    await clock.advance(2 * minute);
    expect(ledger.checkpointOf(partition)).toBe(records[3]?.position);
  });

  it('are named by every entry about their batches, and by none of a shard that has one', async () => {
    const several = streamWorld(lanes);
    several.stream.write(['a', 'b', 'c', 'd'].map((body) => ({ body, key: body })));
    await several.start();
    const numbers = ['batched', 'invoked', 'succeeded'].map((type) =>
      several.entries.flatMap((entry) =>
        entry.type === type && 'lane' in entry && entry.lane !== undefined ? [entry.lane] : [],
      ),
    );
    for (const each of numbers) expect(each.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    const one = streamWorld();
    one.stream.write(['a']);
    await one.start();
    expect(one.ofType('batched')[0]).not.toHaveProperty('lane');
  });
});

describe('a record of a shard that no event can hold', () => {
  const huge = 'x'.repeat(6 * 1024 * 1024);

  it('goes alone, as large as it is', async () => {
    const { stream, worker, start } = streamWorld();
    stream.write(['a', huge, 'c']);
    await start();
    expect(worker.seen.map((bodies) => bodies.map((body) => body.slice(0, 1)))).toEqual([['a'], ['x'], ['c']]);
  });

  it('is given up in its turn where the source says so', async () => {
    const { stream, worker, start, ledger, partition, destination } = streamWorld({
      oversized: 'discard',
      destination: 'told',
    });
    const records = stream.write(['a', huge, 'c']);
    await start();
    expect(worker.seen).toEqual([['a'], ['c']]);
    expect(ledger.checkpointOf(partition)).toBe(records.at(-1)?.position);
    expect(destination.reports.map(({ document }) => document)).toMatchObject([
      { requestContext: { condition: 'MaximumPayloadSizeExceeded' }, responseContext: null },
    ]);
  });
});
