import { messageOf } from '../../platform/millrace-error.js';
import { checkpointBackOff } from '../back-off.js';
import { BoundedTries } from '../tries.js';
import { LeaseLostError, type Lease } from '../../contracts/checkpoint-store.js';
import { CheckpointTracker, PassedRecords } from './checkpoint-tracker.js';
import type { StreamRoute } from './stream-route.js';
import type { StreamRecord } from '../../contracts/stream-source.js';

interface CheckpointSaverOptions {
  readonly delivery: Pick<StreamRoute, 'mapping' | 'journal' | 'clock' | 'random'>;
  readonly lease: Lease;
  /** Called after every write. */
  readonly stored: () => void;
  /** A write has failed, and why; undefined: they succeed again. */
  readonly trouble: (because: string | undefined) => void;
}

/**
 * Keeps the checkpoint of one partition: never ahead of unfinished work, and one write at a time, so that what was
 * finished meanwhile is stored together.
 */
export class CheckpointSaver {
  readonly #parts: CheckpointSaverOptions;
  readonly #tracker = new CheckpointTracker<StreamRecord>();
  /** What the next write may move past. */
  #ready = new PassedRecords();
  /** What belongs to a tumbling window that is open. */
  #held = new PassedRecords();
  #holds = false;
  #writing: Promise<void> | undefined;
  readonly #hurrying = new AbortController();
  #failing = false;
  /** Nothing can be stored any more. */
  #over = false;

  constructor(parts: CheckpointSaverOptions) {
    this.#parts = parts;
  }

  /** Records that were read and whose checkpoint is not stored. */
  get open(): number {
    return this.unfinished + this.#held.count;
  }

  /** The same without those that only wait for the end of their tumbling window: nothing of them is held but their ids. */
  get unfinished(): number {
    return this.#tracker.undone + this.#ready.count;
  }

  add(record: StreamRecord): void {
    this.#tracker.add(record);
  }

  done(records: readonly StreamRecord[]): void {
    (this.#holds ? this.#held : this.#ready).add(this.#tracker.done(records));
    this.#save();
  }

  /** From now on what is done waits for `release`: a restart has to begin with the first record of the window. */
  hold(): void {
    this.#holds = true;
  }

  release(): void {
    this.#holds = false;
    this.#ready.append(this.#held);
    this.#held = new PassedRecords();
    this.#save();
  }

  /** Resolves when everything that may be stored is, or when storing is given up: after a stop, or without the lease. */
  async flush(): Promise<void> {
    this.#save();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** From now on a write that fails is tried for one second more. */
  hurry(): void {
    this.#hurrying.abort();
  }

  #save(): void {
    if (this.#over || this.#writing !== undefined || this.#ready.count === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      this.#parts.stored();
      this.#save();
    });
  }

  async #write(): Promise<void> {
    const { lease, delivery } = this.#parts;
    const tries = new BoundedTries(delivery, checkpointBackOff, { hurry: this.#hurrying.signal, over: lease.lost });
    while (!lease.lost.aborted) {
      const passed = this.#ready;
      this.#ready = new PassedRecords();
      try {
        await lease.checkpoint(passed.position ?? '');
        this.#succeeded(passed);
        return;
      } catch (error) {
        passed.append(this.#ready);
        this.#ready = passed;
        if (error instanceof LeaseLostError) break;
        this.#failing = true;
        this.#parts.trouble(`its checkpoint cannot be stored: ${messageOf(error)}`);
        if (tries.failed() === undefined) break;
      }
      await tries.wait();
    }
    this.#over = true;
  }

  #succeeded({ ids, omitted, position = '' }: PassedRecords): void {
    const { journal, mapping } = this.#parts.delivery;
    const { partition } = this.#parts.lease;
    journal.write({
      type: 'checkpointed',
      mapping,
      partition,
      records: ids,
      ...(omitted > 0 && { omitted }),
      position,
    });
    if (this.#failing) this.#parts.trouble(undefined);
    this.#failing = false;
  }
}
