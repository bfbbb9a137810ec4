import { messageOf } from '../../platform/millrace-error.js';
import { orAborted } from '../../platform/or-aborted.js';
import { Wakeup } from '../../platform/wakeup.js';
import { SourceError } from '../../contracts/source-error.js';
import { pollBackOff } from '../back-off.js';
import { Tries } from '../tries.js';
import type { Ending } from './stream-route.js';
import { nextReadInMs } from './read-pace.js';
import type { StreamRoute } from './stream-route.js';
import type { Page, PartitionReader, StartPoint } from '../../contracts/stream-source.js';

interface PartitionPollerOptions {
  readonly delivery: Pick<StreamRoute, 'source' | 'clock' | 'random'>;
  readonly partition: string;
  readonly from: StartPoint;
  /** Its place among the partitions that are read. */
  readonly rank: number;
  readonly halt: AbortSignal;
  /** How many records to ask for; 0: there is no room now. */
  readonly room: () => number;
  readonly accept: (page: Page) => void;
  /** Reading fails, and why; undefined: it works again. */
  readonly trouble: (error: unknown) => void;
  /** Whether the stream is still the one that the partition belongs to. Rejects as the source does. */
  readonly verify: () => Promise<boolean>;
}

/** A look that nobody asked for is not older than this when somebody asks whether all is done. */
const freshMs = 100;

/** Reads one partition: as often as its pace says, and only while there is room. */
export class PartitionPoller {
  readonly #parts: PartitionPollerOptions;
  readonly #wakeup: Wakeup;
  #reader: PartitionReader | undefined;
  readonly #tries: Tries;
  #atTip = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #lastRecordAt: number;
  #pauseMs = 0;
  #waitsForRoom = false;
  /** Read, and not known to be of this stream. */
  #unverified: Page | undefined;

  constructor(parts: PartitionPollerOptions) {
    this.#parts = parts;
    this.#wakeup = new Wakeup(parts.delivery.clock);
    this.#tries = new Tries(parts.delivery, pollBackOff);
    this.#lastRecordAt = parts.delivery.clock.now();
  }

  /** Whether the last read found nothing more, and reading works. */
  get atTip(): boolean {
    return this.#atTip && this.#tries.failures === 0;
  }

  /** There may be room again. */
  roomMade(): void {
    if (this.#waitsForRoom) this.#wakeup.wake();
  }

  /** Looks again soon where that costs nobody anything. */
  look(): void {
    const { source, clock } = this.#parts.delivery;
    if (source.pacing.kind === 'adaptive' && clock.now() - this.#readAt > freshMs) this.#wakeup.wake();
  }

  /** Resolves when the partition has ended, or with the halt. */
  async run(): Promise<Ending> {
    try {
      return await this.#run();
    } finally {
      await this.#reader?.close();
    }
  }

  async #run(): Promise<Ending> {
    const { halt, room, accept, delivery } = this.#parts;
    while (!halt.aborted) {
      const max = room();
      if (max === 0) {
        this.#waitsForRoom = true;
        await this.#wakeup.wait(halt);
        this.#waitsForRoom = false;
        continue;
      }
      const startedAt = delivery.clock.now();
      const page = await this.#read(max);
      if (page === undefined) continue;
      accept(page);
      if (page.ended) return 'finished';
      await this.#pauseAfter(page, startedAt);
    }
    return 'halted';
  }

  /** Undefined when it failed, after the pause that follows. */
  async #read(max: number): Promise<Page | undefined> {
    const { halt, delivery, trouble } = this.#parts;
    const { clock } = delivery;
    try {
      this.#reader ??= await this.#open();
      if (this.#reader === undefined || halt.aborted) return undefined;
      this.#readAt = clock.now();
      const page = this.#unverified ?? (await this.#reader.read({ max, signal: halt }));
      if (page.trimmed !== undefined && !(await this.#isOurs(page))) return undefined;
      this.#unverified = undefined;
      if (this.#tries.failures > 0) trouble(undefined);
      this.#tries.succeeded();
      this.#atTip = page.atTip;
      return page;
    } catch (error) {
      if (halt.aborted) return undefined;
      const { pauseMs } = this.#tries.failed();
      trouble(error);
      if (error instanceof SourceError && error.kind === 'missing') await this.#parts.verify().catch(() => true); // told above
      await this.#tries.wait(pauseMs, halt);
      return undefined;
    }
  }

  /**
   * A position that is unknown may be one of a stream that was deleted: what is read then is another one's, and this
   * reading of it ends. When that cannot be found out now, the page is kept until it can.
   */
  async #isOurs(page: Page): Promise<boolean> {
    const { verify, halt } = this.#parts;
    this.#unverified = page;
    if (await verify()) return true;
    while (!halt.aborted) await this.#wakeup.wait(halt);
    return false;
  }

  /** A stop does not wait for a service that does not answer; what opens later is closed at once. */
  async #open(): Promise<PartitionReader | undefined> {
    const { delivery, partition, from, halt } = this.#parts;
    const opening = delivery.source.open(partition, from);
    const reader = await orAborted(opening, halt);
    if (reader === undefined) opening.then((late) => late.close()).catch(() => {}); // it is of no use any more
    return reader;
  }

  async #pauseAfter({ records, atTip }: Page, startedAt: number): Promise<void> {
    const { delivery, rank, halt } = this.#parts;
    const { source, clock } = delivery;
    const now = clock.now();
    if (records.length > 0) this.#lastRecordAt = now;
    this.#pauseMs = nextReadInMs(source.pacing, {
      startedAt,
      now,
      records: records.length,
      bytes: records.reduce((sum, { bytes }) => sum + bytes, 0),
      atTip,
      lastRecordAt: this.#lastRecordAt,
      pauseMs: this.#pauseMs,
      rank,
    });
    if (this.#pauseMs > 0) await this.#wakeup.wait(halt, now + this.#pauseMs);
  }
}

/** What went wrong, as a reason. */
export function readTrouble(error: unknown): string {
  return `it cannot be read: ${messageOf(error)}`;
}
