import type { CheckpointStore, PartitionState } from '../contracts/checkpoint-store.js';
import { startingPositions } from '../delivery/stream/partition-plan.js';
import type { StartingRule } from '../delivery/stream/stream-route.js';
import type { StreamSource } from '../contracts/stream-source.js';
import type { EventSourceMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { openStream } from './open-source.js';
import { openCheckpointStore } from './open-state.js';
import type { Addressing } from './reach.js';
import { openStateFolder } from '../state/state-folder.js';

/**
 * Sets where a mapping goes on, in the state folder, on which nothing else may run. Rejects with a `MillraceError`:
 * `STATE_LOCKED`, `SOURCE_UNAVAILABLE`, `CONFIGURATION_INVALID`.
 */
export async function rewindInFolder(
  mapping: EventSourceMapping,
  to: StartingRule,
  place: Addressing,
): Promise<ReadonlyMap<string, PartitionState>> {
  const { state } = place.configuration;
  if (state === undefined) {
    throw new MillraceError('CONFIGURATION_INVALID', 'there is no state folder, so there is nothing to rewind');
  }
  // Processes that share a table may run on folders of their own: that none works on the mapping is up to the user.
  await using folder = await openStateFolder(state, { clock: systemClock, random: systemRandom });
  const store = await openCheckpointStore(place, folder.path);
  try {
    return await rewind(mapping, to, place, store);
  } finally {
    await store.close();
  }
}

/** Sets where a mapping that is not running goes on: every partition is read from there, whatever was done before. */
export async function rewind(
  mapping: EventSourceMapping,
  to: StartingRule,
  place: Addressing,
  store: CheckpointStore,
): Promise<ReadonlyMap<string, PartitionState>> {
  if (mapping.kind !== 'stream') {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `mapping ${mapping.name} reads a queue, which has no position: only mappings of streams can be rewound`,
    );
  }
  const source = await openStream(mapping, place);
  try {
    const { identity, positions } = await positionsOf(mapping, to, source);
    // Some sources keep their checkpoints themselves.
    const ledger = source.ledger ?? store.ledger(mapping.uuid);
    await ledger.replace(identity, positions);
    await ledger.close();
    return positions;
  } finally {
    await source.close();
  }
}

async function positionsOf(
  mapping: StreamMapping,
  to: StartingRule,
  source: StreamSource,
): Promise<{ readonly identity: string; readonly positions: ReadonlyMap<string, PartitionState> }> {
  try {
    const { identity } = await source.describe();
    const positions = await startingPositions(source, await source.partitions(), to);
    await seeThatItCanBeRead(source, positions);
    return { identity, positions };
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    const message = `${mapping.source.title} has to be there to be rewound: ${messageOf(error)}`;
    throw new MillraceError('SOURCE_UNAVAILABLE', message, { cause: error });
  }
}

/** Not every source can be read from a moment on. */
async function seeThatItCanBeRead(source: StreamSource, positions: ReadonlyMap<string, PartitionState>): Promise<void> {
  for (const [partition, state] of positions) {
    if (state.kind === 'open') await (await source.open(partition, state.from)).close();
  }
}
