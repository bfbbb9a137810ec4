import { unreachable } from '../../platform/unreachable.js';
import type { PollerState } from '../../journal/events.js';
import { FailedRecords } from './failed-records.js';
import type { MappingMetrics, ProcessingResult } from './mapping-metrics.js';
import { PartitionBoard } from './partition-status.js';
import type { MappingStatus, StatusMapping } from './mapping-status.js';
import {
  dividedBatch,
  partitionsOf,
  recordsOf,
  sharesOf,
  type EntryOf,
  type RecordEntry,
} from '../../journal/stored-entry.js';
import { errorLine } from '../wording.js';

type EndedEntry = EntryOf<'succeeded' | 'failed' | 'partially-failed'>;

/** What one mapping is doing and has done, counted from its entries. */
export class MappingRow {
  mapping: StatusMapping;
  readonly #failures = new FailedRecords();
  readonly #partitions = new PartitionBoard();
  readonly #running = new Set<string>();
  #state: { readonly state: PollerState; readonly reason: string; readonly nextTryAt?: string } = {
    state: 'starting',
    reason: 'not polled yet',
  };
  #invocations = 0;
  #received = 0;
  #handled = 0;
  #failed = 0;
  #throttled = 0;
  #filtered = 0;
  #discarded = 0;
  #invokedRecords = 0;
  #dropped = 0;
  #reported = 0;
  #result: ProcessingResult = 'No records processed';
  #differs: readonly string[] = [];
  #iteratorAgeMs: number | undefined;
  #lastError: string | undefined;
  #lastActivity: string | undefined;

  constructor(mapping: StatusMapping) {
    this.mapping = mapping;
  }

  stateChanged({ state, because, nextTryAt }: EntryOf<'state-changed'>): void {
    this.#state = { state, reason: because, ...(nextTryAt !== undefined && { nextTryAt }) };
  }

  mappingChanged({ differs = [] }: EntryOf<'mapping-changed'>): void {
    this.#differs = differs;
  }

  get lastProcessingResult(): ProcessingResult {
    return this.#result;
  }

  partitionChanged(entry: EntryOf<'partition'>): void {
    this.#partitions.changed(entry);
    if (entry.state === 'given-up') this.#failures.forget(entry.partition);
  }

  count(entry: RecordEntry): void {
    this.#lastActivity = entry.at;
    switch (entry.type) {
      case 'received':
        this.#received += entry.records.length;
        break;
      case 'invoked':
        this.#invoked(entry);
        break;
      case 'succeeded':
      case 'failed':
      case 'partially-failed':
        this.#ended(entry);
        break;
      case 'throttled':
        this.#throttled++;
        break;
      case 'retry-scheduled':
        this.#partitions.held(entry);
        break;
      case 'filtered':
        this.#filtered++;
        this.#failures.remove(entry);
        break;
      case 'discarded':
        this.#discardedOne(entry);
        break;
      case 'expired': // the discard that follows counts
        this.#partitions.goesOn(entry);
        break;
      case 'destination-delivered':
        this.#reported += recordsOf(entry).length;
        break;
      case 'settled':
        if (entry.because === 'handled') this.#handled += entry.records.length;
        this.#failures.remove(entry);
        break;
      case 'checkpointed':
        this.#partitions.checkpointed(entry);
        this.#failures.remove(entry);
        break;
      case 'settle-failed':
      case 'destination-failed':
        this.#lastError = entry.because;
        break;
      case 'batched':
      case 'bisected':
      case 'released':
        break;
      default:
        unreachable(entry);
    }
  }

  status(): Omit<MappingStatus, 'functionProblem'> {
    return {
      ...this.mapping,
      ...this.#state,
      inFlight: this.#running.size,
      invocations: this.#invocations,
      received: this.#received,
      handled: this.#handled,
      failed: this.#failed,
      throttled: this.#throttled,
      filtered: this.#filtered,
      discarded: this.#discarded,
      unhandled: this.#failures.count,
      ...(this.mapping.kind === 'stream' && this.#streamStatus()),
      metrics: this.#metrics(),
      ...(this.#differs.length > 0 && { differs: this.#differs }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#lastActivity !== undefined && { lastActivity: this.#lastActivity }),
    };
  }

  #streamStatus(): Pick<MappingStatus, 'lastProcessingResult' | 'iteratorAgeMs' | 'partitions'> {
    return {
      lastProcessingResult: this.#result,
      ...(this.#iteratorAgeMs !== undefined && { iteratorAgeMs: this.#iteratorAgeMs }),
      partitions: this.#partitions.list(),
    };
  }

  #metrics(): MappingMetrics {
    return {
      PolledEventCount: this.#received,
      FilteredOutEventCount: this.#filtered,
      InvokedEventCount: this.#invokedRecords,
      FailedInvokeEventCount: this.#failed,
      ...(this.mapping.kind === 'stream'
        ? { DroppedEventCount: this.#dropped, OnFailureDestinationDeliveredEventCount: this.#reported }
        : { DeletedEventCount: this.#handled }),
    };
  }

  #invoked(entry: EntryOf<'invoked'>): void {
    this.#invocations++;
    this.#invokedRecords += recordsOf(entry).length;
    this.#running.add(entry.invocation);
    this.#partitions.goesOn(entry);
    this.#iteratorAgeMs = entry.iteratorAgeMs ?? this.#iteratorAgeMs;
  }

  #discardedOne(entry: EntryOf<'discarded'>): void {
    this.#discarded++;
    this.#failures.remove(entry);
    if (partitionsOf(entry).length === 0) return;
    if (entry.destination === undefined) this.#dropped++;
    this.#partitions.goesOn(entry);
  }

  #ended(entry: EndedEntry): void {
    this.#running.delete(entry.invocation);
    this.#result = entry.type === 'failed' ? 'PROBLEM: Function call failed' : 'OK';
    switch (entry.type) {
      case 'succeeded':
        this.#done(entry);
        break;
      case 'failed':
        this.#failed += recordsOf(entry).length;
        this.#failures.add(entry);
        this.#lastError = entry.error === undefined ? entry.because : errorLine(entry.error);
        break;
      case 'partially-failed':
        this.#inPart(entry);
        this.#lastError = entry.because;
        break;
      default:
        unreachable(entry);
    }
  }

  #inPart(entry: EntryOf<'partially-failed'>): void {
    this.#done(entry, partitionsOf(entry).length === 0 ? undefined : new Set(dividedBatch(entry).done));
    this.#failed += entry.failedRecords.length;
    this.#failures.add(entry, new Set(entry.failedRecords));
  }

  /** All records of the entry, or those that are also in `only`. */
  #done(entry: EndedEntry, only?: ReadonlySet<string>): void {
    this.#failures.remove(entry, only);
    for (const { partition, records } of sharesOf(entry)) {
      // A queue says itself when it has deleted them; a stream has nothing more to say of each.
      if (partition === undefined) continue;
      const handled = only === undefined ? records : records.filter((record) => only.has(record));
      this.#handled += handled.length;
      this.#partitions.handled(partition, handled);
    }
  }
}
