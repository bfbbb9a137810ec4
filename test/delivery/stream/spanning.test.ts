import { describe, expect, it } from 'vitest';
import { numbered } from '../queue/queue-world.js';
import { second } from './stream-world.js';
import { reportOf, topicMember, topicWorld } from './topic-world.js';

const minute = 60 * second;
const [p0, p1, p2] = ['orders-0', 'orders-1', 'orders-2'] as const;

describe('a batch of a source whose events span partitions', () => {
  it('has records of several partitions, those of each in order', async () => {
    const { topic, worker, start, committed } = topicWorld({ partitions: 2 });
    topic.write(['a1', 'a2'], p0);
    topic.write(['b1', 'b2'], p1);
    await start();
    expect(worker.seen).toEqual([['a1', 'a2', 'b1', 'b2']]);
    expect([committed(p0), committed(p1)]).toEqual(['2', '2']);
  });

  it('has at most BatchSize records of all of them together', async () => {
    const { topic, worker, start } = topicWorld({ partitions: 2, batchSize: 3 });
    topic.write(['a1', 'a2'], p0);
    topic.write(['b1', 'b2'], p1);
    await start();
    expect(worker.seen).toEqual([['a1', 'a2', 'b1'], ['b2']]);
  });

  it('is gathered for its batching window, which begins with the record that has waited longest', async () => {
    const { topic, worker, clock, start } = topicWorld({ partitions: 2, windowMs: 5 * second });
    await start();
    topic.write(['b1'], p1);
    await clock.advance(3 * second);
    topic.write(['a1'], p0);
    await clock.advance(second);
    expect(worker.seen).toEqual([]);
    await clock.advance(second + 100);
    expect(worker.seen).toEqual([['b1', 'a1']]);
  });

  it('stays within 6 MB, with what each partition adds to the event', async () => {
    const { topic, worker, start, ofType } = topicWorld({ partitions: 3 });
    const body = 'x'.repeat(1_000_000);
    for (const partition of [p0, p1, p2]) topic.write(numbered(3, body), partition);
    await start();
    expect(worker.seen.flat()).toHaveLength(9);
    for (const { payload, invocation } of ofType('invoked')) {
      const bytes = Buffer.byteLength(payload.text);
      expect(bytes).toBeLessThanOrEqual(6 * 1024 * 1024);
      const batch = ofType('invoked').find((call) => call.invocation === invocation)?.batch;
      expect(ofType('batched').find((entry) => entry.batch === batch)?.bytes).toBe(bytes);
    }
  });

  it('names its partitions in the journal, or its only one', async () => {
    const { topic, worker, start, clock, ofType } = topicWorld({ partitions: 2 });
    topic.write(['a1'], p0);
    topic.write(['b1', 'b2'], p1);
    await start();
    topic.write(['b3'], p1);
    await clock.advance(second);
    expect(worker.seen).toHaveLength(2);
    const [both, only] = ofType('succeeded');
    expect(both).toMatchObject({
      partitions: [
        { partition: p0, records: ['orders-0@0'] },
        { partition: p1, records: ['orders-1@0', 'orders-1@1'] },
      ],
    });
    expect(both).not.toHaveProperty('records');
    expect(only).toMatchObject({ partition: p1, records: ['orders-1@2'] });
    expect(only).not.toHaveProperty('lane');
  });
});

describe('the lanes of all partitions together', () => {
  it('work at the same time, never on one partition', async () => {
    const { topic, worker, clock, start } = topicWorld({ partitions: 3, lanes: 2, batchSize: 2 });
    worker.tookMs = second;
    for (const partition of [p0, p1, p2]) topic.write(numbered(4, partition), partition);
    await start();
    await clock.advance(500);
    expect(worker.seen).toEqual([numbered(4, p0).slice(0, 2), numbered(4, p1).slice(0, 2)]);
    await clock.advance(minute);
    expect(worker.mostAtOnce).toBe(2);
    expect(worker.seen.flat()).toHaveLength(12);
  });

  it('give each partition its turn, whatever backlog another has', async () => {
    const { topic, worker, start } = topicWorld({ partitions: 3, batchSize: 2 });
    topic.write(numbered(100, 'a'), p0);
    topic.write(['b1'], p1);
    topic.write(['c1'], p2);
    await start();
    expect(worker.seen.slice(0, 3)).toEqual([
      ['a1', 'a2'],
      ['b1', 'c1'],
      ['a3', 'a4'],
    ]);
  });

  it('hold up no partition but those of the batch that fails', async () => {
    const { topic, worker, clock, start, committed } = topicWorld({ partitions: 2, lanes: 2, batchSize: 2 });
    worker.reply = ([body = '']) => (body.startsWith('a') ? 'throw' : 'ok');
    topic.write(['a1', 'a2'], p0);
    topic.write(['b1', 'b2', 'b3'], p1);
    await start();
    await clock.advance(minute);
    expect([committed(p0), committed(p1)]).toEqual(['horizon', '3']);
  });

  it('begin the partitions of a batch again at their checkpoints when something breaks, and no other', async () => {
    const { topic, worker, clock, consumer, start, ofType } = topicWorld({ partitions: 3, lanes: 2, batchSize: 2 });
    const event = consumer.event.bind(consumer);
    let broken = 0;
    consumer.event = (records) => {
      if (records.some(({ key }) => key === 'a1') && broken++ === 0) throw new Error('a defect');
      return event(records);
    };
    topic.write(['a1', 'a2', 'a3'], p0);
    topic.write(['b1', 'b2'], p1);
    await start();
    await clock.advance(minute);
    expect(worker.seen.flat().toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    const broke = ofType('partition').filter(({ because }) => because.includes('a defect'));
    expect(broke.map(({ partition }) => partition)).toEqual([p0]);
  });

  it('do not take a record for one of another partition than it was read from', async () => {
    const { topic, consumer, worker, clock, start, ofType } = topicWorld({ partitions: 2 });
    const open = consumer.open.bind(consumer);
    consumer.open = (_, from) => open(p0, from);
    topic.write(['a1'], p0);
    await start();
    await clock.advance(second);
    expect(worker.seen).toEqual([['a1']]);
    expect(ofType('partition').find(({ partition, state }) => partition === p1 && state === 'waiting')?.because).toBe(
      'the work on it broke off, and begins again at its checkpoint: record orders-0@0 was read from it, and is of orders-0',
    );
  });
});

describe('a report of any records', () => {
  const settings = { partitions: 2, reportsItemFailures: true } as const;

  it('has those alone called again, with all their attempts', async () => {
    const { topic, worker, clock, start, destination, committed } = topicWorld({
      ...settings,
      maxRetries: 2,
      destination: 'told',
    });
    worker.reply = (bodies) => (bodies.includes('a2') ? reportOf([p0, 1]) : 'ok');
    topic.write(['a1', 'a2', 'a3'], p0);
    topic.write(['b1'], p1);
    await start();
    expect(committed(p0)).toBe('1');
    expect(committed(p1)).toBe('1');
    await clock.advance(minute);
    expect(worker.seen).toEqual([['a1', 'a2', 'a3', 'b1'], ['a2'], ['a2'], ['a2']]);
    expect(destination.reports.map(({ document }) => document.requestContext)).toMatchObject([
      { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
    ]);
    expect(committed(p0)).toBe('3');
  });

  it('that names all of them is a failed call', async () => {
    const { topic, worker, clock, start, destination } = topicWorld({
      ...settings,
      maxRetries: 1,
      destination: 'told',
    });
    worker.reply = () => reportOf([p1, 0], [p0, 0]);
    topic.write(['a1'], p0);
    topic.write(['b1'], p1);
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([
      ['a1', 'b1'],
      ['a1', 'b1'],
    ]);
    expect(destination.reports).toHaveLength(1);
  });

  it('frees the partitions that have nothing left in it', async () => {
    const { topic, worker, clock, start, committed } = topicWorld({ ...settings, lanes: 2 });
    worker.reply = (bodies) => (bodies.includes('a1') ? reportOf([p0, 0]) : 'ok');
    topic.write(['a1', 'a2'], p0);
    topic.write(['b1'], p1);
    await start();
    topic.write(['b2'], p1);
    topic.write(['a3'], p0);
    await clock.advance(minute);
    expect(committed(p1)).toBe('2');
    expect(committed(p0)).toBe('horizon');
    expect(worker.seen.flat()).not.toContain('a3');
  });

  it.each([
    ['another form', 'orders-0@0'],
    ['an unknown partition', { partition: 'orders-7', offset: 0 }],
    ['an unknown offset', { partition: p0, offset: 7 }],
  ])('that names %s fails the whole batch', async (_, itemIdentifier) => {
    const { topic, worker, clock, start } = topicWorld(settings);
    worker.reply = (__, call) => (call === 1 ? { response: { batchItemFailures: [{ itemIdentifier }] } } : 'ok');
    topic.write(['a1', 'a2'], p0);
    await start();
    await clock.advance(second);
    expect(worker.seen).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
    ]);
  });

  it('is bisected when all that is left fails again', async () => {
    const { topic, worker, clock, start } = topicWorld({ ...settings, bisects: true, maxRetries: 0 });
    worker.reply = (bodies, call) => (call === 1 ? reportOf([p0, 1], [p0, 2]) : bodies.length > 1 ? 'throw' : 'ok');
    topic.write(['a1', 'a2', 'a3', 'a4'], p0);
    await start();
    await clock.advance(minute);
    expect(worker.seen).toEqual([['a1', 'a2', 'a3', 'a4'], ['a2', 'a3'], ['a2'], ['a3']]);
  });
});

describe('records that are given up, of several partitions', () => {
  it('are the old ones at the front of each partition, told of together; the rest is delivered', async () => {
    const { topic, worker, clock, start, destination, ofType } = topicWorld({
      partitions: 2,
      maxAgeMs: minute,
      destination: 'told',
    });
    const old = clock.now() - 2 * minute;
    topic.write([{ body: 'a-old', arrivedAt: old }, 'a1', { body: 'a-late', arrivedAt: old }], p0);
    topic.write([{ body: 'b-old', arrivedAt: old }, 'b1'], p1);
    await start();
    expect(worker.seen).toEqual([['a1', 'a-late', 'b1']]);
    expect(destination.reports.map(({ records }) => records.map(({ id }) => id))).toEqual([
      ['orders-0@0', 'orders-1@0'],
    ]);
    expect(ofType('expired').map(({ partition, record }) => [partition, record])).toEqual([
      [p0, 'orders-0@0'],
      [p1, 'orders-1@0'],
    ]);
    expect(ofType('destination-delivered')[0]).toMatchObject({
      partitions: [
        { partition: p0, records: ['orders-0@0'] },
        { partition: p1, records: ['orders-1@0'] },
      ],
    });
    expect(ofType('discarded').map(({ partition }) => partition)).toEqual([p0, p1]);
  });

  it('are those that no event can hold, in their turn', async () => {
    const { topic, worker, start, destination, committed, ofType } = topicWorld({
      partitions: 2,
      destination: 'told',
      batchSize: 10,
    });
    const huge = 'x'.repeat(6 * 1024 * 1024);
    topic.write(['a1', { body: huge, key: 'huge' }, 'a3'], p0);
    await start();
    expect(worker.seen).toEqual([['a1'], ['a3']]);
    expect(committed(p0)).toBe('3');
    expect(destination.reports.map(({ document }) => document)).toMatchObject([
      {
        requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 1 },
        responseContext: null,
        MemoryTopicBatchInfo: { records: ['orders-0@1'] },
      },
    ]);
    expect(ofType('discarded')[0]?.because).toMatch(
      /^its event would have \d+ bytes, more than the 6291456 that a function may get \(MaximumPayloadSizeExceeded\)$/,
    );
  });
});

describe('a consumer group', () => {
  it('hands a partition over between two calls: nothing is delivered twice, and nothing skipped', async () => {
    const one = topicWorld({ partitions: 2, batchSize: 1 });
    const { topic, clock } = one;
    one.worker.tookMs = 2 * second;
    topic.write(['a1', 'a2'], p0);
    topic.write(['b1', 'b2'], p1);
    await one.start();
    const other = topicMember(topic, clock, { batchSize: 1 });
    await other.start();
    await clock.advance(20 * second);
    const seen = [...one.worker.seen, ...other.worker.seen].flat();
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(other.worker.seen.flat()).toContain('b2');
    expect(
      one.ofType('partition').find(({ partition, state }) => partition === p1 && state === 'given-up')?.because,
    ).toBe('handed over to another process');
  });

  it('takes what is asked for out of a batch that waits for its next try, uncommitted, and the rest goes on', async () => {
    const one = topicWorld({ partitions: 2 });
    const { topic, clock, committed } = one;
    one.worker.reply = (_, call) => (call <= 6 ? 'throw' : 'ok');
    topic.write(['a1'], p0);
    topic.write(['b1'], p1);
    await one.start();
    await clock.advance(10 * second);
    expect(one.worker.seen.at(-1)).toEqual(['a1', 'b1']);
    const other = topicMember(topic, clock);
    await other.start();
    expect(other.worker.seen).toEqual([['b1']]);
    await clock.advance(minute);
    expect(one.worker.seen.at(-1)).toEqual(['a1']);
    expect([committed(p0), committed(p1)]).toEqual(['1', '1']);
    expect(new Set(one.ofType('invoked').map(({ batch }) => batch)).size).toBe(1);
  });

  it('takes what is asked for out of a batch whose destination is being told, and tells it of the rest', async () => {
    const one = topicWorld({ partitions: 2, maxRetries: 0, destination: 'fails' });
    const { topic, clock, committed } = one;
    one.worker.reply = () => 'throw';
    topic.write(['a1'], p0);
    topic.write(['b1'], p1);
    await one.start();
    const other = topicMember(topic, clock);
    await other.start();
    await clock.advance(1_100);
    expect(other.worker.seen).toEqual([['b1']]);
    one.destination.fails = false;
    await clock.advance(minute);
    expect(one.destination.reports.map(({ records }) => records.map(({ id }) => id))).toEqual([['orders-0@0']]);
    expect(one.worker.seen).toEqual([['a1', 'b1']]);
    expect([committed(p0), committed(p1)]).toEqual(['1', '1']);
  });

  it('commits nothing for a partition that was lost while its call ran, and goes on with the others', async () => {
    const one = topicWorld({ partitions: 2 });
    const { topic, clock, committed } = one;
    one.worker.tookMs = 5 * second;
    topic.write(['a1'], p0);
    topic.write(['b1'], p1);
    await one.start();
    const other = topicMember(topic, clock);
    one.ledger.expel();
    await other.start();
    await clock.advance(4 * second);
    expect(committed(p0)).toBe('horizon');
    await clock.advance(minute);
    expect([committed(p0), committed(p1)]).toEqual(['1', '1']);
    expect([...one.worker.seen, ...other.worker.seen].flat().filter((body) => body === 'a1')).toHaveLength(2);
  });

  it('that a member joins again has its partitions claimed at once, without waiting for the next look', async () => {
    const { topic, worker, ledger, clock, start } = topicWorld();
    await start();
    ledger.expel();
    await clock.advance(0);
    topic.write(['a1']);
    await clock.advance(100);
    expect(worker.seen).toEqual([['a1']]);
  });

  it('keeps what was committed, whatever StartingPosition says', async () => {
    const first = topicWorld();
    const { topic, clock } = first;
    topic.write(['a1']);
    await first.start();
    await first.stop();
    topic.write(['a2']);
    const next = topicMember(topic, clock, { startingRule: { kind: 'LATEST' } });
    await next.start();
    expect(next.worker.seen).toEqual([['a2']]);
  });

  it('reads a partition that was added from its beginning', async () => {
    const { topic, worker, clock, start } = topicWorld({ startingRule: { kind: 'LATEST' } });
    topic.write(['old']);
    await start();
    topic.write(['new'], topic.addPartition());
    await clock.advance(3 * second);
    expect(worker.seen).toEqual([['new']]);
  });

  it('stops in the middle of a call, commits what was handled, and leaves no timer', async () => {
    const { topic, worker, clock, delivery, start, committed } = topicWorld({ partitions: 2, batchSize: 2 });
    worker.tookMs = 2 * second;
    topic.write(['a1', 'a2', 'a3'], p0);
    topic.write(['b1'], p1);
    await start();
    const stopped = delivery.stop();
    await clock.advance(5 * second);
    await stopped;
    expect(worker.seen).toEqual([['a1', 'a2']]);
    expect([committed(p0), committed(p1)]).toEqual(['2', 'horizon']);
    expect(clock.pending).toBe(0);
  });

  it('says which partitions it reads in its status', async () => {
    const { delivery, start } = topicWorld({ partitions: 3 });
    await start();
    expect(delivery.status.because).toBe('polling stream clicks: 3 partitions');
  });
});
