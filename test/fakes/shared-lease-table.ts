import type { PartitionState } from '../../src/contracts/checkpoint-store.js';
import { SourceError } from '../../src/contracts/source-error.js';
import { sleep, type Clock } from '../../src/platform/clock.js';
import type {
  Generation,
  LeaseRow,
  LeaseTable,
  RowChange,
  RowCondition,
  RowKey,
} from '../../src/state/dynamodb/lease-table.js';

interface StoredRow extends LeaseRow {
  readonly mapping: string;
  readonly generation: string;
}

const nameOf = ({ mapping, generation, partition }: RowKey): string => `${mapping} ${generation} ${partition}`;

/** A table in memory. Processes reach it over links of their own, which can be slow, or fail. */
export class SharedLeaseTable {
  readonly generations = new Map<string, Generation>();
  readonly rows = new Map<string, StoredRow>();

  link(clock: Clock): LeaseTableLink {
    return new LeaseTableLink(this, clock);
  }

  change(key: RowKey, { state, holder, wantedBy }: RowChange, condition: RowCondition): LeaseRow | undefined {
    const row = this.rows.get(nameOf(key));
    if (row === undefined || !holds(row, condition)) return undefined;
    const isAsking = typeof wantedBy === 'string' && state === undefined && holder === undefined;
    const next = {
      ...row,
      state: state ?? row.state,
      holder: holder === undefined ? row.holder : (holder ?? undefined),
      wantedBy: wantedBy === undefined ? row.wantedBy : (wantedBy ?? undefined),
      beat: isAsking ? row.beat : row.beat + 1,
    };
    this.rows.set(nameOf(key), next);
    return next;
  }
}

function holds({ beat, holder, wantedBy }: LeaseRow, condition: RowCondition): boolean {
  if (holder?.token !== condition.token) return false;
  if (condition.kind === 'unchanged') return beat === condition.beat;
  return condition.kind === 'held' || wantedBy === undefined;
}

/** What becomes of a call: it takes effect or not, and is answered or not. */
export type Fate = 'answered' | 'not-sent' | 'answer-lost';

export class LeaseTableLink implements LeaseTable {
  readonly #table: SharedLeaseTable;
  readonly #clock: Clock;
  fate: Fate = 'answered';
  /** Decides call by call, by name and by how many of that name there were. */
  fateOf: (call: string, number: number) => Fate = () => this.fate;
  /** What calls that get no answer reject with. */
  failure = new SourceError('unreachable', 'no answer from the table');
  /** How long a request, or an answer, is on its way, in milliseconds. */
  delayMs: () => number = () => 0;
  /** How many calls there were, by name: `change held`, `enforce`. */
  readonly calls = new Map<string, number>();

  constructor(table: SharedLeaseTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  load(mapping: string): ReturnType<LeaseTable['load']> {
    return this.#call('load', () => {
      const generation = this.#table.generations.get(mapping);
      const rows = [...this.#table.rows.values()].filter(
        (row) => row.mapping === mapping && row.generation === generation?.id,
      );
      return { generation, rows };
    });
  }

  enforce(
    mapping: string,
    generation: Generation,
    condition?: { readonly after: string | undefined },
  ): Promise<boolean> {
    return this.#call('enforce', () => {
      if (condition !== undefined && this.#table.generations.get(mapping)?.id !== condition.after) return false;
      this.#table.generations.set(mapping, generation);
      return true;
    });
  }

  add(key: RowKey, state: PartitionState): Promise<void> {
    return this.#call('add', () => {
      const row = { ...key, state, beat: 0, holder: undefined, wantedBy: undefined };
      if (!this.#table.rows.has(nameOf(key))) this.#table.rows.set(nameOf(key), row);
    });
  }

  remove(key: RowKey): Promise<void> {
    return this.#call('remove', () => void this.#table.rows.delete(nameOf(key)));
  }

  change(key: RowKey, change: RowChange, condition: RowCondition): Promise<LeaseRow | undefined> {
    return this.#call(`change ${condition.kind}`, () => this.#table.change(key, change, condition));
  }

  async close(): Promise<void> {
    this.fate = 'not-sent';
  }

  async #call<T>(name: string, work: () => T): Promise<T> {
    const number = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, number);
    await this.#travel();
    if (this.fateOf(name, number) === 'not-sent') throw this.failure;
    const answer = work();
    await this.#travel();
    if (this.fateOf(name, number) !== 'answered') throw this.failure;
    return answer;
  }

  async #travel(): Promise<void> {
    const ms = this.delayMs();
    if (ms > 0) await sleep(this.#clock, ms);
  }
}
