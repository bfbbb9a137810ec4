import type { Lease, Ledger, LedgerContent, PartitionState } from '../contracts/checkpoint-store.js';
import { Lifecycle } from '../platform/lifecycle.js';
import type { LedgerStorage } from './ledger-storage.js';
import { OwnLease } from './own-lease.js';

/** What the ledgers of one mapping share within this process: a delivery may start before the former one has ended. */
export class OwnMapping {
  readonly storage: LedgerStorage;
  readonly leases = new Map<string, OwnLease>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: LedgerStorage) {
    this.storage = storage;
  }

  /** Runs `work` when what came before it has ended: between its reading and its writing nobody else writes. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** The ledger of a mapping that no other process works on: a lease is free unless this process has it. */
export class OwnLedger implements Ledger {
  readonly claimEveryMs = undefined;
  readonly #mapping: OwnMapping;
  readonly #taken = new Set<OwnLease>();
  readonly #life = new Lifecycle({ onStop: () => this.#releaseAll() });

  constructor(mapping: OwnMapping) {
    this.#mapping = mapping;
  }

  read(): Promise<LedgerContent> {
    return this.#mapping.storage.read();
  }

  begin(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    return this.#mapping.alone(async () => {
      const before = await this.read();
      if (before.identity !== identity) await this.#replace(before, identity, partitions);
    });
  }

  replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    return this.#mapping.alone(async () => this.#replace(await this.read(), identity, partitions));
  }

  add(partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    return this.#mapping.alone(async () => {
      const { identity, partitions: known } = await this.read();
      if (identity === undefined) throw new Error('partitions cannot be added before the ledger has begun');
      const put = new Map([...partitions].filter(([id]) => !known.has(id)));
      if (put.size > 0) await this.#mapping.storage.write({ put });
    });
  }

  remove(partitions: readonly string[]): Promise<void> {
    return this.#mapping.alone(async () => {
      this.#revoke(partitions);
      await this.#mapping.storage.write({ put: new Map(), remove: partitions });
    });
  }

  claim(ready: readonly string[]): Promise<readonly Lease[]> {
    return this.#mapping.alone(async () => {
      const { partitions } = await this.read();
      if (this.#life.isStopping) return [];
      return ready.flatMap((id) => {
        const state = partitions.get(id);
        return state?.kind === 'open' && !this.#mapping.leases.has(id) ? [this.#lease(id, state)] : [];
      });
    });
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  async #releaseAll(): Promise<void> {
    await Promise.all([...this.#taken].map((lease) => lease.release()));
  }

  #lease(partition: string, { from }: PartitionState & { readonly kind: 'open' }): OwnLease {
    const { leases, storage } = this.#mapping;
    const lease = new OwnLease(partition, from, storage, () => {
      this.#taken.delete(lease);
      if (leases.get(partition) === lease) leases.delete(partition); // it may be released twice
    });
    leases.set(partition, lease);
    this.#taken.add(lease);
    return lease;
  }

  /** Leases end first: none of their checkpoints may come after what replaces them. */
  async #replace(
    before: LedgerContent,
    identity: string,
    partitions: ReadonlyMap<string, PartitionState>,
  ): Promise<void> {
    this.#revoke([...this.#mapping.leases.keys()]);
    const remove = [...before.partitions.keys()].filter((id) => !partitions.has(id));
    await this.#mapping.storage.write({ identity, put: partitions, remove });
  }

  #revoke(partitions: readonly string[]): void {
    for (const id of partitions) this.#mapping.leases.get(id)?.revoke();
  }
}
