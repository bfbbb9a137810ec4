import { LeaseLostError, type Lease, type PartitionState } from '../../contracts/checkpoint-store.js';
import { SourceError } from '../../contracts/source-error.js';
import type { StartPoint } from '../../contracts/stream-source.js';
import { pause, type Clock } from '../../platform/clock.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import type { LeaseTable, RowChange, RowKey } from './lease-table.js';
import { MergedWrites } from '../merged-writes.js';

interface TableLeaseOptions {
  readonly table: LeaseTable;
  readonly key: RowKey;
  readonly token: string;
  readonly from: StartPoint;
  /** When the request that took the lease was sent, on `clock`. */
  readonly takenAt: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Called when nobody in this process works on the partition any more. */
  readonly released: () => void;
}

/** Parts of the lease time. A renewal that fails is tried again long before it is too late. */
const renewEvery = 1 / 3;
const retryEvery = 1 / 15;
/** How long before others may take it a lease that could not be renewed ends: time for the news to arrive. */
const margin = 1 / 10;

const key = 'state';

/**
 * A lease in a table that processes share. It lasts for the lease time from the moment at which its last renewal was
 * *sent*; others count the same time from when they *saw* that renewal, which is later. So nobody needs another's clock.
 */
export class TableLease implements Lease {
  readonly from: StartPoint;
  readonly #options: TableLeaseOptions;
  readonly #lost = new AbortController();
  readonly #wanted = new AbortController();
  readonly #writes: MergedWrites<PartitionState>;
  readonly #life = new Lifecycle({ onStop: () => this.#release() });
  /** Nothing is to be done for it any more. */
  #over = false;
  #cancelRenewal: () => void = () => {};
  #cancelExpiry: () => void = () => {};
  #cancelPatience: () => void = () => {};

  constructor(options: TableLeaseOptions) {
    this.#options = options;
    this.from = options.from;
    this.#writes = new MergedWrites((values) => this.#store(values.get(key)));
    this.#prolong(options.takenAt);
    this.#renewIn(options.leaseMs * renewEvery);
  }

  get partition(): string {
    return this.#options.key.partition;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get wanted(): AbortSignal {
    return this.#wanted.signal;
  }

  checkpoint(position: string): Promise<void> {
    return this.#put({ kind: 'open', from: { kind: 'after', position } });
  }

  async end(): Promise<void> {
    await this.#put({ kind: 'ended' });
    this.#stop();
    this.#options.released();
  }

  release(): Promise<void> {
    return this.#life.stop();
  }

  isOn(generation: string, partitions: readonly string[]): boolean {
    return this.#options.key.generation === generation && partitions.includes(this.partition);
  }

  /** It is another's, or its partition is not what it was. */
  revoke(): void {
    this.#stop();
    this.#lost.abort();
  }

  async #release(): Promise<void> {
    if (!this.#over) {
      this.#stop();
      await this.#writes.settled();
      // Where this fails it is free when the lease time is over.
      await this.#change({ holder: null }).catch(() => {});
    }
    this.#options.released();
  }

  async #put(state: PartitionState): Promise<void> {
    if (this.#over || this.lost.aborted) throw this.#lostError();
    await this.#writes.put([[key, state]]);
  }

  /** Tries as long as a renewal may take; after that the caller should tell why nothing is stored, and come back. */
  async #store(state: PartitionState | undefined): Promise<void> {
    const { clock, leaseMs } = this.#options;
    const giveUpAt = clock.now() + leaseMs * renewEvery;
    const change: RowChange =
      state?.kind === 'ended' ? { state, holder: null, wantedBy: null } : { ...(state && { state }) };
    while (!this.lost.aborted) {
      try {
        if (await this.#change(change)) return;
        this.revoke();
      } catch (error) {
        if (!isPassing(error) || clock.now() >= giveUpAt) throw error;
        await pause(clock, leaseMs * retryEvery, this.lost);
      }
    }
    throw this.#lostError();
  }

  /** Whether the lease was still this one; what is written shows others that its holder is alive. */
  async #change(change: RowChange): Promise<boolean> {
    const { table, token, clock } = this.#options;
    const sentAt = clock.now();
    const row = await table.change(this.#options.key, change, { kind: 'held', token });
    if (row === undefined) return false;
    if (!this.#over && !this.lost.aborted) this.#prolong(sentAt);
    if (row.wantedBy !== undefined) this.#ask();
    return true;
  }

  #renewIn(ms: number): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#options.clock.after(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { leaseMs } = this.#options;
    const isHeld = await this.#change({}).catch(() => undefined);
    if (this.#over) return;
    if (isHeld === false) this.revoke();
    else this.#renewIn(leaseMs * (isHeld === true ? renewEvery : retryEvery));
  }

  /** Renewals go on after the end, until it is released: nobody else should begin while a handler still runs. */
  #prolong(sentAt: number): void {
    const { clock, leaseMs } = this.#options;
    const leftMs = sentAt + leaseMs * (1 - margin) - clock.now();
    this.#cancelExpiry();
    if (leftMs <= 0) this.#lost.abort();
    else this.#cancelExpiry = clock.after(leftMs, () => this.#lost.abort());
  }

  /**
   * Another process has asked for it. Who does not hand it over within the lease time is told that it is lost; until it is
   * released it is renewed all the same, so that no two handlers work on the partition.
   */
  #ask(): void {
    if (this.#wanted.signal.aborted || this.#over) return;
    this.#wanted.abort();
    const { clock, leaseMs } = this.#options;
    this.#cancelPatience = clock.after(leaseMs, () => this.#lost.abort());
  }

  #stop(): void {
    this.#over = true;
    this.#cancelRenewal();
    this.#cancelExpiry();
    this.#cancelPatience();
  }

  #lostError(): LeaseLostError {
    return new LeaseLostError(`the lease on ${this.partition} has ended`);
  }
}

/** Neither missing permissions nor a missing table go away while a lease lasts. */
function isPassing(error: unknown): boolean {
  return error instanceof SourceError && error.kind !== 'denied' && error.kind !== 'missing';
}
