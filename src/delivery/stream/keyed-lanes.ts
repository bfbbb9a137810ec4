import type { StreamRecord } from '../../contracts/stream-source.js';
import { StreamLane, type CheckpointHold } from './stream-lane.js';
import type { Ending, PartitionContext, PartitionLanes } from './stream-route.js';

/** The lanes of one partition: records of one key always go through the same one. */
export class KeyedLanes implements PartitionLanes {
  readonly #lanes: readonly StreamLane[];

  constructor(context: PartitionContext, checkpoint: CheckpointHold) {
    const count = context.parts.settings.lanes;
    this.#lanes = Array.from(
      { length: count },
      (_, number) => new StreamLane(context, checkpoint, count > 1 ? number : undefined),
    );
  }

  get idle(): boolean {
    return this.#lanes.every((lane) => lane.idle);
  }

  push(records: readonly StreamRecord[], atTip: boolean): void {
    const [only, another] = this.#lanes;
    if (another === undefined) {
      only?.push(records, atTip);
      return;
    }
    const shares = this.#lanes.map((): StreamRecord[] => []);
    for (const record of records) shares[laneOfKey(record.key, shares.length)]?.push(record);
    for (const [index, share] of shares.entries()) this.#lanes[index]?.push(share, atTip);
  }

  complete(): void {
    for (const lane of this.#lanes) lane.complete();
  }

  /** What breaks in one lane ends the others: together they begin again. */
  async run(broke: () => void): Promise<Ending> {
    const endings = await Promise.allSettled(
      this.#lanes.map((lane) =>
        lane.run().catch((error: unknown) => {
          broke();
          throw error;
        }),
      ),
    );
    for (const ending of endings) if (ending.status === 'rejected') throw ending.reason as Error;
    return endings.every((ending) => ending.status === 'fulfilled' && ending.value === 'finished')
      ? 'finished'
      : 'halted';
  }
}

/**
 * Which of several lanes the records of a key go through: the same one always, on every machine (FNV-1a). AWS does not
 * publish its own.
 */
function laneOfKey(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % lanes;
}
