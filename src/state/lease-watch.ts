import type { LeaseRow } from './lease-table.js';

interface Sight {
  readonly beat: number;
  readonly token: string | undefined;
  readonly at: number;
}

/** Knows for how long, on this process's own clock, nothing has happened to a row. */
export class LeaseWatch {
  #seen: ReadonlyMap<string, Sight> = new Map();

  /** `now`: when the answer with these rows had come. What is not among them is forgotten. */
  see(rows: readonly LeaseRow[], now: number): void {
    const seen = rows.map((row) => [row.partition, this.#sight(row) ?? sightOf(row, now)] as const);
    this.#seen = new Map(seen);
  }

  /** `askedAt`: when the rows were asked for; anything may have happened since. */
  unchangedMs(row: LeaseRow, askedAt: number): number {
    const seen = this.#sight(row);
    return seen === undefined ? 0 : askedAt - seen.at;
  }

  #sight({ partition, beat, holder }: LeaseRow): Sight | undefined {
    const seen = this.#seen.get(partition);
    return seen?.beat === beat && seen.token === holder?.token ? seen : undefined;
  }
}

function sightOf({ beat, holder }: LeaseRow, at: number): Sight {
  return { beat, token: holder?.token, at };
}
