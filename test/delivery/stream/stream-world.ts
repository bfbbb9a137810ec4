import type { FirstPoll } from '../../../src/delivery/mapping-delivery.js';
import type { FailureDestination, FailureReport } from '../../../src/contracts/failure-destination.js';
import { StreamDelivery } from '../../../src/delivery/stream/stream-delivery.js';
import type { StreamSettings } from '../../../src/delivery/stream/stream-route.js';
import type { Ledger } from '../../../src/contracts/checkpoint-store.js';
import type { StreamSource } from '../../../src/contracts/stream-source.js';
import type { RecordFilter } from '../../../src/filters/record-filter.js';
import type { JournalEntry } from '../../../src/journal/events.js';
import { Journal } from '../../../src/journal/journal.js';
import { MemoryStream, type MemoryStreamOptions } from '../../../src/testing/memory-stream.js';
import { MemoryLedger, type StoredLedger } from '../../fakes/memory-ledger.js';
import { ScriptedFunction } from '../../fakes/scripted-function.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

export const second = 1_000;

export interface DeliveryWorldOptions
  extends Partial<Omit<StreamSettings, 'errors'>>, Partial<StreamSettings['errors']> {
  readonly filter?: RecordFilter;
  readonly destination?: 'none' | 'told' | 'fails';
  readonly random?: () => number;
  readonly partitionWord?: string;
}

export interface StreamWorldOptions extends DeliveryWorldOptions, Omit<MemoryStreamOptions, 'clock'> {
  readonly clock?: VirtualClock;
  readonly stream?: MemoryStream;
  /** What an earlier run has stored. */
  readonly stored?: StoredLedger;
}

/** Keeps what it is told, or fails. */
class MemoryDestination implements FailureDestination {
  readonly label = 'queue failures';
  readonly arn = 'arn:aws:sqs:us-east-1:000000000000:failures';
  readonly reports: FailureReport[] = [];
  fails = false;
  tries = 0;

  async deliver(report: FailureReport): Promise<void> {
    this.tries++;
    if (this.fails) throw new Error('no answer');
    this.reports.push(report);
  }

  async find(): Promise<void> {}

  async close(): Promise<void> {}
}

/** One process that delivers a stream: a function, a destination, a journal, and the delivery between them, in virtual time. */
export function deliveryWorld(
  options: DeliveryWorldOptions,
  { clock, source, ledger }: { readonly clock: VirtualClock; readonly source: StreamSource; readonly ledger: Ledger },
) {
  const worker = new ScriptedFunction(clock);
  const destination = new MemoryDestination();
  destination.fails = options.destination === 'fails';
  const journal = new Journal(clock);
  const entries: JournalEntry[] = [];
  journal.subscribe((entry) => entries.push(entry));
  let ids = 0;
  const delivery = new StreamDelivery({
    mapping: { uuid: '00000000-0000-4000-8000-000000000002', name: 'clicks' },
    sourceLabel: 'stream clicks',
    partitionWord: options.partitionWord ?? 'shard',
    sourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
    settings: {
      batchSize: options.batchSize ?? 100,
      windowMs: options.windowMs ?? 0,
      lanes: options.lanes ?? 1,
      startingRule: options.startingRule ?? { kind: 'TRIM_HORIZON' },
      tumbling: options.tumbling,
      errors: {
        reportsItemFailures: options.reportsItemFailures ?? false,
        bisects: options.bisects ?? false,
        maxRetries: options.maxRetries,
        maxAgeMs: options.maxAgeMs,
      },
    },
    source,
    ledger,
    target: worker,
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
    executedVersion: '$LATEST',
    destination: (options.destination ?? 'none') === 'none' ? undefined : destination,
    filter: options.filter,
    journal,
    clock,
    random: { next: options.random ?? (() => 0.5), uuid: () => `invocation-${++ids}` },
    batchId: () => `b-${++ids}`,
  });
  const ofType = <T extends JournalEntry['type']>(type: T) =>
    entries.filter((entry): entry is Extract<JournalEntry, { type: T }> => entry.type === type);
  return {
    worker,
    destination,
    entries,
    journal,
    delivery,
    ofType,
    start: async (firstPoll?: FirstPoll): Promise<void> => {
      delivery.start(firstPoll);
      await clock.advance(0);
    },
    stop: async (): Promise<void> => {
      const stopped = delivery.stop();
      await clock.advance(3 * second);
      await stopped;
    },
  };
}

/** A stream in memory, and one process that delivers it. */
export function streamWorld(options: StreamWorldOptions = {}) {
  const clock = options.clock ?? new VirtualClock();
  const stream = options.stream ?? new MemoryStream({ ...options, clock });
  const ledger = new MemoryLedger(options.stored);
  return {
    clock,
    stream,
    ledger,
    ...deliveryWorld(options, { clock, source: stream, ledger }),
    /** The only partition, or the first. */
    partition: stream.openPartitions[0] ?? '',
  };
}
