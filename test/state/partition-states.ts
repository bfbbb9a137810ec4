import type { Lease, Ledger, PartitionState } from '../../src/contracts/checkpoint-store.js';

export const horizon: PartitionState = { kind: 'open', from: { kind: 'horizon' } };
export const ended: PartitionState = { kind: 'ended' };
export const after = (position: string): PartitionState => ({ kind: 'open', from: { kind: 'after', position } });

export function partitionsOf(
  ids: readonly string[],
  state: PartitionState = horizon,
): ReadonlyMap<string, PartitionState> {
  return new Map(ids.map((id) => [id, state]));
}

/** The lease on one partition that is free. */
export async function claimed(ledger: Ledger, partition: string): Promise<Lease> {
  const [lease, ...others] = await ledger.claim([partition]);
  if (lease === undefined || others.length > 0) throw new Error(`${partition} is not free`);
  return lease;
}
