import { isoTime, pause } from '../../platform/clock.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import { messageOf } from '../../platform/millrace-error.js';
import { orAborted } from '../../platform/or-aborted.js';
import { Turns } from '../../platform/turns.js';
import { Wakeup } from '../../platform/wakeup.js';
import { FirstLoad } from '../first-load.js';
import { backOffMs, pollBackOff } from '../back-off.js';
import type { Lease } from '../../contracts/checkpoint-store.js';
import { KeyedLanes } from './keyed-lanes.js';
import { KnownStream } from './known-stream.js';
import { LanePool } from './lane-pool.js';
import type { FirstPoll } from '../mapping-delivery.js';
import { PartitionRun } from './partition-run.js';
import { PollerStatus } from '../poller-status.js';
import { ReadAhead } from './read-ahead.js';
import type { StreamRoute } from './stream-route.js';
import { Tries } from '../tries.js';
import type { Pacing } from '../../contracts/stream-source.js';

/** How often the stream is looked at when nothing tells that it has changed, by how its partitions are read. */
const lookEveryMs: Readonly<Record<Pacing['kind'], number>> = { fixed: 30_000, waits: 10_000, adaptive: 2_000 };

/**
 * Delivers one stream to one function: finds its partitions, takes those that are ready, and works on each by itself.
 * Starts once and stops once.
 */
export class StreamDelivery {
  readonly status: PollerStatus;
  readonly #parts: StreamRoute;
  readonly #life: Lifecycle;
  readonly #load: FirstLoad;
  readonly #wakeup: Wakeup;
  readonly #stream: KnownStream;
  readonly #readAhead = new ReadAhead();
  /** The lanes of all partitions, where events span them. */
  readonly #pool: LanePool | undefined;
  readonly #runs = new Map<string, PartitionRun>();
  readonly #turns = new Turns();
  /** The stream that the runs belong to; ends when there is another one of its name. */
  #epoch = new AbortController();
  /** How often in a row the work on a partition broke off. */
  readonly #broken = new Map<string, number>();
  readonly #looks: Tries;
  #lookAt = Number.NEGATIVE_INFINITY;
  /** How often something has happened that gives the next round something to do. */
  #calls = 1;
  /** How often it had when the last round began that has ended well. */
  #callsAnswered = 0;
  #unclaimed = 0;
  #lastActivityAt: number;

  constructor(parts: StreamRoute) {
    this.#parts = parts;
    this.status = new PollerStatus(parts.journal, parts.mapping);
    this.#life = new Lifecycle({ onStop: () => this.#onStop(), close: () => this.#close() });
    this.#load = new FirstLoad(parts.target);
    this.#wakeup = new Wakeup(parts.clock);
    this.#stream = new KnownStream(parts, () => this.#endEpoch());
    this.#looks = new Tries(parts, pollBackOff);
    this.#lastActivityAt = parts.clock.now();
    if (parts.source.spansPartitions === true) this.#pool = new LanePool(parts, (signal) => this.#load.ended(signal));
    parts.ledger.onChange?.(() => this.#callAgain());
  }

  /** Begins to load the handler and, beside it or afterwards, to read. */
  start(firstPoll: FirstPoll = 'now'): void {
    if (firstPoll === 'loaded') this.status.change('starting', `loading ${this.#parts.target.name}`);
    this.#pool?.start();
    this.#life.start((stopping) => this.#load.begin(firstPoll, stopping, () => this.#run(stopping)));
  }

  get longestReceiveMs(): number {
    return 0;
  }

  get name(): string {
    return this.#parts.mapping.name;
  }

  /** When records last came or were done. */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /**
   * Whether every partition that this process works on was read to its tip, and nothing of it is left to do. Not before it
   * is known whether the handler loads.
   */
  async isDrained(): Promise<boolean> {
    if (this.#load.isUnderWay) return false;
    const drained = [...this.#runs.values()].map((run) => run.isDrained());
    return this.status.state === 'polling' && this.#isSettled && drained.every(Boolean);
  }

  /** Whether the next round finds nothing to do, as far as anybody knows. */
  get #isSettled(): boolean {
    return this.#callsAnswered === this.#calls && this.#unclaimed === 0;
  }

  /**
   * Calls no handler any more, finishes the calls that run, stores checkpoints, and closes the source. What was not done
   * is read again at the next start. May be called twice.
   */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** A stop: what was not done needs nothing, it is read again from the checkpoint. */
  finish(): Promise<void> {
    return this.stop();
  }

  #onStop(): void {
    this.status.change('stopping', `waiting for the running invocations of ${this.#parts.sourceLabel}`);
    this.#epoch.abort();
    if (this.#pool !== undefined) this.#life.track(this.#pool.stop());
  }

  async #close(): Promise<void> {
    const { source, ledger, destination } = this.#parts;
    await ledger.close();
    await source.close();
    await destination?.close();
    this.status.change('stopped', 'stopped');
  }

  async #run(stopping: AbortSignal): Promise<void> {
    const { clock, sourceLabel } = this.#parts;
    this.status.change('starting', `looking for ${sourceLabel}`);
    while (!stopping.aborted) {
      const calls = this.#calls;
      try {
        await orAborted(this.#round(), stopping);
        this.#callsAnswered = calls;
        this.#looks.succeeded();
        this.#showStatus();
      } catch (error) {
        await this.#failed(error, stopping);
        continue;
      }
      const { claimEveryMs = Number.POSITIVE_INFINITY } = this.#parts.ledger;
      await this.#wakeup.wait(stopping, Math.min(this.#lookAt, clock.now() + claimEveryMs));
    }
  }

  /** Looks at the stream when it is time to, and takes what can be worked on. */
  async #round(): Promise<void> {
    const { ledger, clock, source } = this.#parts;
    if (clock.now() >= this.#lookAt) {
      await this.#stream.look();
      this.#lookAt = Number.POSITIVE_INFINITY;
    }
    const { add, remove, gone, ready } = await this.#stream.plan();
    if (add.size > 0) {
      await ledger.add(add);
      this.#callAgain(); // they are known now
    }
    if (gone.length > 0) this.#reportGone(gone);
    if (remove.length + gone.length > 0) await ledger.remove([...remove, ...gone]);
    const leases = ready.length === 0 ? [] : await ledger.claim(ready);
    if (this.#life.isStopping) return; // nobody waits for this round any more; the ledger gives the leases back
    for (const lease of leases) this.#work(lease);
    const free = ready.filter((id) => !this.#runs.has(id));
    this.#unclaimed = free.filter((id) => ledger.isWorkedOnElsewhere?.(id) !== true).length;
    this.#lookAt = Math.min(this.#lookAt, clock.now() + lookEveryMs[source.pacing.kind]);
  }

  /** Whether the stream is still this one; when it is not, it is looked at anew. */
  async #isStill(identity: string | undefined): Promise<boolean> {
    if (await this.#stream.isStill(identity)) return true;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    this.#callAgain();
    return false;
  }

  /** The work on a stream that is gone ends. */
  async #endEpoch(): Promise<void> {
    this.#epoch.abort();
    await this.#life.workDone();
    this.#epoch = new AbortController();
    if (this.#life.isStopping) this.#epoch.abort();
  }

  #work(lease: Lease): void {
    const ranks = new Set([...this.#runs.values()].map(({ rank }) => rank));
    let rank = 0;
    while (ranks.has(rank)) rank++;
    const { identity } = this.#stream;
    const run = new PartitionRun({
      delivery: this.#parts,
      lease,
      rank,
      readAhead: this.#readAhead,
      lanes: (context, checkpoint) => this.#pool?.join(context) ?? new KeyedLanes(context, checkpoint),
      drain: this.#epoch.signal,
      loaded: (signal) => this.#load.ended(signal),
      changed: () => this.#showStatus(),
      verify: () => this.#isStill(identity),
      received: () => (this.#lastActivityAt = this.#parts.clock.now()),
      done: () => {
        this.#lastActivityAt = this.#parts.clock.now();
        if (this.#broken.delete(lease.partition)) this.#showStatus();
      },
    });
    this.#runs.set(lease.partition, run);
    // A partition that was lost, and is this process's again, may still have a call that runs.
    this.#life.track(this.#turns.take(lease.partition, () => this.#runToEnd(run, lease)));
  }

  async #runToEnd(run: PartitionRun, lease: Lease): Promise<void> {
    const { journal, mapping, clock, random } = this.#parts;
    const times = this.#broken.get(run.partition) ?? 0;
    try {
      // After a defect, and not before the lease is given back: whoever may claim it at once would not pause at all.
      if (times > 0)
        await pause(clock, backOffMs(pollBackOff, times, random.next()), ...leaving(lease, this.#epoch.signal));
      const ending = await run.run();
      if (ending === 'ended') this.#lookAt = Number.NEGATIVE_INFINITY; // its children may not be listed yet
    } catch (error) {
      // A defect of ours or of a source: the partition begins again at its checkpoint, and the others go on.
      this.#broken.set(run.partition, times + 1);
      const because = `the work on it broke off, and begins again at its checkpoint: ${messageOf(error)}`;
      journal.write({ type: 'partition', mapping, partition: run.partition, state: 'waiting', because });
    } finally {
      if (this.#runs.get(run.partition) === run) this.#runs.delete(run.partition);
      this.#lastActivityAt = clock.now();
      this.#callAgain();
    }
  }

  #callAgain(): void {
    this.#calls++;
    this.#wakeup.wake();
  }

  #reportGone(gone: readonly string[]): void {
    const { journal, mapping } = this.#parts;
    const because = 'the stream does not have it any more, and it was not finished: what was left in it is lost';
    for (const partition of gone) journal.write({ type: 'partition', mapping, partition, state: 'trimmed', because });
  }

  #showStatus(): void {
    if (this.#life.isStopping) return;
    const { sourceLabel, partitionWord } = this.#parts;
    const runs = [...this.#runs.values()];
    const troubled = runs.flatMap(({ partition, trouble }) => {
      const because = trouble ?? (this.#broken.has(partition) ? 'the work on it breaks off' : undefined);
      return because === undefined ? [] : [`${partition}: ${because}`];
    });
    const [first] = troubled;
    if (first !== undefined && troubled.length === runs.length) {
      this.status.change('waiting', `waiting for ${sourceLabel}: ${first}`);
      return;
    }
    const count = `${runs.length} ${partitionWord}${runs.length === 1 ? '' : 's'}`;
    const trouble = troubled.length === 0 ? '' : `, ${troubled.length} of them in trouble`;
    const elsewhere = runs.length === 0 && this.#stream.size > 0 ? ' (all are finished, or worked on elsewhere)' : '';
    this.status.change('polling', `polling ${sourceLabel}: ${count}${trouble}${elsewhere}`);
  }

  async #failed(error: unknown, stopping: AbortSignal): Promise<void> {
    const { sourceLabel, journal } = this.#parts;
    if (stopping.aborted) return;
    const { pauseMs, nextTryAt } = this.#looks.failed();
    this.#calls++;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    if (this.#runs.size === 0)
      this.status.change('waiting', `waiting for ${sourceLabel}: ${messageOf(error)}`, nextTryAt);
    else {
      const because = `${sourceLabel} could not be looked at: ${messageOf(error)}; next try at ${isoTime(nextTryAt)}`;
      journal.write({ type: 'notice', level: 'warn', because });
    }
    await this.#looks.wait(pauseMs, stopping);
  }
}

/** One of them fires when the work on a partition is not this process's, or not to be done, any more. */
function leaving({ lost, wanted }: Lease, epoch: AbortSignal): readonly AbortSignal[] {
  return [epoch, lost, ...(wanted === undefined ? [] : [wanted])];
}
