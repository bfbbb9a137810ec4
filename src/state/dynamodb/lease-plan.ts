import type { LeaseRow } from './lease-table.js';

/** Which leases a process takes, and which one it asks another for. */
interface LeasePlan {
  readonly take: readonly LeaseRow[];
  readonly want: LeaseRow | undefined;
}

/**
 * Shares partitions evenly among the processes that work on them: a free one is taken by whoever has less than its share;
 * who has nothing to take and less than its share asks the one with the most for one. Pure.
 *
 * `isStale`: nothing has happened to the row for the lease time.
 */
export function planLeases(rows: readonly LeaseRow[], me: string, isStale: (row: LeaseRow) => boolean): LeasePlan {
  const futureOwner = (row: LeaseRow): string | undefined =>
    isStale(row) ? undefined : (row.wantedBy ?? row.holder?.owner);
  const counts = new Map<string, number>([[me, 0]]);
  for (const row of rows) {
    // Who is to hand over its only partition still counts as one that works.
    if (row.holder !== undefined && !isStale(row)) counts.set(row.holder.owner, counts.get(row.holder.owner) ?? 0);
    const owner = futureOwner(row);
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const share = Math.ceil(rows.length / counts.size);
  const mine = counts.get(me) ?? 0;
  const handedToMe = rows.filter((row) => row.holder === undefined && futureOwner(row) === me);
  const free = rows.filter((row) => futureOwner(row) === undefined);
  const take = [...handedToMe, ...free.slice(0, Math.max(0, share - mine))];
  if (take.length > 0 || mine >= share) return { take, want: undefined };
  const richest = [...counts].toSorted(([, one], [, other]) => other - one)[0];
  // With one more only, the two would change places for ever.
  if (richest === undefined || richest[1] < mine + 2) return { take, want: undefined };
  const want = rows.find((row) => row.holder?.owner === richest[0] && futureOwner(row) === richest[0]);
  return { take, want };
}
