import type { CheckpointStore, Ledger, LedgerContent, PartitionState } from '../contracts/checkpoint-store.js';
import type { LedgerChange, LedgerStorage } from './ledger-storage.js';
import { OwnLedger, OwnMapping } from './own-ledger.js';

/** Checkpoints for as long as the process lives. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #mappings = new Map<string, OwnMapping>();

  ledger(mapping: string): Ledger {
    const known = this.#mappings.get(mapping) ?? new OwnMapping(new MemoryStorage());
    this.#mappings.set(mapping, known);
    return new OwnLedger(known);
  }

  async close(): Promise<void> {
    this.#mappings.clear();
  }
}

class MemoryStorage implements LedgerStorage {
  #identity: string | undefined;
  readonly #partitions = new Map<string, PartitionState>();

  async read(): Promise<LedgerContent> {
    return { identity: this.#identity, partitions: new Map(this.#partitions) };
  }

  async write({ identity, put, remove = [] }: LedgerChange): Promise<void> {
    this.#identity = identity ?? this.#identity;
    for (const id of remove) this.#partitions.delete(id);
    for (const [id, state] of put) this.#partitions.set(id, state);
  }
}
