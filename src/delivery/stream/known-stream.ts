import { planPartitions, startingPositions, type PartitionPlan } from './partition-plan.js';
import type { StartingRule, StreamRoute } from './stream-route.js';
import type { LedgerContent } from '../../contracts/checkpoint-store.js';
import type { Partition, StreamFacts } from '../../contracts/stream-source.js';

/** The stream as it was last looked at, beside what the ledger says of it. */
export class KnownStream {
  readonly #parts: Pick<StreamRoute, 'source' | 'ledger' | 'settings' | 'journal' | 'sourceLabel'>;
  readonly #replaced: () => Promise<void>;
  #identity: string | undefined;
  #partitions: readonly Partition[] = [];

  /** `replaced` is called when the stream is another one than before, and awaited before anything of that is looked at. */
  constructor(
    parts: Pick<StreamRoute, 'source' | 'ledger' | 'settings' | 'journal' | 'sourceLabel'>,
    replaced: () => Promise<void>,
  ) {
    this.#parts = parts;
    this.#replaced = replaced;
  }

  get identity(): string | undefined {
    return this.#identity;
  }

  /** How many partitions it has, closed ones included. */
  get size(): number {
    return this.#partitions.length;
  }

  /** Asks the source what there is. Rejects as it does. */
  async look(): Promise<void> {
    const { source, ledger } = this.#parts;
    const facts = await source.describe();
    const { identity } = await ledger.read();
    if (this.#identity !== undefined && this.#identity !== facts.identity) await this.#replaced();
    this.#partitions = await source.partitions();
    if (identity !== facts.identity) await this.#begin(facts, identity);
    this.#identity = facts.identity;
  }

  /** What there is to do about its partitions. */
  async plan(): Promise<PartitionPlan> {
    const { ledger } = this.#parts;
    let known = await ledger.read();
    if (known.identity !== this.#identity) {
      // Another process has begun on a stream that this one has not seen yet: its list must not meet that ledger.
      await this.look();
      known = await ledger.read();
    }
    return this.#compare(known.partitions);
  }

  /** Whether the stream is still the one that was looked at. */
  async isStill(identity: string | undefined): Promise<boolean> {
    const facts = await this.#parts.source.describe();
    return facts.identity === identity;
  }

  async #compare(known: LedgerContent['partitions']): Promise<PartitionPlan> {
    const plan = planPartitions(this.#partitions, known);
    if (plan.gone.length + plan.remove.length === 0) return plan;
    // What another process has added since this listing is not gone: only a listing that is newer than the ledger tells.
    this.#partitions = await this.#parts.source.partitions();
    return planPartitions(this.#partitions, known);
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
}

/** A stream that has taken the place of another is younger than what `LATEST` stood for when the mapping began. */
function afreshFrom(rule: StartingRule): StartingRule {
  return rule.kind === 'LATEST' ? { kind: 'TRIM_HORIZON' } : rule;
}
