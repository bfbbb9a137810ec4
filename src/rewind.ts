import type { PartitionState } from './delivery/checkpoint-store.js';
import { startingPositions } from './delivery/starting-positions.js';
import type { StartingRule } from './delivery/stream-parts.js';
import type { StreamMapping } from './mappings/event-source-mapping.js';
import { systemClock } from './platform/clock.js';
import { messageOf, MillraceError } from './platform/millrace-error.js';
import { systemRandom } from './platform/random.js';
import { openCheckpointStore } from './open-state.js';
import { openStream, sourceLabel } from './open-source.js';
import type { Place } from './reach.js';
import { openStateFolder } from './state/state-folder.js';

/**
 * Sets where a stream mapping goes on: every shard is read from there, whatever was done before. Nothing else may run on
 * the state folder. Rejects with a `MillraceError`: `STATE_LOCKED`, `SOURCE_UNAVAILABLE`, `CONFIGURATION_INVALID`.
 */
export async function rewind(
  mapping: StreamMapping,
  to: StartingRule,
  place: Place,
): Promise<ReadonlyMap<string, PartitionState>> {
  const { state } = place.configuration;
  if (state === undefined) {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      'there is no state folder, and so no checkpoint: nothing to rewind',
    );
  }
  const { identity, positions } = await positionsOf(mapping, to, place);
  // Processes that share a table do not share a folder: that none of them works on the mapping is up to the user.
  await using folder = await openStateFolder(state, { clock: systemClock, random: systemRandom });
  const store = await openCheckpointStore(place, folder.path);
  try {
    const ledger = store.ledger(mapping.uuid);
    await ledger.replace(identity, positions);
    await ledger.close();
  } finally {
    await store.close();
  }
  return positions;
}

async function positionsOf(
  mapping: StreamMapping,
  to: StartingRule,
  place: Place,
): Promise<{ readonly identity: string; readonly positions: ReadonlyMap<string, PartitionState> }> {
  const source = await openStream(mapping, place);
  try {
    const { identity } = await source.describe();
    return { identity, positions: await startingPositions(source, await source.partitions(), to) };
  } catch (error) {
    const message = `${sourceLabel(mapping)} has to be there to be rewound: ${messageOf(error)}`;
    throw new MillraceError('SOURCE_UNAVAILABLE', message, { cause: error });
  } finally {
    await source.close();
  }
}
