import {
  LeaseLostError,
  type Lease,
  type Ledger,
  type LedgerContent,
  type PartitionState,
} from '../../src/contracts/checkpoint-store.js';

/** What is stored of a mapping: outlives the ledgers of the processes that work on it. */
export class StoredLedger {
  identity: string | undefined;
  partitions = new Map<string, PartitionState>();
  /** Every checkpoint that was stored, in order. */
  readonly history: { readonly partition: string; readonly position: string }[] = [];
}

/** Checkpoints in memory that a test can look at, let fail, and take leases away from. */
export class MemoryLedger implements Ledger {
  claimEveryMs: number | undefined;
  readonly stored: StoredLedger;
  /** What the next writes of checkpoints reject with. */
  readonly failures: Error[] = [];
  readonly #leases = new Map<string, AbortController>();
  readonly #wanted = new Map<string, AbortController>();

  constructor(stored = new StoredLedger()) {
    this.stored = stored;
  }

  /** The position of a partition, or what else its state is. */
  checkpointOf(partition: string): string | undefined {
    const state = this.stored.partitions.get(partition);
    if (state === undefined || state.kind === 'ended') return state?.kind;
    return state.from.kind === 'after' ? state.from.position : state.from.kind;
  }

  /** Another process takes over. */
  takeAway(partition: string): void {
    this.#leases.get(partition)?.abort();
    this.#leases.delete(partition);
  }

  /** Another process asks for a partition. */
  ask(partition: string): void {
    this.#wanted.get(partition)?.abort();
  }

  async read(): Promise<LedgerContent> {
    return { identity: this.stored.identity, partitions: new Map(this.stored.partitions) };
  }

  async begin(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    if (this.stored.identity !== identity) await this.replace(identity, partitions);
  }

  async replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    this.stored.identity = identity;
    this.stored.partitions = new Map(partitions);
  }

  async add(partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    for (const [id, state] of partitions) if (!this.stored.partitions.has(id)) this.stored.partitions.set(id, state);
  }

  async remove(partitions: readonly string[]): Promise<void> {
    for (const id of partitions) this.stored.partitions.delete(id);
  }

  async claim(ready: readonly string[]): Promise<readonly Lease[]> {
    return ready.filter((id) => !this.#leases.has(id)).map((id) => this.#lease(id));
  }

  async close(): Promise<void> {
    this.#leases.clear();
  }

  #lease(partition: string): Lease {
    const lost = new AbortController();
    const wanted = new AbortController();
    this.#leases.set(partition, lost);
    this.#wanted.set(partition, wanted);
    const state = this.stored.partitions.get(partition);
    const write = async (next: PartitionState): Promise<void> => {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      if (lost.signal.aborted) throw new LeaseLostError(`another process has ${partition}`);
      this.stored.partitions.set(partition, next);
    };
    return {
      partition,
      from: state?.kind === 'open' ? state.from : { kind: 'horizon' },
      lost: lost.signal,
      wanted: wanted.signal,
      checkpoint: async (position) => {
        await write({ kind: 'open', from: { kind: 'after', position } });
        this.stored.history.push({ partition, position });
      },
      end: () => write({ kind: 'ended' }),
      release: async () => {
        if (this.#leases.get(partition) === lost) this.#leases.delete(partition);
      },
    };
  }
}
