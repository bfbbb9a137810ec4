import { pause } from '../platform/clock.js';
import { messageOf } from '../platform/millrace-error.js';
import { backOffMs, checkpointBackOff } from './back-off.js';
import { LeaseLostError, type Lease } from './checkpoint-store.js';
import { CheckpointTracker } from './checkpoint-tracker.js';
import type { StreamDeliveryParts } from './stream-parts.js';
import type { StreamRecord } from './stream-source.js';

/** How long a stop waits for a checkpoint that cannot be stored at once. */
const saveGraceMs = 1_000;

type SaverParts = Pick<StreamDeliveryParts, 'mapping' | 'journal' | 'clock' | 'random'>;

/**
 * Keeps the checkpoint of one partition: never ahead of unfinished work, and one write at a time, so that what was
 * finished meanwhile is stored together.
 */
export class CheckpointSaver {
  readonly #parts: SaverParts;
  readonly #lease: Lease;
  readonly #tracker = new CheckpointTracker<StreamRecord>();
  readonly #stored: () => void;
  /** Records that the checkpoint may move past with the next write. */
  #passed: StreamRecord[] = [];
  #held = false;
  #writing: Promise<void> | undefined;
  #halted = false;
  /** Nothing can be stored any more. */
  #over = false;
  /** Why the checkpoint could not be stored, while that is so. */
  #trouble: string | undefined;

  /** `stored` is called after every write. */
  constructor(parts: SaverParts, lease: Lease, stored: () => void) {
    this.#parts = parts;
    this.#lease = lease;
    this.#stored = stored;
  }

  /** Records that were read and whose checkpoint is not stored. */
  get open(): number {
    return this.#tracker.undone + this.#passed.length;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  add(record: StreamRecord): void {
    this.#tracker.add(record);
  }

  done(records: readonly StreamRecord[]): void {
    const passed = this.#tracker.done(records);
    for (const record of passed) this.#passed.push(record);
    if (!this.#held) this.#save();
  }

  /** Stores nothing until `release`: a tumbling window is open, and a restart has to begin with its first record. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#save();
  }

  /** Resolves when everything that may be stored is, or when storing is given up: after a stop, or without the lease. */
  async flush(): Promise<void> {
    this.#save();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** From now on a write that fails is tried for one second more. */
  hurry(): void {
    this.#halted = true;
  }

  #save(): void {
    if (this.#held || this.#over || this.#writing !== undefined || this.#passed.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      this.#stored();
      this.#save();
    });
  }

  async #write(): Promise<void> {
    const { journal, mapping, clock, random } = this.#parts;
    const { partition: lane, lost } = this.#lease;
    let giveUpAt: number | undefined;
    for (let tries = 1; !lost.aborted; tries++) {
      const passed = this.#passed;
      const position = passed.at(-1)?.position ?? '';
      this.#passed = [];
      try {
        await this.#lease.checkpoint(position);
        this.#trouble = undefined;
        journal.write({ type: 'checkpointed', mapping, lane, records: passed.map(({ id }) => id), position });
        return;
      } catch (error) {
        this.#passed = [...passed, ...this.#passed];
        if (error instanceof LeaseLostError) break;
        this.#trouble = `its checkpoint cannot be stored: ${messageOf(error)}`;
        journal.write({ type: 'partition', mapping, lane, state: 'waiting', because: this.#trouble });
        if (this.#halted) giveUpAt ??= clock.now() + saveGraceMs;
        if (giveUpAt !== undefined && clock.now() >= giveUpAt) break;
      }
      await pause(clock, backOffMs(checkpointBackOff, tries, random.next()), lost);
    }
    this.#over = true;
  }
}
