import type { LedgerContent, PartitionState } from '../contracts/checkpoint-store.js';

/** What a write changes in the ledger of a mapping. */
export interface LedgerChange {
  /** Set when another stream begins. */
  readonly identity?: string;
  readonly put: ReadonlyMap<string, PartitionState>;
  readonly remove?: Iterable<string>;
}

/** Where the ledger of one mapping is kept, when no other process can write to it. */
export interface LedgerStorage {
  /** Everything whose write has resolved is in it. */
  read(): Promise<LedgerContent>;
  /** Stores all of it or nothing. Writes take effect in the order of their calls. */
  write(change: LedgerChange): Promise<void>;
}
