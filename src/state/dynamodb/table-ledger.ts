import pLimit from 'p-limit';
import type { Lease, Ledger, LedgerContent, PartitionState } from '../../contracts/checkpoint-store.js';
import type { Clock } from '../../platform/clock.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import type { Random } from '../../platform/random.js';
import { planLeases } from './lease-plan.js';
import type { Generation, LeaseRow, LeaseTable, RowKey } from './lease-table.js';
import { LeaseWatch } from './lease-watch.js';
import { TableLease } from './table-lease.js';

interface TableLedgerOptions {
  readonly table: LeaseTable;
  /** UUID. */
  readonly mapping: string;
  /** This process, told from every other one. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Rows that are written at once. */
const parallelWrites = 16;

/** The ledger of a mapping in a table that several processes share. */
export class TableLedger implements Ledger {
  readonly claimEveryMs: number;
  readonly #options: TableLedgerOptions;
  readonly #watch = new LeaseWatch();
  /** Those that were not released, lost ones included. */
  readonly #leases = new Set<TableLease>();
  readonly #life = new Lifecycle({ close: () => this.#releaseAll() });

  constructor(options: TableLedgerOptions) {
    this.#options = options;
    this.claimEveryMs = options.leaseMs / 3;
  }

  async read(): Promise<LedgerContent> {
    const { generation, rows } = await this.#load();
    return {
      identity: generation?.identity,
      partitions: new Map(rows.map(({ partition, state }) => [partition, state])),
    };
  }

  /**
   * The rows come first, under a generation that nobody reads; the one write that puts it in force comes last. Who dies in
   * between has begun nothing. Of several that begin at once one puts its own in force, and the others find it there.
   */
  async begin(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    const { table, mapping } = this.#options;
    for (;;) {
      const before = await this.#load();
      if (before.generation?.identity === identity) return;
      const generation = await this.#prepare(identity, partitions);
      if (await table.enforce(mapping, generation, { after: before.generation?.id })) {
        await this.#forget(
          before.generation,
          before.rows.map(({ partition }) => partition),
        );
        return;
      }
      await this.#removeRows(generation.id, [...partitions.keys()]);
    }
  }

  async replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    const before = await this.#load();
    const generation = await this.#prepare(identity, partitions);
    await this.#options.table.enforce(this.#options.mapping, generation);
    await this.#forget(
      before.generation,
      before.rows.map(({ partition }) => partition),
    );
  }

  async add(partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    const { generation } = await this.#load();
    if (generation === undefined) throw new Error('partitions cannot be added before the ledger has begun');
    await this.#addRows(generation.id, partitions);
  }

  async remove(partitions: readonly string[]): Promise<void> {
    const { generation } = await this.#load();
    if (generation !== undefined) await this.#forget(generation, partitions);
  }

  claim(ready: readonly string[]): Promise<readonly Lease[]> {
    const claim = this.#claim(ready);
    this.#life.track(claim.catch(() => {})); // who has asked hears of it
    return claim;
  }

  isWorkedOnElsewhere(partition: string): boolean {
    return this.#watch.isAliveElsewhere(partition, this.#options.owner);
  }

  /** Leases that are being taken are given back as well. */
  close(): Promise<void> {
    return this.#life.stop();
  }

  async #releaseAll(): Promise<void> {
    await Promise.all([...this.#leases].map((lease) => lease.release()));
  }

  async #claim(ready: readonly string[]): Promise<readonly Lease[]> {
    const { clock, owner, random, table, mapping } = this.#options;
    const askedAt = clock.now();
    const { generation, rows } = await this.#load();
    this.#watch.see(rows, clock.now());
    if (generation === undefined || this.#life.isStopping) return [];
    const isReady = new Set(ready);
    const candidates = rows.filter(({ partition, state }) => state.kind === 'open' && isReady.has(partition));
    const isStale = (row: LeaseRow): boolean => this.#watch.unchangedMs(row, askedAt) >= this.#options.leaseMs;
    // Processes that come at once should not all want the same one.
    const { take, want } = planLeases(shuffled(candidates, random), owner, isStale);
    const keyOf = ({ partition }: LeaseRow): RowKey => ({ mapping, generation: generation.id, partition });
    if (want?.holder !== undefined) {
      const condition = { kind: 'held-and-not-wanted', token: want.holder.token } as const;
      await table.change(keyOf(want), { wantedBy: owner }, condition);
    }
    // A lease was lost, and a handler of ours may still be at work.
    const held = new Set([...this.#leases].map(({ partition }) => partition));
    const free = take.filter(({ partition }) => !held.has(partition));
    const attempts = await Promise.allSettled(free.map((row) => this.#take(keyOf(row), row)));
    const leases = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? attempt.value : []));
    const failed = attempts.find((attempt) => attempt.status === 'rejected');
    // What was taken has to be worked on; the next claim meets the same trouble, if it lasts.
    if (failed !== undefined && leases.length === 0) throw failed.reason as Error;
    return leases;
  }

  /** Nothing when another process was faster, or the answer came too late to count on it. */
  async #take(key: RowKey, { beat, holder }: LeaseRow): Promise<readonly TableLease[]> {
    const { table, owner, random, clock, leaseMs } = this.#options;
    const token = random.uuid();
    const takenAt = clock.now();
    const change = { holder: { owner, token }, wantedBy: null };
    const row = await table.change(key, change, { kind: 'unchanged', beat, token: holder?.token });
    if (row?.state.kind !== 'open') return [];
    const { from } = row.state;
    const released = (): void => void this.#leases.delete(lease);
    const lease = new TableLease({ table, key, token, from, takenAt, leaseMs, clock, released });
    this.#leases.add(lease);
    if (!this.#life.isStopping && !lease.lost.aborted) return [lease];
    await lease.release();
    return [];
  }

  #load(): ReturnType<LeaseTable['load']> {
    return this.#options.table.load(this.#options.mapping);
  }

  async #prepare(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<Generation> {
    const id = this.#options.random.uuid();
    await this.#addRows(id, partitions);
    return { id, identity };
  }

  /** Leases on these partitions end here at once, and elsewhere with their next renewal. */
  async #forget(generation: Generation | undefined, partitions: readonly string[]): Promise<void> {
    if (generation === undefined) return;
    for (const lease of this.#leases) if (lease.isOn(generation.id, partitions)) lease.revoke();
    await this.#removeRows(generation.id, partitions);
  }

  async #addRows(generation: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    const { table, mapping } = this.#options;
    await limited([...partitions], ([partition, state]) => table.add({ mapping, generation, partition }, state));
  }

  async #removeRows(generation: string, partitions: readonly string[]): Promise<void> {
    const { table, mapping } = this.#options;
    await limited(partitions, (partition) => table.remove({ mapping, generation, partition }));
  }
}

async function limited<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const limit = pLimit(parallelWrites);
  await Promise.all(items.map((item) => limit(() => work(item))));
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
