import type { StreamDeliveryParts } from './stream-parts.js';
import type { StreamRecord } from './stream-source.js';

/** What the work on one partition shares. */
export interface PartitionContext {
  readonly parts: StreamDeliveryParts;
  /** Id of the partition. */
  readonly partition: string;
  /** Fires when the mapping stops or the partition is another process's: handlers are not called any more. */
  readonly halt: AbortSignal;
  /** Resolves when the code of the function has loaded, does not load, or is not waited for any more. */
  readonly loaded: () => Promise<void>;
  /** Nothing is left to do for these records: they were handled, filtered out or given up. */
  readonly done: (records: readonly StreamRecord[]) => void;
}

/** How a piece of work ended: all of it, or up to where it had to stop. */
export type Ending = 'finished' | 'halted';
