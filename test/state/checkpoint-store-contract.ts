import { afterEach, describe, expect, it } from 'vitest';
import {
  LeaseLostError,
  type CheckpointStore,
  type Lease,
  type Ledger,
  type PartitionState,
} from '../../src/contracts/checkpoint-store.js';
import { after, claimed, ended, horizon, partitionsOf } from './partition-states.js';

export interface CheckpointFixture {
  /** A store on what earlier ones of this fixture have stored, as a process that starts again opens it. */
  readonly open: () => Promise<CheckpointStore>;
  readonly dispose: () => Promise<void>;
}

export interface CheckpointContractOptions {
  readonly name: string;
  readonly create: () => Promise<CheckpointFixture>;
  /** Whether checkpoints are still there when a store is closed and opened again. */
  readonly survives: boolean;
}

const mapping = '6e0d7c3a-5d52-5f8b-9d0a-1c9f6a9b2f10';
const otherMapping = '0b9c1d2e-5d52-5f8b-9d0a-1c9f6a9b2f11';

async function stored(ledger: Ledger): Promise<Readonly<Record<string, PartitionState>>> {
  return Object.fromEntries((await ledger.read()).partitions);
}

const names = (leases: readonly Lease[]): readonly string[] => leases.map(({ partition }) => partition).toSorted();

/** Every store of checkpoints passes this same suite. */
export function checkpointStoreContract({ name, create, survives }: CheckpointContractOptions): void {
  describe(`${name} keeps the contract of a checkpoint store`, () => {
    const undo: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const step of undo.splice(0).toReversed()) await step();
    });
    const fixture = async (): Promise<CheckpointFixture> => {
      const made = await create();
      undo.push(() => made.dispose());
      return made;
    };
    const opened = async (): Promise<CheckpointStore> => {
      const store = await (await fixture()).open();
      undo.push(() => store.close());
      return store;
    };
    const begun = async (partitions: ReadonlyMap<string, PartitionState>): Promise<Ledger> => {
      const ledger = (await opened()).ledger(mapping);
      await ledger.begin('stream-1', partitions);
      return ledger;
    };

    it('knows nothing before the first start', async () => {
      const ledger = (await opened()).ledger(mapping);
      expect(await ledger.read()).toEqual({ identity: undefined, partitions: new Map() });
      expect(await ledger.claim(['a'])).toEqual([]);
    });

    it('keeps every kind of state, for partitions of any name', async () => {
      const partitions = new Map<string, PartitionState>([
        ['shardId-000000000001', horizon],
        ['a/b', { kind: 'open', from: { kind: 'timestamp', at: 1_769_860_800_123 } }],
        ['', after('')],
        ['stream', after('a "quoted" position/1')],
        ['ünïcode 😀', ended],
      ]);
      const ledger = await begun(partitions);
      expect(await ledger.read()).toEqual({ identity: 'stream-1', partitions });
    });

    it('begins with more partitions than a service takes at once', async () => {
      const many = partitionsOf(
        Array.from({ length: 230 }, (_, index) => `shard-${index}`),
        after('7'),
      );
      expect((await (await begun(many)).read()).partitions).toEqual(many);
    });

    it('keeps what somebody has begun on the same stream', async () => {
      const ledger = await begun(partitionsOf(['a'], after('1')));
      await ledger.begin('stream-1', partitionsOf(['a', 'b'], after('9')));
      expect(await stored(ledger)).toEqual({ a: after('1') });
    });

    it('lets one of two win that begin at once, and both go on with its positions', async () => {
      const store = await opened();
      const ledgers = [store.ledger(mapping), store.ledger(mapping)] as const;
      await Promise.all(
        ledgers.map((ledger, index) => ledger.begin('stream-1', partitionsOf(['a', 'b'], after(`${index}`)))),
      );
      const [one, other] = await Promise.all(ledgers.map(stored));
      expect(one).toEqual(other);
      expect([
        { a: after('0'), b: after('0') },
        { a: after('1'), b: after('1') },
      ]).toContainEqual(one);
    });

    it('forgets the checkpoints of another stream, and ends the leases on it', async () => {
      const ledger = await begun(partitionsOf(['a', 'b'], after('1')));
      const lease = await claimed(ledger, 'a');
      await ledger.begin('stream-2', partitionsOf(['a'], horizon));
      expect(await ledger.read()).toEqual({ identity: 'stream-2', partitions: partitionsOf(['a']) });
      expect(lease.lost.aborted).toBe(true);
      await expect(lease.checkpoint('2')).rejects.toBeInstanceOf(LeaseLostError);
      await lease.release();
      expect((await claimed(ledger, 'a')).from).toEqual({ kind: 'horizon' });
    });

    it('leases a partition that was lost again when nobody works on it any more', async () => {
      const ledger = await begun(partitionsOf(['a']));
      const lease = await claimed(ledger, 'a');
      await ledger.replace('stream-1', partitionsOf(['a'], after('7')));
      expect(lease.lost.aborted).toBe(true);
      expect(await ledger.claim(['a'])).toEqual([]);
      await lease.release();
      expect((await claimed(ledger, 'a')).from).toEqual({ kind: 'after', position: '7' });
    });

    it('replaces everything when it is told to, also of the same stream', async () => {
      const ledger = await begun(partitionsOf(['a', 'b'], after('5')));
      const lease = await claimed(ledger, 'a');
      await ledger.replace('stream-1', partitionsOf(['b', 'c'], after('1')));
      expect(await stored(ledger)).toEqual({ b: after('1'), c: after('1') });
      await expect(lease.checkpoint('6')).rejects.toBeInstanceOf(LeaseLostError);
      expect(await stored(ledger)).toEqual({ b: after('1'), c: after('1') });
    });

    it('adds partitions that are not known, and leaves the others alone', async () => {
      const ledger = await begun(partitionsOf(['a'], after('1')));
      await ledger.add(partitionsOf(['a', 'b']));
      expect(await stored(ledger)).toEqual({ a: after('1'), b: horizon });
    });

    it('adds nothing before it has begun', async () => {
      const ledger = (await opened()).ledger(mapping);
      await expect(ledger.add(partitionsOf(['a']))).rejects.toThrow('before the ledger has begun');
    });

    it('forgets partitions, and ends the leases on them', async () => {
      const ledger = await begun(partitionsOf(['a', 'b']));
      const [a, b] = await Promise.all([claimed(ledger, 'a'), claimed(ledger, 'b')]);
      await ledger.remove(['a', 'unknown']);
      expect(a.lost.aborted).toBe(true);
      await expect(a.checkpoint('1')).rejects.toBeInstanceOf(LeaseLostError);
      await b.checkpoint('2');
      expect(await stored(ledger)).toEqual({ b: after('2') });
    });

    it('leases every partition that is asked for, known and not finished, and no other', async () => {
      const ledger = await begun(new Map([...partitionsOf(['a', 'b', 'c'], after('3')), ['d', ended]]));
      const leases = await ledger.claim(['a', 'b', 'd', 'unknown']);
      expect(names(leases)).toEqual(['a', 'b']);
      const threeOn = { kind: 'after', position: '3' };
      expect(leases.map(({ from }) => from)).toEqual([threeOn, threeOn]);
      expect(leases.some(({ lost }) => lost.aborted)).toBe(false);
    });

    it('leases a partition once, whoever asks', async () => {
      const store = await opened();
      const [one, other] = [store.ledger(mapping), store.ledger(mapping)] as const;
      await one.begin('stream-1', partitionsOf(['a', 'b', 'c']));
      const claims = await Promise.all([one, other, one].map((ledger) => ledger.claim(['a', 'b', 'c'])));
      expect(names(claims.flat())).toEqual(['a', 'b', 'c']);
      expect(await one.claim(['a', 'b', 'c'])).toEqual([]);
    });

    it('moves the checkpoint of a lease', async () => {
      const ledger = await begun(partitionsOf(['a', 'b']));
      const lease = await claimed(ledger, 'a');
      await lease.checkpoint('1');
      await lease.checkpoint('2');
      expect(await stored(ledger)).toEqual({ a: after('2'), b: horizon });
    });

    it('resolves checkpoints that come faster than they are stored when one as new is stored', async () => {
      const ledger = await begun(partitionsOf(['a']));
      const lease = await claimed(ledger, 'a');
      const storedWhenDone = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          await lease.checkpoint(`${index}`);
          return index % 50 === 0 ? stored(ledger) : undefined;
        }),
      );
      for (const [index, found] of storedWhenDone.entries()) {
        const { a } = found ?? {};
        if (a?.kind !== 'open' || a.from.kind !== 'after') continue;
        expect(Number(a.from.position)).toBeGreaterThanOrEqual(index);
      }
      expect(await stored(ledger)).toEqual({ a: after('199') });
    });

    it('marks a partition as finished, and leases it no more', async () => {
      const ledger = await begun(partitionsOf(['a']));
      const lease = await claimed(ledger, 'a');
      await lease.end();
      expect(await stored(ledger)).toEqual({ a: ended });
      expect(await ledger.claim(['a'])).toEqual([]);
      await expect(lease.checkpoint('1')).rejects.toBeInstanceOf(LeaseLostError);
      await expect(lease.end()).rejects.toBeInstanceOf(LeaseLostError);
      await lease.release();
    });

    it('leases again what was given back, from its checkpoint on', async () => {
      const ledger = await begun(partitionsOf(['a']));
      const lease = await claimed(ledger, 'a');
      const written = lease.checkpoint('1');
      await Promise.all([lease.release(), lease.release()]);
      expect((await claimed(ledger, 'a')).from).toEqual({ kind: 'after', position: '1' });
      await written;
      await lease.release();
      await expect(lease.checkpoint('2')).rejects.toBeInstanceOf(LeaseLostError);
      expect(await stored(ledger)).toEqual({ a: after('1') });
      expect(await ledger.claim(['a'])).toEqual([]);
    });

    it('gives every lease back when it is closed', async () => {
      const store = await opened();
      const [one, other] = [store.ledger(mapping), store.ledger(mapping)] as const;
      await one.begin('stream-1', partitionsOf(['a', 'b']));
      const leases = await one.claim(['a', 'b']);
      await Promise.all(leases.map((lease) => lease.checkpoint('1')));
      const [late] = await Promise.all([one.claim(['a', 'b']), one.close()]);
      expect(late).toEqual([]);
      expect(names(await other.claim(['a', 'b']))).toEqual(['a', 'b']);
      expect(await one.claim(['a', 'b'])).toEqual([]);
    });

    it('keeps mappings apart', async () => {
      const store = await opened();
      const [one, other] = [store.ledger(mapping), store.ledger(otherMapping)] as const;
      await one.begin('stream-1', partitionsOf(['a'], after('1')));
      await other.begin('stream-2', partitionsOf(['a'], after('2')));
      await other.replace('stream-2', partitionsOf(['b'], after('2')));
      const lease = await claimed(one, 'a');
      await lease.checkpoint('3');
      expect(await one.read()).toEqual({ identity: 'stream-1', partitions: partitionsOf(['a'], after('3')) });
      expect(await other.read()).toEqual({ identity: 'stream-2', partitions: partitionsOf(['b'], after('2')) });
    });

    it.runIf(survives)('has everything again when it is closed and opened', async () => {
      const { open } = await fixture();
      const before = await open();
      const ledger = before.ledger(mapping);
      await ledger.begin('stream-1', partitionsOf(['a', 'b', 'c']));
      await ledger.remove(['c']);
      await (await claimed(ledger, 'b')).end();
      const written = (await claimed(ledger, 'a')).checkpoint('1');
      await ledger.close();
      await before.close();
      await written;

      const store = await open();
      undo.push(() => store.close());
      const again = store.ledger(mapping);
      expect(await again.read()).toEqual({
        identity: 'stream-1',
        partitions: new Map([
          ['a', after('1')],
          ['b', ended],
        ]),
      });
      expect((await claimed(again, 'a')).from).toEqual({ kind: 'after', position: '1' });
    });

    it.runIf(!survives)('knows nothing of an earlier store', async () => {
      const { open } = await fixture();
      await (await open()).ledger(mapping).begin('stream-1', partitionsOf(['a']));
      expect((await (await open()).ledger(mapping).read()).identity).toBeUndefined();
    });
  });
}
