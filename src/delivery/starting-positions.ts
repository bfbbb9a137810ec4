import pLimit from 'p-limit';
import type { PartitionState } from './checkpoint-store.js';
import { firstStates, startsAtTip } from './partition-plan.js';
import type { StartingRule } from './stream-parts.js';
import type { Partition, StreamSource } from './stream-source.js';

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
