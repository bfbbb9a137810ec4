import { describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../../src/contracts/checkpoint-store.js';
import { SourceError } from '../../../src/contracts/source-error.js';
import { SharedLeaseTable } from '../../fakes/shared-lease-table.js';
import { settled, VirtualClock } from '../../fakes/virtual-clock.js';
import { leaseTableContract } from './lease-table-contract.js';
import { leaseMs, LeaseWorld, type Worker } from './lease-world.js';
import { after, claimed, horizon, partitionsOf } from '../partition-states.js';

leaseTableContract('a table in memory', async () => new SharedLeaseTable().link(new VirtualClock()));

async function world(partitions: number, workers = 2): Promise<LeaseWorld & { readonly all: readonly Worker[] }> {
  const made = new LeaseWorld(partitions);
  const all = Array.from({ length: workers }, () => made.worker());
  await all[0]?.ledger.begin('stream-1', partitionsOf(made.partitions));
  return Object.assign(made, { all });
}

/** As a process that dies: nothing of it reaches the table any more. */
const die = ({ link }: Worker): void => void (link.fate = 'not-sent');

/** On their ways to the table and back, one after the other; none after these. */
function delays(...ms: readonly number[]): () => number {
  const left = [...ms];
  return () => left.shift() ?? 0;
}

const [second, third] = [1_000, leaseMs / 3];

describe('the leases of a process that dies', () => {
  it('are free for another when nothing has been heard of it for the lease time, and not before', async () => {
    const { all, clock, partitions } = await world(3);
    const [one, other] = all as [Worker, Worker];
    expect(await one.round()).toHaveLength(3);
    await clock.advance(4 * third);
    expect(await other.round()).toEqual([]); // it sees the leases for the first time
    die(one);
    await clock.advance(leaseMs - 1);
    expect(await other.round()).toEqual([]);
    await clock.advance(1);
    expect((await other.round()).toSorted()).toEqual(partitions);
  });

  it('have all ended in that process by then', async () => {
    const { all, clock } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    die(one);
    await clock.advance(0.9 * leaseMs - 1);
    expect(lease.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.lost.aborted).toBe(true);
    await expect(lease.checkpoint('1')).rejects.toBeInstanceOf(LeaseLostError);
  });

  it('are not free earlier where the answer about them was long on its way', async () => {
    const { all, clock } = await world(1);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    other.link.delayMs = delays(0.4 * leaseMs);
    const slow = other.round(); // it sees the renewal that was made meanwhile
    await clock.advance(0.4 * leaseMs);
    die(one);
    expect(await slow).toEqual([]);
    await clock.advance(leaseMs - 1);
    expect(await other.round()).toEqual([]);
    await clock.advance(1);
    expect(await other.round()).toEqual(['p0']);
  });

  it('end in time where the answer to the last renewal was long on its way', async () => {
    const { all, clock } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.delayMs = delays(0, 0.4 * leaseMs);
    await clock.advance(third + 0.4 * leaseMs);
    die(one);
    await clock.advance(0.5 * leaseMs - 1);
    expect(lease.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.lost.aborted).toBe(true);
  });

  it('start where it has stored its checkpoint', async () => {
    const { all, clock } = await world(1);
    const [one, other] = all as [Worker, Worker];
    await (await claimed(one.ledger, 'p0')).checkpoint('41');
    die(one);
    await other.round();
    await clock.advance(leaseMs);
    expect((await claimed(other.ledger, 'p0')).from).toEqual({ kind: 'after', position: '41' });
  });
});

describe('a lease', () => {
  it('lasts as long as it is renewed', async () => {
    const { all, clock } = await world(2);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    for (let rounds = 0; rounds < 20; rounds++) {
      expect((await other.ledger.claim(['p0'])).length).toBe(0);
      await clock.advance(third);
    }
    expect([...one.leases.values()].some(({ lost }) => lost.aborted)).toBe(false);
    expect(one.link.calls.get('change held')).toBeGreaterThanOrEqual(2 * 19);
  });

  it('survives an outage that is shorter than its time', async () => {
    const { all, clock } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'not-sent';
    await clock.advance(0.85 * leaseMs);
    one.link.fate = 'answered';
    await clock.advance(2 * leaseMs);
    expect(lease.lost.aborted).toBe(false);
  });

  it('is kept by its checkpoints as by renewals', async () => {
    const { all, clock } = await world(1);
    const [one, other] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    await other.round();
    await clock.advance(third - 1);
    await lease.checkpoint('1');
    die(one);
    await clock.advance(0.9 * leaseMs - 1);
    expect(lease.lost.aborted).toBe(false);
    expect(await other.round()).toEqual([]);
  });

  it('is lost with the renewal that finds another holder', async () => {
    const { all, clock, table } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    takeAway(table);
    expect(lease.lost.aborted).toBe(false);
    await clock.advance(third);
    expect(lease.lost.aborted).toBe(true);
    await one.ledger.close();
    expect(clock.pending).toBe(0);
    expect([...table.rows.values()].map(({ holder }) => holder?.owner)).toEqual(['somebody']);
  });

  it.each(['checkpoint', 'end'] as const)('is lost with the %s that finds another holder', async (what) => {
    const { all, table } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    takeAway(table);
    await expect(what === 'end' ? lease.end() : lease.checkpoint('1')).rejects.toBeInstanceOf(LeaseLostError);
    expect(lease.lost.aborted).toBe(true);
    expect([...table.rows.values()].map(({ state }) => state)).toEqual([horizon]);
  });

  it('is not taken again by the process that has lost it while a handler of its own may be at work', async () => {
    const { all, clock, table } = await world(1, 1);
    const [one] = all as [Worker];
    const lease = await claimed(one.ledger, 'p0');
    await one.round();
    const token = (): string | undefined => [...table.rows.values()][0]?.holder?.token;
    const before = token();
    one.link.fate = 'not-sent';
    await clock.advance(2 * leaseMs);
    one.link.fate = 'answered';
    expect(lease.lost.aborted).toBe(true);
    expect(await one.round()).toEqual([]);
    expect(token()).toBe(before);
    await lease.release();
    expect(await one.round()).toEqual(['p0']);
  });

  it('does not count when the answer to its claim came too late', async () => {
    const { all, clock, table } = await world(1);
    const [one] = all as [Worker, Worker];
    one.link.delayMs = () => leaseMs / 2;
    const claim = one.round();
    await clock.advance(3 * leaseMs);
    expect(await claim).toEqual([]);
    expect([...table.rows.values()].map(({ holder }) => holder)).toEqual([undefined]);
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when it has ended, in whichever way', async () => {
    const { all, clock } = await world(4, 1);
    const [one] = all as [Worker];
    await one.round();
    await one.leases.get('p0')?.end();
    await one.leases.get('p1')?.release();
    await one.ledger.remove(['p2']);
    expect(clock.pending).toBe(2); // renewal and end of p3
    await one.ledger.close();
    expect(clock.pending).toBe(0);
  });
});

/** As if another process had won the lease in a way that this one has not noticed. */
function takeAway(table: LeaseWorld['table']): void {
  for (const [name, row] of table.rows) table.rows.set(name, { ...row, holder: { owner: 'somebody', token: 'other' } });
}

describe('a checkpoint that cannot be stored at once', () => {
  it('is tried again', async () => {
    const { all, clock, table } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'not-sent';
    const written = lease.checkpoint('1');
    await clock.advance(2 * second);
    one.link.fate = 'answered';
    await clock.advance(second);
    await written;
    expect([...table.rows.values()].map(({ state }) => state)).toEqual([after('1')]);
  });

  it('is stored once more when it was stored and the answer was lost', async () => {
    const { all, clock, table } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'answer-lost';
    const written = lease.checkpoint('1');
    await clock.advance(second);
    one.link.fate = 'answered';
    await clock.advance(second);
    await written;
    expect(lease.lost.aborted).toBe(false);
    expect([...table.rows.values()].map(({ state }) => state)).toEqual([after('1')]);
  });

  it('tells why after a third of the lease time, and can be stored later', async () => {
    const { all, clock } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'not-sent';
    const outcome = lease.checkpoint('1').catch((error: unknown) => error);
    await clock.advance(1.3 * third);
    expect(await outcome).toBe(one.link.failure);
    one.link.fate = 'answered';
    await lease.checkpoint('1');
  });

  it('tells at once where waiting does not help', async () => {
    const { all } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'not-sent';
    one.link.failure = new SourceError('denied', 'not allowed');
    await expect(lease.checkpoint('1')).rejects.toBe(one.link.failure);
  });

  it('rejects as lost when the lease ends meanwhile', async () => {
    const { all, clock } = await world(1);
    const [one] = all as [Worker, Worker];
    const lease = await claimed(one.ledger, 'p0');
    one.link.fate = 'not-sent';
    await clock.advance(0.85 * leaseMs);
    const outcome = lease.checkpoint('1').catch((error: unknown) => error);
    await clock.advance(third);
    expect(await outcome).toBeInstanceOf(LeaseLostError);
  });
});

describe('a process that comes later', () => {
  it('asks for one partition a round until its share is even, and gets them when they are given back', async () => {
    const { all, clock } = await world(5);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    for (let round = 1; round <= 4; round++) {
      await other.round();
      await clock.advance(third); // a renewal tells the holder
      const asked = [...one.leases.values()].filter(({ wanted }) => wanted?.aborted);
      expect(asked).toHaveLength(round <= 2 ? 1 : 0);
      for (const lease of asked) {
        expect(lease.lost.aborted).toBe(false);
        await lease.checkpoint(`${round}`);
        await lease.release();
        one.leases.delete(lease.partition);
        expect(await one.round()).toEqual([]); // it does not take it back
        expect(await other.round()).toEqual([lease.partition]);
        expect(other.leases.get(lease.partition)?.from).toEqual({ kind: 'after', position: `${round}` });
      }
    }
    expect([one.leases.size, other.leases.size]).toEqual([3, 2]);
  });

  it('waits for the handlers of a process that does not hand over in time, and that process calls no more', async () => {
    const { all, clock } = await world(2);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    await other.round();
    await clock.advance(third);
    const [lease] = [...one.leases.values()].filter(({ wanted }) => wanted?.aborted);
    await clock.advance(leaseMs - 1);
    expect(lease?.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(lease?.lost.aborted).toBe(true);
    for (let rounds = 0; rounds < 10; rounds++) {
      expect(await other.round()).toEqual([]);
      await clock.advance(third);
    }
    await lease?.release();
    expect(await other.round()).toEqual([lease?.partition]);
  });

  it('leaves a partition to others when it dies before it was handed over', async () => {
    const { all, clock } = await world(2);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    await other.round();
    die(other);
    await clock.advance(third);
    const [lease] = [...one.leases.values()].filter(({ wanted }) => wanted?.aborted);
    await lease?.release();
    expect(await one.round()).toEqual([]);
    await clock.advance(leaseMs);
    expect(await one.round()).toEqual([lease?.partition]);
  });

  it('has all partitions as soon as the other stops', async () => {
    const { all, partitions } = await world(4);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    expect(await other.round()).toEqual([]);
    await one.ledger.close();
    expect((await other.round()).toSorted()).toEqual(partitions);
  });
});

describe('beginning on a table', () => {
  const first = partitionsOf(['p0', 'p1'], after('first'));
  const later = partitionsOf(['p0', 'p1'], after('second'));

  it('lets the first of two go on, and the other take its positions', async () => {
    const made = new LeaseWorld(2);
    const [one, other] = [made.worker(), made.worker()];
    one.link.delayMs = () => 10;
    other.link.delayMs = () => 20;
    const both = Promise.all([one.ledger.begin('s', first), other.ledger.begin('s', later)]);
    await made.clock.advance(second);
    await both;
    one.link.delayMs = other.link.delayMs = () => 0;
    expect((await other.ledger.read()).partitions).toEqual(first);
    expect((await one.ledger.read()).partitions).toEqual(first);
    expect(made.table.rows.size).toBe(2); // nothing is left of the loser
  });

  it.each([
    { dies: 'after some partitions', lost: (call: string, number: number) => call === 'add' && number === 2 },
    { dies: 'before the write that counts', lost: (call: string) => call === 'enforce' },
  ])('has not begun when the process dies $dies', async ({ lost }) => {
    const made = new LeaseWorld(2);
    const [one, other] = [made.worker(), made.worker()];
    one.link.fateOf = (call, number) => (lost(call, number) ? 'not-sent' : 'answered');
    await expect(one.ledger.begin('s', first)).rejects.toBe(one.link.failure);
    expect(await other.ledger.read()).toEqual({ identity: undefined, partitions: new Map() });
    await other.ledger.begin('s', later);
    expect(await other.ledger.read()).toEqual({ identity: 's', partitions: later });
  });

  it('has begun when only the answer was lost', async () => {
    const made = new LeaseWorld(2);
    const [one, other] = [made.worker(), made.worker()];
    one.link.fateOf = (call) => (call === 'enforce' ? 'answer-lost' : 'answered');
    await expect(one.ledger.begin('s', first)).rejects.toBe(one.link.failure);
    await other.ledger.begin('s', later);
    expect((await other.ledger.read()).partitions).toEqual(first);
  });

  it('on another stream takes the leases on the former one away everywhere', async () => {
    const { all, clock } = await world(2);
    const [one, other] = all as [Worker, Worker];
    await one.round();
    await other.ledger.begin('stream-2', partitionsOf(['p0']));
    expect(await other.round()).toEqual(['p0']);
    await clock.advance(third);
    expect([...one.leases.values()].map(({ lost }) => lost.aborted)).toEqual([true, true]);
    await settled();
    expect((await one.ledger.read()).partitions).toEqual(partitionsOf(['p0']));
  });
});

describe('a claim in trouble', () => {
  it('rejects when nothing could be taken, and hands out what could', async () => {
    const { all } = await world(2, 1);
    const [one] = all as [Worker];
    one.link.fateOf = (call, number) => (call === 'change unchanged' && number <= 2 ? 'not-sent' : 'answered');
    await expect(one.round()).rejects.toBe(one.link.failure);
    one.link.fateOf = (call, number) => (call === 'change unchanged' && number === 3 ? 'not-sent' : 'answered');
    expect(await one.round()).toHaveLength(1);
    expect(await one.round()).toHaveLength(1);
  });
});
