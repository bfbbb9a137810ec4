import { hostname } from 'node:os';
import path from 'node:path';
import type { CheckpointStore } from '../contracts/checkpoint-store.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { unreachable } from '../platform/unreachable.js';
import { DynamoDbCheckpointStore } from './dynamodb/dynamodb-checkpoints.js';
import type { ServiceReach } from '../aws/client-settings.js';
import { LevelCheckpointStore } from './level-checkpoints.js';
import { MemoryCheckpointStore } from './memory-checkpoints.js';

/** Where checkpoints are kept. */
export type CheckpointLocation =
  | { readonly kind: 'memory' }
  /** `path`: the state folder, whose lock this process has. */
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 'dynamodb'; readonly table: string; readonly leaseMs?: number } & ServiceReach);

export interface CheckpointParts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens the store of checkpoints. Rejects with a `MillraceError` when a folder cannot be used. A table is looked for when
 * the first mapping needs it: one that does not answer is waited for, as a source is.
 */
export async function openCheckpoints(
  location: CheckpointLocation,
  { clock, random }: CheckpointParts,
): Promise<CheckpointStore> {
  switch (location.kind) {
    case 'memory':
      return new MemoryCheckpointStore();
    case 'folder':
      return LevelCheckpointStore.open(path.join(location.path, 'checkpoints'));
    case 'dynamodb': {
      const owner = `${hostname()}-${process.pid}-${random.uuid()}`;
      return new DynamoDbCheckpointStore({ ...location, owner, clock, random });
    }
    default:
      return unreachable(location);
  }
}
