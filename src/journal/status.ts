import { unreachable } from '../platform/unreachable.js';
import type { FunctionState, MappingRef, PollerState } from './events.js';
import type { JournalReader } from './journal.js';
import { isRecordEntry, type EntryOf, type RecordEntry } from './stored-entry.js';
import { errorLine } from './wording.js';

/** What the status needs to know of a mapping from elsewhere. */
export interface StatusMapping extends MappingRef {
  /** Source ARN, or what else names the source. */
  readonly source: string;
  /** `name` or `name:qualifier`, as the function's own entries say it. */
  readonly function: string;
}

/** What a mapping is doing and has done since the start. Records are counted once for each delivery. */
export interface MappingStatus extends StatusMapping {
  readonly state: PollerState;
  readonly reason: string;
  /** ISO time of the next try of a poller that waits. */
  readonly nextTryAt?: string;
  /** Why the function cannot be invoked, when its module does not load. */
  readonly functionProblem?: string;
  /** Invocations that are running. */
  readonly inFlight: number;
  readonly invocations: number;
  readonly received: number;
  /** Records that were handled and settled. */
  readonly handled: number;
  /** Failed deliveries of records: one that fails twice counts twice. */
  readonly failed: number;
  /** Calls refused by the function's concurrency limit. */
  readonly throttled: number;
  readonly filtered: number;
  readonly discarded: number;
  /** Records that failed and were neither handled nor discarded since. */
  readonly unhandled: number;
  readonly lastError?: string;
  /** ISO time. */
  readonly lastActivity?: string;
}

export interface FunctionStatus {
  readonly name: string;
  readonly state: FunctionState;
  readonly reason: string;
}

/** Failed records beyond this are counted as unhandled without their ids, and stay so. */
const mostUnhandledIds = 100_000;

class Row {
  readonly mapping: StatusMapping;
  state: PollerState = 'starting';
  reason = 'not polled yet';
  nextTryAt: string | undefined;
  invocations = 0;
  received = 0;
  handled = 0;
  failed = 0;
  throttled = 0;
  filtered = 0;
  discarded = 0;
  lastError: string | undefined;
  lastActivity: string | undefined;
  readonly running = new Set<string>();
  readonly failedIds = new Set<string>();
  failedBeyond = 0;

  constructor(mapping: StatusMapping) {
    this.mapping = mapping;
  }

  failedNow(records: readonly string[]): void {
    this.failed += records.length;
    for (const record of records) {
      if (this.failedIds.size < mostUnhandledIds) this.failedIds.add(record);
      else if (!this.failedIds.has(record)) this.failedBeyond++;
    }
  }

  noLongerFailed(records: readonly string[]): void {
    if (this.failedIds.size > 0) for (const record of records) this.failedIds.delete(record);
  }
}

/** A reader of the journal that knows how every mapping and function is doing now. Derived from entries only. */
export class StatusBoard {
  readonly #rows = new Map<string, Row>();
  readonly #functions = new Map<string, FunctionStatus>();
  #version = 0;

  constructor(mappings: readonly StatusMapping[]) {
    for (const mapping of mappings) this.add(mapping);
  }

  /** Grows with every entry that changed something: lets a display see that it is up to date. */
  get version(): number {
    return this.#version;
  }

  /** For mappings that are created while the runtime runs. */
  add(mapping: StatusMapping): void {
    this.#rows.set(mapping.uuid, new Row(mapping));
    this.#version++;
  }

  remove(uuid: string): void {
    this.#rows.delete(uuid);
    this.#version++;
  }

  readonly read: JournalReader = (entry) => {
    if (entry.type === 'function-log' || entry.type === 'notice') return;
    this.#version++;
    if (entry.type === 'function-state') this.#functionState(entry);
    else if (entry.type === 'state-changed') stateChanged(this.#rowOf(entry.mapping), entry);
    else if (isRecordEntry(entry)) count(this.#rowOf(entry.mapping), entry);
  };

  mappings(): readonly MappingStatus[] {
    return [...this.#rows.values()].map((row) => this.#statusOf(row));
  }

  functions(): readonly FunctionStatus[] {
    return [...this.#functions.values()];
  }

  #rowOf({ uuid, name }: MappingRef): Row {
    const known = this.#rows.get(uuid);
    if (known !== undefined) return known;
    const row = new Row({ uuid, name, source: name, function: '' });
    this.#rows.set(uuid, row);
    return row;
  }

  #functionState(entry: EntryOf<'function-state'>): void {
    const reason = entry.error === undefined ? entry.because : errorLine(entry.error);
    this.#functions.set(entry.function, { name: entry.function, state: entry.state, reason });
  }

  #statusOf(row: Row): MappingStatus {
    const { nextTryAt, lastError, lastActivity } = row;
    const code = this.#functions.get(row.mapping.function);
    return {
      ...row.mapping,
      state: row.state,
      reason: row.reason,
      ...(nextTryAt !== undefined && { nextTryAt }),
      ...(code?.state === 'failed' && { functionProblem: `function ${code.name} does not load: ${code.reason}` }),
      inFlight: row.running.size,
      invocations: row.invocations,
      received: row.received,
      handled: row.handled,
      failed: row.failed,
      throttled: row.throttled,
      filtered: row.filtered,
      discarded: row.discarded,
      unhandled: row.failedIds.size + row.failedBeyond,
      ...(lastError !== undefined && { lastError }),
      ...(lastActivity !== undefined && { lastActivity }),
    };
  }
}

function stateChanged(row: Row, entry: EntryOf<'state-changed'>): void {
  row.state = entry.state;
  row.reason = entry.because;
  row.nextTryAt = entry.nextTryAt;
}

function count(row: Row, entry: RecordEntry): void {
  row.lastActivity = entry.at;
  switch (entry.type) {
    case 'received':
      row.received += entry.records.length;
      break;
    case 'invoked':
      row.invocations++;
      row.running.add(entry.invocation);
      break;
    case 'succeeded':
    case 'failed':
    case 'partially-failed':
      row.running.delete(entry.invocation);
      ended(row, entry);
      break;
    case 'throttled':
      row.throttled++;
      break;
    case 'filtered':
      row.filtered++;
      row.noLongerFailed([entry.record]);
      break;
    case 'discarded':
      row.discarded++;
      row.noLongerFailed([entry.record]);
      break;
    case 'settled':
      if (entry.because === 'handled') row.handled += entry.records.length;
      row.noLongerFailed(entry.records);
      break;
    case 'settle-failed':
      row.lastError = entry.because;
      break;
    case 'batched':
    case 'retry-scheduled':
    case 'released':
      break;
    default:
      unreachable(entry);
  }
}

function ended(row: Row, entry: EntryOf<'succeeded'> | EntryOf<'failed'> | EntryOf<'partially-failed'>): void {
  switch (entry.type) {
    case 'succeeded':
      row.noLongerFailed(entry.records);
      break;
    case 'failed':
      row.failedNow(entry.records);
      row.lastError = entry.error === undefined ? entry.because : errorLine(entry.error);
      break;
    case 'partially-failed':
      row.noLongerFailed(entry.records);
      row.failedNow(entry.failedRecords);
      row.lastError = entry.because;
      break;
    default:
      unreachable(entry);
  }
}
