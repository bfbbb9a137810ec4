import { LeaseLostError, type Lease, type PartitionState } from '../contracts/checkpoint-store.js';
import type { StartPoint } from '../contracts/stream-source.js';
import type { LedgerStorage } from './ledger-storage.js';

/** A lease that only this process itself can take away: when a mapping's positions are replaced. */
export class OwnLease implements Lease {
  readonly partition: string;
  readonly from: StartPoint;
  readonly #storage: LedgerStorage;
  readonly #released: () => void;
  readonly #lost = new AbortController();
  #over = false;
  #written: Promise<void> = Promise.resolve();

  /** `released` is called when nobody works on the partition any more. */
  constructor(partition: string, from: StartPoint, storage: LedgerStorage, released: () => void) {
    this.partition = partition;
    this.from = from;
    this.#storage = storage;
    this.#released = released;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  checkpoint(position: string): Promise<void> {
    return this.#write({ kind: 'open', from: { kind: 'after', position } });
  }

  async end(): Promise<void> {
    await this.#write({ kind: 'ended' });
    await this.release();
  }

  /** What was handed over to be stored is stored before anybody else starts. */
  async release(): Promise<void> {
    this.#over = true;
    await this.#written.catch(() => {});
    this.#released();
  }

  /** Takes the lease away. Others may have it when it is released: a handler may still be at work. */
  revoke(): void {
    this.#over = true;
    this.#lost.abort();
  }

  async #write(state: PartitionState): Promise<void> {
    if (this.#over) throw new LeaseLostError(`the lease on ${this.partition} has ended`);
    this.#written = this.#storage.write({ put: new Map([[this.partition, state]]) });
    await this.#written;
  }
}
