import { messageOf } from '../../platform/millrace-error.js';
import { isoTime } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { checkpointBackOff } from '../back-off.js';
import { Tries } from '../tries.js';
import { passing } from '../filter-step.js';
import { CheckpointSaver } from './checkpoint-saver.js';
import { LeaseLostError, type Lease } from '../../contracts/checkpoint-store.js';
import type { PartitionContext, PartitionLanes, StreamRoute } from './stream-route.js';
import { PartitionPoller, readTrouble } from './partition-poller.js';
import { recordsToRead, type ReadAhead } from './read-ahead.js';
import type { CheckpointHold } from './stream-lane.js';
import type { Page, StartPoint, StreamRecord } from '../../contracts/stream-source.js';

/** What the partitions of a mapping share. */
interface PartitionRunOptions {
  readonly delivery: StreamRoute;
  readonly lease: Lease;
  /** Its place among the partitions that are read, from 0. */
  readonly rank: number;
  readonly readAhead: ReadAhead;
  /** Makes the lanes that its records are handed to. */
  readonly lanes: (context: PartitionContext, checkpoint: CheckpointHold) => PartitionLanes;
  /** Fires when the mapping stops, or the stream is another one now. */
  readonly drain: AbortSignal;
  /** Resolves when the code of the function has loaded, does not load, or the signal fires. */
  readonly loaded: (signal: AbortSignal) => Promise<void>;
  /** Its trouble has come or gone. */
  readonly changed: () => void;
  /** Whether the stream is still the one that the partition belongs to. */
  readonly verify: () => Promise<boolean>;
  /** Records came. */
  readonly received: () => void;
  /** Nothing is left to do for some of them. */
  readonly done: () => void;
}

/** How the work on a partition ended: it is finished, or somebody goes on with it later. */
type PartitionEnding = 'ended' | 'stopped' | 'lost';

/** The work on one partition: read, filter, hand to its lanes, keep its checkpoint. Runs once. */
export class PartitionRun {
  readonly #parts: PartitionRunOptions;
  readonly #halt = new AbortController();
  readonly #saver: CheckpointSaver;
  readonly #lanes: PartitionLanes;
  readonly #poller: PartitionPoller;
  #bytes = 0;
  #averageBytes: number | undefined;
  /** What it cannot do now, and why. */
  readonly #troubles = new Map<'read' | 'store', string>();

  constructor(parts: PartitionRunOptions) {
    this.#parts = parts;
    const { delivery, lease, rank } = parts;
    this.#saver = new CheckpointSaver({
      delivery,
      lease,
      stored: () => this.#poller.roomMade(),
      trouble: (because) => this.#troubled('store', because),
    });
    const context = {
      parts: delivery,
      partition: lease.partition,
      halt: this.#halt.signal,
      loaded: () => parts.loaded(this.#halt.signal),
      done: (records: readonly StreamRecord[]) => this.#done(records),
    };
    this.#lanes = parts.lanes(context, this.#saver);
    this.#poller = new PartitionPoller({
      delivery,
      partition: lease.partition,
      from: lease.from,
      rank,
      halt: this.#halt.signal,
      room: () => this.#room(),
      accept: (page) => this.#accept(page),
      trouble: (error) => this.#troubled('read', error === undefined ? undefined : readTrouble(error)),
      verify: parts.verify,
    });
  }

  get partition(): string {
    return this.#parts.lease.partition;
  }

  get rank(): number {
    return this.#parts.rank;
  }

  /** Why it gets nowhere, while that is so. */
  get trouble(): string | undefined {
    return this.#troubles.values().next().value;
  }

  /** Whether everything that is there was read and done. Looks again soon if the last look is old. */
  isDrained(): boolean {
    this.#poller.look();
    return this.#poller.atTip && this.#saver.open === 0 && this.#lanes.idle;
  }

  /** Rejects for a defect alone: then the partition can be begun again where its checkpoint is. */
  async run(): Promise<PartitionEnding> {
    const { lease, drain } = this.#parts;
    const halt = (): void => {
      this.#saver.hurry();
      this.#halt.abort();
    };
    const reasons = [drain, lease.lost, ...(lease.wanted === undefined ? [] : [lease.wanted])];
    for (const signal of reasons) signal.addEventListener('abort', halt, { once: true });
    if (reasons.some(({ aborted }) => aborted)) halt();
    this.#tell('started', startText(lease.from));
    try {
      return await this.#work();
    } finally {
      for (const signal of reasons) signal.removeEventListener('abort', halt);
      this.#parts.readAhead.shrink(this.#bytes);
      this.#bytes = 0;
      await lease.release();
    }
  }

  async #work(): Promise<PartitionEnding> {
    const { lease } = this.#parts;
    const lanes = this.#lanes.run(() => this.#halt.abort());
    lanes.catch(() => {}); // told below, when reading has ended as well
    const read = await this.#poller.run().catch(async (error: unknown) => {
      this.#halt.abort();
      await lanes.catch(() => {});
      throw error;
    });
    if (read === 'finished') this.#lanes.complete();
    const [worked] = await Promise.allSettled([lanes]);
    await this.#saver.flush();
    if (worked.status === 'rejected') throw worked.reason as Error;
    const finished = read === 'finished' && worked.value === 'finished';
    if (finished && this.#saver.open === 0 && (await this.#end())) return 'ended';
    if (lease.wanted?.aborted === true && !lease.lost.aborted) this.#tell('given-up', 'handed over to another process');
    if (!lease.lost.aborted) return 'stopped';
    this.#tell('given-up', 'another process works on it now');
    return 'lost';
  }

  /** Stores that the partition is finished, as often as it takes: its children wait for it. */
  async #end(): Promise<boolean> {
    const { lease, delivery } = this.#parts;
    const tries = new Tries(delivery, checkpointBackOff);
    while (!this.#halt.signal.aborted) {
      try {
        await lease.end();
        this.#tell('finished', 'it was closed, and all of it is done');
        return true;
      } catch (error) {
        if (error instanceof LeaseLostError) return false;
        this.#tell('waiting', `its end cannot be stored: ${messageOf(error)}`);
        await tries.wait(tries.failed().pauseMs, this.#halt.signal);
      }
    }
    return false;
  }

  #room(): number {
    const { readAhead, delivery } = this.#parts;
    const { settings, source } = delivery;
    const atOnce = source.spansPartitions === true ? 1 : settings.lanes;
    const batchRecords = settings.batchSize * atOnce;
    if (!readAhead.hasRoom({ records: this.#saver.unfinished, bytes: this.#bytes }, batchRecords)) return 0;
    return recordsToRead(batchRecords, this.#averageBytes, source.maxRead);
  }

  #accept({ records, trimmed, atTip }: Page): void {
    if (trimmed !== undefined) this.#tell('trimmed', trimmed);
    if (records.length === 0) {
      this.#lanes.push([], atTip);
      return;
    }
    this.#check(records);
    this.#parts.received();
    this.#received(records);
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    this.#averageBytes = bytes / records.length;
    this.#bytes += bytes;
    this.#parts.readAhead.grow(bytes);
    for (const record of records) this.#saver.add(record);
    this.#lanes.push(this.#keep(records), atTip);
  }

  /** Where events span partitions, it is the records that say of which they are. */
  #check(records: readonly StreamRecord[]): void {
    if (this.#parts.delivery.source.spansPartitions !== true) return;
    const stray = records.find(({ partition }) => partition !== this.partition);
    if (stray !== undefined) throw new Error(`record ${stray.id} was read from it, and is of ${stray.partition}`);
  }

  #received(records: readonly StreamRecord[]): void {
    const { journal, mapping } = this.#parts.delivery;
    const eventIds = records.flatMap(({ eventId }) => (eventId === undefined ? [] : [eventId]));
    journal.write({
      type: 'received',
      mapping,
      partition: this.partition,
      records: records.map(({ id }) => id),
      ...(eventIds.length === records.length && { eventIds }),
    });
  }

  /** The records that pass the filter; the checkpoint moves past the others. */
  #keep(records: readonly StreamRecord[]): readonly StreamRecord[] {
    const { filter, journal, mapping } = this.#parts.delivery;
    const { kept, dropped } = passing(records, filter, (record, because) =>
      journal.write({ type: 'filtered', mapping, partition: this.partition, record, because }),
    );
    this.#done(dropped);
    return kept;
  }

  #done(records: readonly StreamRecord[]): void {
    if (records.length === 0) return;
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    this.#bytes -= bytes;
    this.#parts.readAhead.shrink(bytes);
    this.#saver.done(records);
    this.#parts.done();
    this.#poller.roomMade();
  }

  #troubled(what: 'read' | 'store', because: string | undefined): void {
    if (this.#troubles.get(what) === because) return;
    if (because === undefined) {
      this.#troubles.delete(what);
      const other = this.trouble;
      const again = what === 'read' ? 'it can be read again' : 'its checkpoint is stored again';
      this.#tell(other === undefined ? 'started' : 'waiting', other ?? again);
    } else {
      this.#troubles.set(what, because);
      this.#tell('waiting', because);
    }
    this.#parts.changed();
  }

  #tell(state: 'started' | 'waiting' | 'finished' | 'given-up' | 'trimmed', because: string): void {
    const { journal, mapping } = this.#parts.delivery;
    journal.write({ type: 'partition', mapping, partition: this.partition, state, because });
  }
}

function startText(from: StartPoint): string {
  switch (from.kind) {
    case 'horizon':
      return 'from its oldest record';
    case 'timestamp':
      return `from the first record at or after ${isoTime(from.at)}`;
    case 'after':
      return `from its checkpoint (${from.position})`;
    default:
      return unreachable(from);
  }
}
