import { describe, expect, it } from 'vitest';
import { SourceError } from '../../../src/contracts/source-error.js';
import { sleep } from '../../../src/platform/clock.js';
import { numbered } from '../queue/queue-world.js';
import { second, streamWorld } from './stream-world.js';

describe('a stream mapping', () => {
  it('delivers what was written at once as one batch, in order', async () => {
    const { stream, worker, ledger, start, stop, partition } = streamWorld();
    const records = stream.write(numbered(10));
    await start();
    expect(worker.seen).toEqual([numbered(10)]);
    expect(ledger.checkpointOf(partition)).toBe(records.at(-1)?.position);
    await stop();
  });

  it('delivers a backlog in batches of BatchSize, oldest first', async () => {
    const { stream, worker, clock, start } = streamWorld({ batchSize: 10 });
    stream.write(numbered(20));
    await start();
    stream.write(numbered(10, 'later'));
    await clock.advance(second);
    expect(worker.seen).toEqual([numbered(20).slice(0, 10), numbered(20).slice(10), numbered(10, 'later')]);
  });

  it('calls again for a shard only when the call before is finished', async () => {
    const { stream, worker, clock, start } = streamWorld({ batchSize: 10 });
    worker.tookMs = 5 * second;
    stream.write(numbered(20));
    await start();
    await clock.advance(20 * second);
    const [first, next] = worker.calls;
    expect((next?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(5 * second);
    expect(worker.mostAtOnce).toBe(1);
  });

  it('gathers records for its batching window', async () => {
    const { stream, worker, clock, start } = streamWorld({ windowMs: 5 * second });
    await start();
    stream.write(['a']);
    await clock.advance(2 * second);
    stream.write(['b']);
    await clock.advance(2 * second);
    expect(worker.seen).toEqual([]);
    await clock.advance(2 * second);
    expect(worker.seen).toEqual([['a', 'b']]);
  });

  it('sees a record on a quiet shard within 100 ms', async () => {
    const { stream, worker, clock, start } = streamWorld();
    await start();
    await clock.advance(120 * second);
    stream.write(['a']);
    await clock.advance(100);
    expect(worker.seen).toEqual([['a']]);
  });

  it('reads a quiet shard beyond the fourth once a second', async () => {
    const { stream, clock, start } = streamWorld({ partitions: 5 });
    await start();
    await clock.advance(60 * second);
    const fifth = stream.openPartitions[4] ?? '';
    const before = stream.reads.get(fifth) ?? 0;
    await clock.advance(60 * second);
    expect((stream.reads.get(fifth) ?? 0) - before).toBeLessThanOrEqual(61);
    expect((stream.reads.get(fifth) ?? 0) - before).toBeGreaterThanOrEqual(59);
  });

  it('moves the checkpoint past records that the filter drops, and does not invoke for them', async () => {
    const { stream, worker, ledger, start, ofType, partition } = streamWorld({
      filter: (record) => (record['body'] === 'keep' ? { kept: true } : { kept: false, because: () => 'not kept' }),
    });
    const records = stream.write(['drop', 'keep', 'drop']);
    await start();
    expect(worker.seen).toEqual([['keep']]);
    expect(ofType('filtered').map(({ record }) => record)).toEqual([records[0]?.id, records[2]?.id]);
    expect(ledger.checkpointOf(partition)).toBe(records[2]?.position);
  });

  it('goes on where it was, after a restart', async () => {
    const first = streamWorld();
    first.stream.write(['a']);
    await first.start();
    await first.stop();
    first.stream.write(['b']);
    const { stream, clock } = first;
    const next = streamWorld({ stream, clock, stored: first.ledger.stored });
    await next.start();
    expect(next.worker.seen).toEqual([['b']]);
  });

  it('begins behind what is there with LATEST, and skips nothing that was written while it was stopped', async () => {
    const first = streamWorld({ startingRule: { kind: 'LATEST' } });
    first.stream.write(['old']);
    await first.start();
    await first.stop();
    expect(first.worker.seen).toEqual([]);
    first.stream.write(['while stopped']);
    const { stream, clock, ledger } = first;
    const next = streamWorld({ stream, clock, stored: ledger.stored, startingRule: { kind: 'LATEST' } });
    await next.start();
    expect(next.worker.seen).toEqual([['while stopped']]);
  });

  it('begins at a moment with AT_TIMESTAMP', async () => {
    const clockStart = Date.UTC(2026, 0, 31, 12);
    const { stream, worker, start } = streamWorld({
      startingRule: { kind: 'AT_TIMESTAMP', at: clockStart - second },
    });
    stream.write([
      { body: 'before', arrivedAt: clockStart - 2 * second },
      { body: 'at', arrivedAt: clockStart - second },
      { body: 'after', arrivedAt: clockStart },
    ]);
    await start();
    expect(worker.seen).toEqual([['at', 'after']]);
  });

  it('finishes the running call on a stop, stores its checkpoint, and calls no more', async () => {
    const { stream, worker, clock, ledger, delivery, start, partition } = streamWorld({ batchSize: 1 });
    worker.tookMs = 2 * second;
    const records = stream.write(['a', 'b']);
    await start();
    await clock.advance(second);
    const stopped = delivery.stop();
    await clock.advance(5 * second);
    await stopped;
    expect(worker.seen).toEqual([['a']]);
    expect(ledger.checkpointOf(partition)).toBe(records[0]?.position);
    expect(delivery.status.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('stops twice, and before it has started', async () => {
    const { delivery, clock } = streamWorld();
    await Promise.all([delivery.stop(), delivery.stop()]);
    expect(delivery.status.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });
});

describe('shards', () => {
  it('do not wait for each other: one that fails, and one that is slow', async () => {
    const { stream, worker, clock, start } = streamWorld({ partitions: 3 });
    const [failing = '', slow = '', well = ''] = stream.openPartitions;
    worker.reply = ([body = '']) => (body.startsWith('poison') ? 'throw' : 'ok');
    stream.write(['poison'], failing);
    await start();
    worker.tookMs = 60 * second;
    stream.write(['slow'], slow);
    await clock.advance(second);
    worker.tookMs = 0;
    stream.write(['well'], well);
    await clock.advance(second);
    expect(worker.seen).toContainEqual(['well']);
  });

  it('are never mixed in one batch', async () => {
    const { stream, worker, start } = streamWorld({ partitions: 2 });
    const [one = '', other = ''] = stream.openPartitions;
    stream.write(['a', 'b'], one);
    stream.write(['c'], other);
    await start();
    expect(worker.seen.toSorted((a, b) => a.join().localeCompare(b.join()))).toEqual([['a', 'b'], ['c']]);
  });

  it('that come from a split start when their parent is finished', async () => {
    const { stream, worker, clock, start, ledger, partition } = streamWorld();
    worker.tookMs = 5 * second;
    stream.write(['parent']);
    await start();
    const [child = ''] = stream.split(partition);
    stream.write(['child'], child);
    await clock.advance(4 * second);
    expect(worker.seen).toEqual([['parent']]);
    await clock.advance(4 * second);
    expect(worker.seen).toEqual([['parent'], ['child']]);
    expect(ledger.checkpointOf(partition)).toBe('ended');
  });

  it('that come from a merge wait for both parents', async () => {
    const { stream, worker, clock, start } = streamWorld({ partitions: 2 });
    const [one = '', other = ''] = stream.openPartitions;
    worker.reply = ([body = ''], call) => (body === 'fails twice' && call < 5 ? 'throw' : 'ok');
    stream.write(['fails twice'], one);
    stream.write(['well'], other);
    const merged = stream.merge(one, other);
    stream.write(['merged'], merged);
    await start();
    await clock.advance(60 * second);
    const bodies = worker.seen.map(([body]) => body);
    expect(bodies.at(-1)).toBe('merged');
    expect(bodies.filter((body) => body === 'merged')).toHaveLength(1);
  });

  it('keep their order over a restart in the middle of a split', async () => {
    const first = streamWorld();
    const { stream, clock, partition } = first;
    first.worker.reply = () => 'throw';
    stream.write(['parent']);
    await first.start();
    stream.write(['child'], stream.split(partition)[0]);
    await clock.advance(second);
    await first.stop();
    const next = streamWorld({ stream, clock, stored: first.ledger.stored });
    await next.start();
    await clock.advance(second);
    expect(next.worker.seen).toEqual([['parent'], ['child']]);
  });

  it('that had expired before they were read to their end are reported', async () => {
    const { stream, worker, start, clock, ofType, partition } = streamWorld();
    worker.reply = () => 'throw';
    stream.write(numbered(3));
    await start();
    await clock.advance(second);
    stream.split(partition, 1);
    stream.forget(partition);
    await clock.advance(11 * second);
    expect(
      ofType('partition')
        .filter(({ state }) => state === 'trimmed')
        .map(({ partition }) => partition),
    ).toEqual([partition]);
  });

  it('report records that had expired before they were read', async () => {
    const { stream, start, ofType, worker, partition } = streamWorld();
    stream.write(numbered(5));
    stream.trim(partition, 2);
    await start();
    expect(worker.seen).toEqual([['m4', 'm5']]);
    expect(ofType('partition').find(({ state }) => state === 'trimmed')?.because).toBe(
      '3 records expired before they were read',
    );
  });

  it('begin again at their checkpoint when something breaks, and the others go on', async () => {
    const { stream, worker, start, clock, ofType } = streamWorld({
      partitions: 2,
      filter: (record) => {
        if (record['body'] === 'breaks' && broken++ === 0) throw new Error('a defect');
        return { kept: true };
      },
    });
    let broken = 0;
    const [one = '', other = ''] = stream.openPartitions;
    stream.write(['breaks'], one);
    stream.write(['well'], other);
    await start();
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([['well'], ['breaks']]);
    expect(ofType('partition').find(({ state }) => state === 'waiting')?.because).toBe(
      'the work on it broke off, and begins again at its checkpoint: a defect',
    );
  });
});

describe('a stream that cannot be used', () => {
  it('is a state with a reason, and is used as soon as it can be', async () => {
    const { stream, worker, delivery, start, clock } = streamWorld();
    stream.write(['a']);
    for (let tries = 0; tries < 3; tries++)
      stream.failNext('describe', new SourceError('missing', 'it does not exist'));
    await start();
    expect([delivery.status.state, delivery.status.because]).toEqual([
      'waiting',
      'waiting for stream clicks: it does not exist',
    ]);
    await clock.advance(10 * second);
    expect(delivery.status.state).toBe('polling');
    expect(worker.seen).toEqual([['a']]);
  });

  it('holds up one shard when only that cannot be read, and skips nothing', async () => {
    const { stream, worker, delivery, start, clock, ofType } = streamWorld({ partitions: 2 });
    const [one = '', other = ''] = stream.openPartitions;
    stream.write(['a'], one);
    stream.write(['b'], other);
    stream.failNext('read', new SourceError('throttled', 'asks to slow down'), one);
    await start();
    expect(worker.seen).toEqual([['b']]);
    expect(delivery.status.because).toBe('polling stream clicks: 2 shards, 1 of them in trouble');
    expect(ofType('partition').find(({ state }) => state === 'waiting')?.because).toContain('asks to slow down');
    await clock.advance(second);
    expect(worker.seen).toEqual([['b'], ['a']]);
    expect(delivery.status.because).toBe('polling stream clicks: 2 shards');
  });

  it('waits as a whole when no shard can be read', async () => {
    const { stream, delivery, start, clock } = streamWorld();
    for (let tries = 0; tries < 2; tries++) stream.failNext('read', new SourceError('unreachable', 'no answer'));
    await start();
    expect(delivery.status.state).toBe('waiting');
    await clock.advance(5 * second);
    expect(delivery.status.state).toBe('polling');
  });

  it('starts afresh, and says so, when it was deleted and created again', async () => {
    const { stream, worker, start, clock, ofType } = streamWorld();
    stream.write(['old']);
    await start();
    stream.recreate();
    stream.write(['new']);
    await clock.advance(11 * second);
    expect(worker.seen).toEqual([['old'], ['new']]);
    expect(ofType('notice').at(-1)?.because).toBe(
      'stream clicks is another one than before (number 2 of its name): its checkpoints do not count any more, and it is read from TRIM_HORIZON',
    );
  });
});

describe('a stream of the same name that takes the place of another', () => {
  it('is read from its beginning with LATEST: it is younger than what LATEST stood for', async () => {
    const { stream, worker, start, clock } = streamWorld({ startingRule: { kind: 'LATEST' } });
    stream.write(['old']);
    await start();
    stream.recreate();
    stream.write(['new']);
    await clock.advance(11 * second);
    expect(worker.seen).toEqual([['new']]);
  });

  it('is found out before anything of it is handled, when a position is unknown all at once', async () => {
    const { stream, worker, start, clock, ofType, partition } = streamWorld();
    stream.write(['old']);
    await start();
    // The reader of the old shard goes on in the new one, as it does where shards have the same ids.
    stream.write(['new'], partition);
    stream.trimNext(partition);
    stream.rename();
    await clock.advance(5 * second);
    expect(worker.seen).toEqual([['old'], ['old', 'new']]);
    expect(ofType('partition').filter(({ state }) => state === 'trimmed')).toEqual([]);
  });
});

describe('a checkpoint', () => {
  it('that cannot be stored is a reason, and is stored later', async () => {
    const { stream, ledger, start, clock, ofType, partition, delivery } = streamWorld();
    ledger.failures.push(new Error('disk full'), new Error('disk full'));
    const [record] = stream.write(['a']);
    await start();
    expect(ofType('partition').at(-1)?.because).toBe('its checkpoint cannot be stored: disk full');
    expect(await delivery.isDrained()).toBe(false);
    expect(delivery.status.state).toBe('waiting');
    await clock.advance(second);
    expect(ledger.checkpointOf(partition)).toBe(record?.position);
    expect(ofType('partition').at(-1)).toMatchObject({ state: 'started', because: 'its checkpoint is stored again' });
    expect(delivery.status.state).toBe('polling');
  });

  it('is not stored by a process that has lost its lease, which calls the handler no more', async () => {
    const { stream, worker, ledger, start, clock, ofType, partition } = streamWorld({ batchSize: 1 });
    worker.tookMs = second;
    stream.write(['a', 'b']);
    await start();
    ledger.takeAway(partition);
    ledger.claim = async () => [];
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([['a']]);
    expect(ledger.checkpointOf(partition)).toBe('horizon');
    expect(ofType('partition').at(-1)?.state).toBe('given-up');
  });
});

describe('several processes', () => {
  it('hand a shard over between two calls: the running one ends and is stored, and no other is made', async () => {
    const { stream, worker, ledger, start, clock, ofType, partition } = streamWorld({ batchSize: 1 });
    worker.tookMs = 2 * second;
    const [first] = stream.write(['a', 'b']);
    await start();
    ledger.ask(partition);
    ledger.claim = async () => [];
    await clock.advance(10 * second);
    expect(worker.seen).toEqual([['a']]);
    expect(ledger.checkpointOf(partition)).toBe(first?.position);
    expect(ofType('partition').at(-1)).toMatchObject({ state: 'given-up', because: 'handed over to another process' });
  });

  it('do not take for gone what another one has found after they looked', async () => {
    const { stream, worker, ledger, start, clock, ofType, partition } = streamWorld();
    ledger.claimEveryMs = second;
    worker.tookMs = 60 * second;
    stream.write(['a']);
    await start();
    const [child = ''] = stream.split(partition, 1);
    // Another process has seen the split, and this one looks at the ledger before it looks at the stream again.
    await ledger.add(new Map([[child, { kind: 'open', from: { kind: 'horizon' } }]]));
    await clock.advance(2 * second);
    expect(ofType('partition').filter(({ state }) => state === 'trimmed')).toEqual([]);
    expect(ledger.checkpointOf(child)).toBe('horizon');
  });
});

describe('a process that shares its checkpoints', () => {
  it('looks at the stream before it touches what another has begun on a new one', async () => {
    const { stream, ledger, worker, start, clock, ofType, partition } = streamWorld();
    ledger.claimEveryMs = second;
    stream.write(['old']);
    await start();
    stream.recreate();
    const [other = ''] = stream.openPartitions;
    stream.write(['new']);
    await ledger.replace('memory-2', new Map([[other, { kind: 'open', from: { kind: 'horizon' } }]]));
    await clock.advance(5 * second);
    expect(ofType('partition').filter(({ state }) => state === 'trimmed')).toEqual([]);
    expect(ledger.checkpointOf(partition)).toBeUndefined();
    expect(worker.seen).toEqual([['old'], ['new']]);
  });
});

describe('a stop', () => {
  it('waits a second for a checkpoint that cannot be stored, and no longer', async () => {
    const { stream, ledger, start, clock, delivery } = streamWorld();
    ledger.failures.push(...Array.from({ length: 100 }, () => new Error('disk full')));
    stream.write(['a']);
    await start();
    await clock.advance(20 * second);
    const stopped = delivery.stop();
    await clock.advance(1_300);
    expect(delivery.status.state).toBe('stopped');
    await stopped;
    expect(clock.pending).toBe(0);
  });

  it('waits no longer when the checkpoint of a shard that has ended cannot be stored', async () => {
    const { stream, ledger, start, clock, delivery, partition } = streamWorld();
    ledger.failures.push(...Array.from({ length: 1_000 }, () => new Error('disk full')));
    stream.write(['a']);
    await start();
    stream.split(partition);
    await clock.advance(20 * second);
    const stopped = delivery.stop();
    await clock.advance(1_300);
    expect(delivery.status.state).toBe('stopped');
    await stopped;
  });

  it('waits a second for a destination that does not answer, and no longer; nothing is lost', async () => {
    const { stream, worker, ledger, start, clock, delivery, destination, partition } = streamWorld({
      maxRetries: 0,
      destination: 'told',
    });
    worker.reply = () => 'throw';
    destination.deliver = () => new Promise(() => {});
    stream.write(['a']);
    await start();
    const stopped = delivery.stop();
    await clock.advance(1_100);
    expect(delivery.status.state).toBe('stopped');
    await stopped;
    expect(ledger.checkpointOf(partition)).toBe('horizon');
  });
});

describe('idleness of a stream mapping', () => {
  it('is there when every shard was read to its tip and everything is done', async () => {
    const { stream, worker, delivery, start, clock } = streamWorld({ partitions: 2 });
    await start();
    await clock.advance(second);
    expect(await delivery.isDrained()).toBe(true);
    worker.tookMs = 2 * second;
    stream.write(['a']);
    await clock.advance(second);
    expect(await delivery.isDrained()).toBe(false);
    await clock.advance(2 * second);
    expect(await delivery.isDrained()).toBe(true);
  });

  it('is not there while a batch waits for a retry', async () => {
    const { stream, worker, delivery, start, clock } = streamWorld();
    worker.reply = () => 'throw';
    stream.write(['a']);
    await start();
    await clock.advance(5 * second);
    expect(await delivery.isDrained()).toBe(false);
  });

  it('is not there while a closed partition is done and nobody has looked yet for what continues it', async () => {
    const { stream, partition, clock, start, stop, delivery, worker } = streamWorld();
    await start();
    await clock.advance(second);
    expect(await delivery.isDrained()).toBe(true);
    const partitions = stream.partitions.bind(stream);
    stream.partitions = async () => {
      await sleep(clock, 5 * second);
      return partitions();
    };
    const [child] = stream.split(partition);
    stream.write(['late'], child);
    const verdicts = new Set<boolean>();
    while (worker.calls.length === 0) {
      await clock.advance(100);
      if (worker.calls.length === 0) verdicts.add(await delivery.isDrained());
    }
    expect([...verdicts]).toEqual([false]);
    await stop();
  });
});
