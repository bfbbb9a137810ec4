import { unreachable } from '../platform/unreachable.js';
import type { FunctionLogEvent } from './events.js';
import { verdictOf, type Verdict } from './life-verdict.js';
import { isRecordEntry, recordsOf, type EntryOf, type RecordEntry, type StoredEntry } from './stored-entry.js';
import { arnTail, closeReasons, counted, duration, errorLine, ordinal, shortId, timeOfDay } from './wording.js';

export interface LifeLog {
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
  readonly mappings: readonly string[];
  /** The journal is bounded: the beginning of a long life may be gone. */
  readonly beginningMissing: boolean;
  readonly steps: readonly LifeStep[];
  readonly verdict: Verdict;
}

const mostLogs = 200;

interface OpenStep extends Omit<LifeStep, 'logs' | 'logsLeftOut'> {
  logs?: LifeLog[];
  logsLeftOut?: number;
}

/** Puts the life of one record together from the entries of its batches and invocations, given in order. */
export class LifeCollector {
  readonly #record: string;
  readonly #steps: OpenStep[] = [];
  readonly #entries: RecordEntry[] = [];
  readonly #invocations = new Map<string, OpenStep>();

  constructor(record: string) {
    this.#record = record;
  }

  /** Whether log lines of this invocation belong to the life. */
  follows(invocation: string): boolean {
    return this.#invocations.has(invocation);
  }

  add(entry: StoredEntry): void {
    if (entry.type === 'function-log') this.#addLog(entry);
    else if (isRecordEntry(entry) && recordsOf(entry).includes(this.#record)) this.#addStep(entry);
  }

  /** Undefined when the record occurred nowhere. `now` tells what is still to come from what should have happened. */
  life(now: number): RecordLife | undefined {
    const [first] = this.#steps;
    if (first === undefined) return undefined;
    return {
      record: this.#record,
      mappings: [...new Set(this.#steps.map((step) => step.mapping))],
      beginningMissing: first.type !== 'received',
      steps: this.#steps,
      verdict: verdictOf(this.#record, this.#entries, now),
    };
  }

  #addLog(entry: EntryOf<'function-log'>): void {
    const step = entry.invocation === undefined ? undefined : this.#invocations.get(entry.invocation);
    if (step === undefined) return;
    step.logs ??= [];
    if (step.logs.length < mostLogs) step.logs.push({ at: entry.at, level: entry.level, message: entry.message });
    else step.logsLeftOut = (step.logsLeftOut ?? 0) + 1;
  }

  #addStep(entry: RecordEntry): void {
    const before = this.#steps.at(-1);
    const step: OpenStep = {
      at: entry.at,
      sinceMs: before === undefined ? 0 : Date.parse(entry.at) - Date.parse(before.at),
      type: entry.type,
      mapping: entry.mapping.name,
      ...('batch' in entry && entry.batch !== undefined && { batch: entry.batch }),
      ...('invocation' in entry && { invocation: entry.invocation }),
      text: stepText(entry, this.#record),
    };
    this.#steps.push(step);
    this.#entries.push(entry);
    if (entry.type === 'invoked') this.#invocations.set(entry.invocation, step);
  }
}

/** What one entry means for one of its records. */
export function stepText(entry: RecordEntry, record: string): string {
  switch (entry.type) {
    case 'received':
      return `received (${ordinal(entry.redelivered?.[record] ?? 1)} time) from ${entry.mapping.name}`;
    case 'filtered':
      return `filtered out: ${entry.because}`;
    case 'batched':
      return `batched in ${shortId(entry.batch)} ${company(entry)} because ${closeReasons[entry.because]}`;
    case 'invoked':
      return `invoked ${entry.function}, attempt ${entry.attempt} (invocation ${shortId(entry.invocation)})`;
    case 'succeeded':
      return `succeeded after ${duration(entry.durationMs)}`;
    case 'failed':
      return `failed after ${duration(entry.durationMs)}: ${entry.error === undefined ? entry.because : errorLine(entry.error)}`;
    case 'partially-failed':
      return partialText(entry, record);
    case 'throttled':
      return `not invoked, throttled: ${entry.because}`;
    case 'retry-scheduled':
      return `kept for another try at ${timeOfDay(entry.retryAt)}: ${entry.because}`;
    case 'discarded':
      return `discarded: ${entry.because}${deadLetter(entry)}`;
    case 'settled':
      return `settled: deleted from the queue because ${entry.because === 'handled' ? 'it was handled' : 'the filter dropped it'}`;
    case 'settle-failed':
      return `could not be deleted from the queue: ${entry.because}`;
    case 'released':
      return `given back to the queue: ${entry.because}`;
    default:
      return unreachable(entry);
  }
}

function company({ records }: EntryOf<'batched'>): string {
  return records.length === 1 ? 'alone' : `with ${counted(records.length - 1, 'other')}`;
}

function partialText(entry: EntryOf<'partially-failed'>, record: string): string {
  const after = `after ${duration(entry.durationMs)}`;
  if (entry.failedRecords.includes(record)) return `reported as failed by the handler ${after}: ${entry.because}`;
  return `succeeded ${after}; the handler reported ${counted(entry.failedRecords.length, 'other record')} of the batch as failed`;
}

/** Adds where the record went when the reason does not say so itself. */
function deadLetter({ deadLetterQueue, because }: EntryOf<'discarded'>): string {
  if (deadLetterQueue === undefined || because.includes(deadLetterQueue)) return '';
  return ` → dead-letter queue ${arnTail(deadLetterQueue)}`;
}
