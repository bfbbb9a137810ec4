import { isoTime, pause } from '../../platform/clock.js';
import { messageOf } from '../../platform/millrace-error.js';
import { orAborted } from '../../platform/or-aborted.js';
import { Wakeup } from '../../platform/wakeup.js';
import { FirstLoad } from '../first-load.js';
import { backOffMs, pollBackOff } from '../back-off.js';
import type { Lease, LedgerContent } from '../../contracts/checkpoint-store.js';
import type { FirstPoll } from '../mapping-delivery.js';
import { planPartitions, type PartitionPlan } from './partition-plan.js';
import { PartitionRun } from './partition-run.js';
import { PollerStatus } from '../poller-status.js';
import { ReadAhead } from './read-ahead.js';
import { startingPositions } from './partition-plan.js';
import type { StartingRule, StreamDeliveryParts } from './stream-parts.js';
import type { Pacing, Partition, StreamFacts } from '../../contracts/stream-source.js';

/** How often the stream is looked at when nothing tells that it has changed, by how its partitions are read. */
const lookEveryMs: Readonly<Record<Pacing['kind'], number>> = { fixed: 30_000, waits: 10_000, adaptive: 2_000 };

/**
 * Delivers one stream to one function: finds its partitions, takes those that are ready, and works on each by itself.
 * Starts once and stops once.
 */
export class StreamDelivery {
  readonly status: PollerStatus;
  readonly #parts: StreamDeliveryParts;
  readonly #drain = new AbortController();
  readonly #load: FirstLoad;
  readonly #wakeup: Wakeup;
  readonly #readAhead = new ReadAhead();
  readonly #runs = new Map<string, PartitionRun>();
  readonly #underWay = new Set<Promise<void>>();
  /** The stream that the runs belong to; ends when there is another one of its name. */
  #epoch = new AbortController();
  #identity: string | undefined;
  /** How often in a row the work on a partition broke off. */
  readonly #broken = new Map<string, number>();
  #partitions: readonly Partition[] = [];
  #lookAt = Number.NEGATIVE_INFINITY;
  /** Nothing has happened since the last round that would give the next one something to do. */
  #settled = false;
  #unclaimed = 0;
  #failuresInARow = 0;
  #lastActivityAt: number;
  #polled: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: StreamDeliveryParts) {
    this.#parts = parts;
    this.status = new PollerStatus(parts.journal, parts.mapping);
    this.#load = new FirstLoad(parts.target);
    this.#wakeup = new Wakeup(parts.clock);
    this.#lastActivityAt = parts.clock.now();
    this.#drain.signal.addEventListener('abort', () => this.#epoch.abort(), { once: true });
  }

  /** Begins to load the handler and, beside it or afterwards, to read. */
  start(firstPoll: FirstPoll = 'now'): void {
    if (firstPoll === 'loaded') this.status.change('starting', `loading ${this.#parts.target.name}`);
    this.#polled = this.#load.begin(firstPoll, this.#drain.signal, () => this.#run());
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
    return this.status.state === 'polling' && this.#settled && this.#unclaimed === 0 && drained.every(Boolean);
  }

  /**
   * Calls no handler any more, finishes the calls that run, stores checkpoints, and closes the source. What was not done
   * is read again at the next start. May be called twice.
   */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  /** A stop: what was not done needs nothing, it is read again from the checkpoint. */
  finish(): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const { source, sourceLabel, ledger, destination } = this.#parts;
    this.status.change('stopping', `waiting for the running invocations of ${sourceLabel}`);
    this.#drain.abort();
    await this.#polled;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await ledger.close();
    await source.close();
    await destination?.close();
    this.status.change('stopped', 'stopped');
  }

  async #run(): Promise<void> {
    const { clock, sourceLabel } = this.#parts;
    const drain = this.#drain.signal;
    this.status.change('starting', `looking for ${sourceLabel}`);
    while (!drain.aborted) {
      this.#settled = true;
      try {
        await orAborted(this.#round(), drain);
        this.#failuresInARow = 0;
        this.#showStatus();
      } catch (error) {
        await this.#failed(error);
        continue;
      }
      const { claimEveryMs = Number.POSITIVE_INFINITY } = this.#parts.ledger;
      await this.#wakeup.wait(drain, Math.min(this.#lookAt, clock.now() + claimEveryMs));
    }
  }

  /** Looks at the stream when it is time to, and takes what can be worked on. */
  async #round(): Promise<void> {
    const { ledger, clock, source } = this.#parts;
    if (clock.now() >= this.#lookAt) await this.#look();
    let known = await ledger.read();
    if (known.identity !== this.#identity) {
      // Another process has begun on a stream that this one has not seen yet: its list must not meet that ledger.
      await this.#look();
      known = await ledger.read();
    }
    const { add, remove, gone, ready } = await this.#plan(known.partitions);
    if (add.size > 0) {
      await ledger.add(add);
      this.#callAgain(); // they are known now
    }
    if (gone.length > 0) this.#reportGone(gone);
    if (remove.length + gone.length > 0) await ledger.remove([...remove, ...gone]);
    const leases = ready.length === 0 ? [] : await ledger.claim(ready);
    if (this.#drain.signal.aborted) return; // nobody waits for this round any more; the ledger gives the leases back
    for (const lease of leases) this.#work(lease);
    const free = ready.filter((id) => !this.#runs.has(id));
    this.#unclaimed = free.filter((id) => ledger.isWorkedOnElsewhere?.(id) !== true).length;
    this.#lookAt = Math.min(this.#lookAt, clock.now() + lookEveryMs[source.pacing.kind]);
  }

  async #plan(known: LedgerContent['partitions']): Promise<PartitionPlan> {
    const plan = planPartitions(this.#partitions, known);
    if (plan.gone.length + plan.remove.length === 0) return plan;
    // What another process has added since this listing is not gone: only a listing that is newer than the ledger tells.
    this.#partitions = await this.#parts.source.partitions();
    return planPartitions(this.#partitions, known);
  }

  async #look(): Promise<void> {
    const { source, ledger } = this.#parts;
    const facts = await source.describe();
    const { identity } = await ledger.read();
    if (this.#identity !== undefined && this.#identity !== facts.identity) await this.#endEpoch();
    this.#partitions = await source.partitions();
    if (identity !== facts.identity) await this.#begin(facts, identity);
    this.#identity = facts.identity;
    this.#lookAt = Number.POSITIVE_INFINITY;
  }

  /** The stream is another one than that of the checkpoints. */
  async #begin(facts: StreamFacts, before: string | undefined): Promise<void> {
    const { ledger, source, settings, journal, sourceLabel } = this.#parts;
    const rule = before === undefined ? settings.startingRule : afreshFrom(settings.startingRule);
    if (before !== undefined) {
      const because = `${sourceLabel} is another one than before (${facts.identityText}): its checkpoints do not count any more, and it is read from ${rule.kind}`;
      journal.write({ type: 'notice', level: 'warn', because });
    }
    await ledger.begin(facts.identity, await startingPositions(source, this.#partitions, rule));
  }

  /** Whether the stream is still this one; when it is not, it is looked at anew. */
  async #isStill(identity: string | undefined): Promise<boolean> {
    const facts = await this.#parts.source.describe();
    if (facts.identity === identity) return true;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    this.#callAgain();
    return false;
  }

  /** The work on a stream that is gone ends. */
  async #endEpoch(): Promise<void> {
    this.#epoch.abort();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#epoch = new AbortController();
    if (this.#drain.signal.aborted) this.#epoch.abort();
  }

  #work(lease: Lease): void {
    const ranks = new Set([...this.#runs.values()].map(({ rank }) => rank));
    let rank = 0;
    while (ranks.has(rank)) rank++;
    const run = new PartitionRun({
      delivery: this.#parts,
      lease,
      rank,
      readAhead: this.#readAhead,
      drain: this.#epoch.signal,
      loaded: (signal) => this.#load.ended(signal),
      changed: () => this.#showStatus(),
      verify: () => this.#isStill(this.#identity),
      received: () => (this.#lastActivityAt = this.#parts.clock.now()),
      done: () => {
        this.#lastActivityAt = this.#parts.clock.now();
        if (this.#broken.delete(lease.partition)) this.#showStatus();
      },
    });
    this.#runs.set(lease.partition, run);
    const work = this.#runToEnd(run).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #runToEnd(run: PartitionRun): Promise<void> {
    const { journal, mapping, clock, random } = this.#parts;
    try {
      const ending = await run.run();
      if (ending === 'ended') this.#lookAt = Number.NEGATIVE_INFINITY; // its children may not be listed yet
    } catch (error) {
      // A defect of ours or of a source: the partition begins again at its checkpoint, and the others go on.
      const times = (this.#broken.get(run.partition) ?? 0) + 1;
      this.#broken.set(run.partition, times);
      this.#showStatus();
      const because = `the work on it broke off, and begins again at its checkpoint: ${messageOf(error)}`;
      journal.write({ type: 'partition', mapping, partition: run.partition, state: 'waiting', because });
      await pause(clock, backOffMs(pollBackOff, times, random.next()), this.#drain.signal);
    } finally {
      this.#runs.delete(run.partition);
      this.#lastActivityAt = clock.now();
      this.#callAgain();
    }
  }

  #callAgain(): void {
    this.#settled = false;
    this.#wakeup.wake();
  }

  #reportGone(gone: readonly string[]): void {
    const { journal, mapping } = this.#parts;
    const because = 'the stream does not have it any more, and it was not finished: what was left in it is lost';
    for (const partition of gone) journal.write({ type: 'partition', mapping, partition, state: 'trimmed', because });
  }

  #showStatus(): void {
    if (this.#drain.signal.aborted) return;
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
    const count = `${runs.length} ${runs.length === 1 ? partitionWord : `${partitionWord}s`}`;
    const trouble = troubled.length === 0 ? '' : `, ${troubled.length} of them in trouble`;
    const elsewhere =
      runs.length === 0 && this.#partitions.length > 0 ? ' (all are finished, or worked on elsewhere)' : '';
    this.status.change('polling', `polling ${sourceLabel}: ${count}${trouble}${elsewhere}`);
  }

  async #failed(error: unknown): Promise<void> {
    const { clock, random, sourceLabel } = this.#parts;
    if (this.#drain.signal.aborted) return;
    const pauseMs = backOffMs(pollBackOff, ++this.#failuresInARow, random.next());
    this.#settled = false;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    const nextTryAt = clock.now() + pauseMs;
    if (this.#runs.size === 0)
      this.status.change('waiting', `waiting for ${sourceLabel}: ${messageOf(error)}`, nextTryAt);
    else {
      const because = `${sourceLabel} could not be looked at: ${messageOf(error)}; next try at ${isoTime(nextTryAt)}`;
      this.#parts.journal.write({ type: 'notice', level: 'warn', because });
    }
    await pause(clock, pauseMs, this.#drain.signal);
  }
}

/** A stream that has taken the place of another is younger than what `LATEST` stood for when the mapping began. */
function afreshFrom(rule: StartingRule): StartingRule {
  return rule.kind === 'LATEST' ? { kind: 'TRIM_HORIZON' } : rule;
}
