import { describe, expect, it } from 'vitest';
import type { LedgerContent, PartitionState } from '../../src/contracts/checkpoint-store.js';
import { sleep } from '../../src/platform/clock.js';
import type { LedgerChange, LedgerStorage } from '../../src/state/ledger-storage.js';
import { OwnLedger, OwnMapping } from '../../src/state/own-ledger.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { after, claimed, partitionsOf } from './partition-states.js';

/** A disk that takes a second for each write, and for each read. */
class SlowStorage implements LedgerStorage {
  readonly clock = new VirtualClock();
  readonly partitions = new Map<string, PartitionState>();
  identity: string | undefined;

  async read(): Promise<LedgerContent> {
    const content = { identity: this.identity, partitions: new Map(this.partitions) };
    await sleep(this.clock, 1_000);
    return content;
  }

  async write({ identity, put, remove = [] }: LedgerChange): Promise<void> {
    await sleep(this.clock, 1_000);
    this.identity = identity ?? this.identity;
    for (const id of remove) this.partitions.delete(id);
    for (const [id, state] of put) this.partitions.set(id, state);
  }
}

async function ledgerOnSlowStorage() {
  const storage = new SlowStorage();
  const during = async <T>(work: Promise<T>): Promise<T> => {
    await storage.clock.advance(60_000);
    return work;
  };
  const ledger = new OwnLedger(new OwnMapping(storage));
  await during(ledger.begin('stream-1', partitionsOf(['a', 'b'])));
  return { storage, during, ledger };
}

describe('the ledger of a process that works alone, on a slow disk', () => {
  it('lets nobody begin before the checkpoint of the one before is stored', async () => {
    const { ledger, during } = await ledgerOnSlowStorage();
    const lease = await during(claimed(ledger, 'a'));
    const written = lease.checkpoint('7');
    const next = during(lease.release().then(() => claimed(ledger, 'a')));
    expect((await next).from).toEqual({ kind: 'after', position: '7' });
    await written;
  });

  it('leases a partition once where two ask at once', async () => {
    const { ledger, during } = await ledgerOnSlowStorage();
    const claims = await during(Promise.all([ledger.claim(['a', 'b']), ledger.claim(['a', 'b'])]));
    expect(claims.map(({ length }) => length)).toEqual([2, 0]);
  });

  it('keeps the first of two beginnings that come at once', async () => {
    const { ledger, during, storage } = await ledgerOnSlowStorage();
    const [one, other] = [partitionsOf(['c'], after('1')), partitionsOf(['c'], after('2'))];
    await during(Promise.all([ledger.begin('stream-2', one), ledger.begin('stream-2', other)]));
    expect(storage.partitions).toEqual(one);
  });
});
