import { pause } from '../platform/clock.js';
import { messageOf } from '../platform/millrace-error.js';
import { backOffMs, checkpointBackOff } from './back-off.js';
import { LeaseLostError, type Lease } from './checkpoint-store.js';
import { CheckpointTracker } from './checkpoint-tracker.js';
import type { StreamDeliveryParts } from './stream-parts.js';
import type { StreamRecord } from './stream-source.js';

/** How long a stop waits for a checkpoint that cannot be stored at once, and how often it is tried meanwhile. */
const hurry = { graceMs: 1_000, everyMs: 200 } as const;

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
  readonly #hurrying = new AbortController();
  #giveUpAt = Number.POSITIVE_INFINITY;
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
    if (this.#hurrying.signal.aborted) return;
    this.#giveUpAt = this.#parts.clock.now() + hurry.graceMs;
    this.#hurrying.abort();
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
    const { journal, mapping, clock } = this.#parts;
    const { partition: lane, lost } = this.#lease;
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
        if (clock.now() >= this.#giveUpAt) break;
      }
      await this.#pause(tries);
    }
    this.#over = true;
  }

  async #pause(tries: number): Promise<void> {
    const { clock, random } = this.#parts;
    const { lost } = this.#lease;
    const hurrying = this.#hurrying.signal;
    if (hurrying.aborted) await pause(clock, hurry.everyMs, lost);
    else await pause(clock, backOffMs(checkpointBackOff, tries, random.next()), AbortSignal.any([lost, hurrying]));
  }
}
