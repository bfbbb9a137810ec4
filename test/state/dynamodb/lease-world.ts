import type { Lease } from '../../../src/contracts/checkpoint-store.js';
import type { Clock } from '../../../src/platform/clock.js';
import type { Random } from '../../../src/platform/random.js';
import { TableLedger } from '../../../src/state/dynamodb/table-ledger.js';
import { SharedLeaseTable, type LeaseTableLink } from '../../fakes/shared-lease-table.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

export const leaseMs = 9_000;

/** A process that shares the partitions of one mapping. */
export interface Worker {
  readonly ledger: TableLedger;
  readonly link: LeaseTableLink;
  /** Leases that `round` has taken and that have not ended. */
  readonly leases: Map<string, Lease>;
  /** Claims what is ready, as an engine does from time to time, and resolves with the names of what it got. */
  readonly round: () => Promise<readonly string[]>;
}

/** Processes on one table, in virtual time, whose clocks do not agree on what time it is. */
export class LeaseWorld {
  readonly clock = new VirtualClock();
  readonly table = new SharedLeaseTable();
  readonly partitions: readonly string[];
  readonly #random: () => number;
  #workers = 0;
  #ids = 0;

  constructor(partitions: number, random = (): number => 0.5) {
    this.partitions = Array.from({ length: partitions }, (_, index) => `p${index}`);
    this.#random = random;
  }

  worker(): Worker {
    const number = ++this.#workers;
    const clock = shifted(this.clock, number * 86_400_000);
    const link = this.table.link(clock);
    const random: Random = { next: this.#random, uuid: () => `id-${++this.#ids}` };
    const ledger = new TableLedger({ table: link, mapping: 'm', owner: `worker-${number}`, leaseMs, clock, random });
    const leases = new Map<string, Lease>();
    const round = async (): Promise<readonly string[]> => {
      const taken = await ledger.claim(this.partitions);
      for (const lease of taken) leases.set(lease.partition, lease);
      return taken.map(({ partition }) => partition);
    };
    return { ledger, link, leases, round };
  }
}

function shifted(clock: Clock, ms: number): Clock {
  return { now: () => clock.now() + ms, after: (delay, run) => clock.after(delay, run) };
}
