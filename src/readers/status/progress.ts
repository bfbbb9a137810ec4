import { timeOfDay } from '../wording.js';
import type { MappingStatus } from './mapping-status.js';
import type { PartitionStatus } from './partition-status.js';
import type { PollerState } from '../../journal/events.js';

/** How far the work on one partition has come. What is not known is null. */
export interface PartitionProgress {
  readonly partition: string;
  /** The process that works on it, when this one does. */
  readonly owner: string | null;
  /** The position that was stored last, by this process. */
  readonly committed: string | null;
  /** The newest record of the batch that was handled last. */
  readonly handled: string | null;
  /** The newest position there is; of sources that do not tell, as all do until now, not known. */
  readonly end: string | null;
  /** How many records are between `committed` and `end`. */
  readonly lag: string | null;
  /** Why it is not read, or waits; null while nothing holds it up. */
  readonly reason: string | null;
}

/** How far a mapping has come: what `GET /status` answers and `millrace status --json` prints. */
export interface MappingProgress {
  readonly name: string;
  readonly uuid: string;
  readonly state: PollerState;
  readonly reason: string;
  /** Empty for queues. */
  readonly partitions: readonly PartitionProgress[];
}

/** How far the mappings of a status board have come. `owner` names this process. */
export function progressOf(mappings: readonly MappingStatus[], owner: string): readonly MappingProgress[] {
  return mappings.map(({ name, uuid, state, reason, partitions = [] }) => ({
    name,
    uuid,
    state,
    reason,
    partitions: partitions.map((one) => partitionProgress(one, owner)),
  }));
}

function partitionProgress(one: PartitionStatus, owner: string): PartitionProgress {
  const { partition, committed = null, handled = null } = one;
  const atWork = one.state === 'started' || one.state === 'waiting';
  return { partition, owner: atWork ? owner : null, committed, handled, end: null, lag: null, reason: reasonOf(one) };
}

function reasonOf({ state, reason, heldUp }: PartitionStatus): string | null {
  if (heldUp !== undefined) return `waits until ${timeOfDay(heldUp.until)}: ${heldUp.because}`;
  return state === 'started' ? null : `${state}: ${reason}`;
}

/** Whether a program that was asked for its progress is a millrace: some other one may have its port by now. */
export function isProgress(answer: unknown): answer is readonly MappingProgress[] {
  return Array.isArray(answer) && answer.every(isMapping);
}

function isMapping(value: unknown): boolean {
  const { name, uuid, state, reason, partitions } = (value ?? {}) as Partial<Record<keyof MappingProgress, unknown>>;
  const texts = [name, uuid, state, reason].every((text) => typeof text === 'string');
  return texts && Array.isArray(partitions) && partitions.every((one) => isPartition(one));
}

function isPartition(value: unknown): boolean {
  return typeof (value as Partial<PartitionProgress> | null)?.partition === 'string';
}
