import pLimit from 'p-limit';
import type { LedgerContent, PartitionState } from '../../contracts/checkpoint-store.js';
import type { StartingRule } from './stream-route.js';
import type { Partition, StartPoint, StreamSource } from '../../contracts/stream-source.js';
import { unreachable } from '../../platform/unreachable.js';

/** What there is to do about the partitions of a stream. */
export interface PartitionPlan {
  /** New ones, read from their beginning: otherwise what was written before they were found would be skipped. */
  readonly add: ReadonlyMap<string, PartitionState>;
  /** Finished ones that the stream does not list any more. */
  readonly remove: readonly string[];
  /** Ones that were not finished, and that are gone with what was left in them. */
  readonly gone: readonly string[];
  /** Ones that can be read now: not finished, and nothing that comes before them is left. */
  readonly ready: readonly string[];
}

/** Compares what the stream has with what is known of it. Pure. */
export function planPartitions(partitions: readonly Partition[], known: LedgerContent['partitions']): PartitionPlan {
  const listed = new Set(partitions.map(({ id }) => id));
  const add = new Map<string, PartitionState>(
    partitions
      .filter(({ id }) => !known.has(id))
      .map(({ id }) => [id, { kind: 'open', from: { kind: 'horizon' } }] as const),
  );
  const unlisted = [...known].filter(([id]) => !listed.has(id));
  const isDone = (id: string): boolean => !listed.has(id) || known.get(id)?.kind === 'ended';
  return {
    add,
    remove: unlisted.filter(([, state]) => state.kind === 'ended').map(([id]) => id),
    gone: unlisted.filter(([, state]) => state.kind === 'open').map(([id]) => id),
    ready: partitions.filter(({ id, parents }) => !isDone(id) && parents.every(isDone)).map(({ id }) => id),
  };
}

/** Whether a partition has to be asked for its tip at the first start. */
export function startsAtTip({ closed }: Partition, rule: StartingRule): boolean {
  return rule.kind === 'LATEST' && !closed;
}

/** Where the partitions that there are at the very first start are read from. `tips`: of those that start at their tip. */
export function firstStates(
  partitions: readonly Partition[],
  rule: StartingRule,
  tips: ReadonlyMap<string, string>,
): ReadonlyMap<string, PartitionState> {
  return new Map(
    partitions.map((partition): readonly [string, PartitionState] => [
      partition.id,
      rule.kind === 'LATEST' && partition.closed
        ? { kind: 'ended' }
        : { kind: 'open', from: firstPoint(rule, tips.get(partition.id)) },
    ]),
  );
}

function firstPoint(rule: StartingRule, tip: string | undefined): StartPoint {
  switch (rule.kind) {
    case 'TRIM_HORIZON':
      return { kind: 'horizon' };
    case 'AT_TIMESTAMP':
      return { kind: 'timestamp', at: rule.at };
    case 'LATEST':
      return tip === undefined ? { kind: 'horizon' } : { kind: 'after', position: tip };
    default:
      return unreachable(rule);
  }
}

/** Partitions that are asked for their tip at once. */
const parallelTips = 8;

/** Where every partition is read from that begins by a rule: with LATEST, each is asked for its tip. Rejects as the source does. */
export async function startingPositions(
  source: Pick<StreamSource, 'tip'>,
  partitions: readonly Partition[],
  rule: StartingRule,
): Promise<ReadonlyMap<string, PartitionState>> {
  const limit = pLimit(parallelTips);
  const atTip = partitions.filter((partition) => startsAtTip(partition, rule));
  const tips = await Promise.all(atTip.map(({ id }) => limit(async () => [id, await source.tip(id)] as const)));
  return firstStates(partitions, rule, new Map(tips));
}
