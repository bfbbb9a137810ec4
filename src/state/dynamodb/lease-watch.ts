import type { LeaseRow } from './lease-table.js';

interface Sight {
  readonly beat: number;
  readonly token: string | undefined;
  readonly at: number;
  /** The holder, if it has done something since the row was first seen. */
  readonly worker: string | undefined;
}

/** Knows for how long, on this process's own clock, nothing has happened to a row. */
export class LeaseWatch {
  #seen: ReadonlyMap<string, Sight> = new Map();

  /** `now`: when the answer with these rows had come. What is not among them is forgotten. */
  see(rows: readonly LeaseRow[], now: number): void {
    const seen = rows.map((row) => [row.partition, this.#sight(row) ?? this.#newSight(row, now)] as const);
    this.#seen = new Map(seen);
  }

  /** `askedAt`: when the rows were asked for; anything may have happened since. */
  unchangedMs(row: LeaseRow, askedAt: number): number {
    const seen = this.#sight(row);
    return seen === undefined ? 0 : askedAt - seen.at;
  }

  /** Whether somebody but `me` was seen at work on a partition: who is only named as its holder may have died long ago. */
  isAliveElsewhere(partition: string, me: string): boolean {
    const worker = this.#seen.get(partition)?.worker;
    return worker !== undefined && worker !== me;
  }

  #sight({ partition, beat, holder }: LeaseRow): Sight | undefined {
    const seen = this.#seen.get(partition);
    return seen?.beat === beat && seen.token === holder?.token ? seen : undefined;
  }

  #newSight({ partition, beat, holder }: LeaseRow, at: number): Sight {
    return { beat, token: holder?.token, at, worker: this.#seen.has(partition) ? holder?.owner : undefined };
  }
}
