import { BatchTrees, type BatchTree } from './batch-tree.js';
import type { FunctionLogEvent } from '../../journal/events.js';
import { verdictOf } from './life-verdict.js';
import type { Verdict } from './verdict.js';
import { concerns, type RecordName } from './record-name.js';
import { stepText } from './step-text.js';
import { isRecordEntry, type EntryOf, type RecordEntry, type StoredEntry } from '../../journal/stored-entry.js';

interface LifeLog {
  readonly at: string;
  readonly level: FunctionLogEvent['level'];
  readonly message: string;
}

/** One thing that happened to a record, or to the batch it was in. */
export interface LifeStep {
  readonly at: string;
  /** Time since the step before; 0 for the first. */
  readonly sinceMs: number;
  readonly type: RecordEntry['type'];
  readonly mapping: string;
  readonly batch?: string;
  /** FIFO queues: the message group of the batch, when all of it is of one. */
  readonly group?: string;
  /** Streams, with ParallelizationFactor alone: which of the lanes works on the batch, from 0. */
  readonly lane?: number;
  readonly invocation?: string;
  /** What happened and why, as a sentence without its end. */
  readonly text: string;
  /** What the handler printed, on the step that invoked it. */
  readonly logs?: readonly LifeLog[];
  /** Log lines that were left out of `logs`. */
  readonly logsLeftOut?: number;
}

/** The life of one record as far as the journal knows it. */
export interface RecordLife {
  readonly record: string;
  /** Streams: the partition it is of. */
  readonly partition?: string;
  readonly mappings: readonly string[];
  /** The journal is bounded: the beginning of a long life may be gone. */
  readonly beginningMissing: boolean;
  readonly steps: readonly LifeStep[];
  /** Streams: the batches it was in that were split, with all that became of them. */
  readonly batches?: readonly BatchTree[];
  readonly verdict: Verdict;
}

const mostLogs = 200;

interface OpenStep extends Omit<LifeStep, 'logs' | 'logsLeftOut'> {
  logs?: LifeLog[];
  logsLeftOut?: number;
}

/** Puts the life of one record together from the entries of its batches and invocations, given in order. */
export class LifeCollector {
  readonly #name: RecordName;
  readonly #steps: OpenStep[] = [];
  readonly #entries: RecordEntry[] = [];
  readonly #invocations = new Map<string, OpenStep>();
  readonly #batches = new BatchTrees();

  constructor(name: RecordName) {
    this.#name = name;
  }

  /** Whether log lines of this invocation belong to the life. */
  follows(invocation: string): boolean {
    return this.#invocations.has(invocation);
  }

  /** Whether a line that does not name the record may be about what a split has made of its batches. */
  followsBatchIn(line: string): boolean {
    return this.#batches.follows(line);
  }

  add(entry: StoredEntry): void {
    if (entry.type === 'function-log') this.#addLog(entry);
    else if (isRecordEntry(entry)) this.#addAbout(entry);
  }

  /** Undefined when the record occurred nowhere. `now` tells what is still to come from what should have happened. */
  life(now: number): RecordLife | undefined {
    const [first] = this.#steps;
    if (first === undefined) return undefined;
    const { record, partition } = this.#name;
    const batches = this.#batches.trees();
    return {
      record,
      ...(partition !== undefined && { partition }),
      mappings: [...new Set(this.#steps.map((step) => step.mapping))],
      beginningMissing: first.type !== 'received' && !this.#neverReceived(),
      steps: this.#steps,
      ...(batches.length > 0 && { batches }),
      verdict: verdictOf(record, this.#entries, now),
    };
  }

  /** A message that its source has dropped by itself, which tells this alone. */
  #neverReceived(): boolean {
    const [first] = this.#entries;
    return first?.type === 'discarded' && first.batch === undefined && first.deadLetterQueue === undefined;
  }

  #addLog(entry: EntryOf<'function-log'>): void {
    const step = entry.invocation === undefined ? undefined : this.#invocations.get(entry.invocation);
    if (step === undefined) return;
    step.logs ??= [];
    if (step.logs.length < mostLogs) step.logs.push({ at: entry.at, level: entry.level, message: entry.message });
    else step.logsLeftOut = (step.logsLeftOut ?? 0) + 1;
  }

  #addAbout(entry: RecordEntry): void {
    const isIn = concerns(entry, this.#name);
    if (isIn) this.#addStep(entry);
    if (this.#name.partition !== undefined) this.#batches.add(entry, isIn);
  }

  #addStep(entry: RecordEntry): void {
    const before = this.#steps.at(-1);
    const step: OpenStep = {
      at: entry.at,
      sinceMs: before === undefined ? 0 : Date.parse(entry.at) - Date.parse(before.at),
      type: entry.type,
      mapping: entry.mapping.name,
      ...('batch' in entry && entry.batch !== undefined && { batch: entry.batch }),
      ...('group' in entry && entry.group !== undefined && { group: entry.group }),
      ...('lane' in entry && entry.lane !== undefined && { lane: entry.lane }),
      ...('invocation' in entry && { invocation: entry.invocation }),
      text: stepText(
        entry,
        this.#name.record,
        this.#entries.some(({ type }) => type === 'received'),
      ),
    };
    this.#steps.push(step);
    this.#entries.push(entry);
    if (entry.type === 'invoked') this.#invocations.set(entry.invocation, step);
  }
}
