import type { QueueSource } from '../../../src/contracts/queue-source.js';
import type { FirstPoll } from '../../../src/delivery/mapping-delivery.js';
import { QueueDelivery } from '../../../src/delivery/queue/queue-delivery.js';
import type { QueueSettings } from '../../../src/delivery/queue/queue-route.js';
import type { RecordFilter } from '../../../src/filters/record-filter.js';
import type { JournalEntry } from '../../../src/journal/events.js';
import { Journal } from '../../../src/journal/journal.js';
import type { Random } from '../../../src/platform/random.js';
import { MemoryQueue, type MemoryQueueOptions } from '../../fakes/memory-queue.js';
import { ScriptedFunction } from '../../fakes/scripted-function.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

export const second = 1_000;

/** What a test may say of a mapping. */
export interface DeliveryOptions extends Partial<QueueSettings> {
  readonly timeoutMs?: number;
  readonly filter?: RecordFilter;
  readonly problem?: (visibilityTimeoutMs: number) => string | undefined;
}

export interface WorldOptions extends DeliveryOptions, Omit<MemoryQueueOptions, 'clock'> {
  /** Those of an earlier world, which this one follows. */
  readonly after?: { readonly clock: VirtualClock; readonly queue: MemoryQueue; readonly worker: ScriptedFunction };
}

/** Random numbers in the middle: back-offs are three quarters of their longest. */
function steadyRandom(): Random {
  let count = 0;
  return { next: () => 0.5, uuid: () => `invocation-${++count}` };
}

/** A queue, a function and the delivery between them, in virtual time. */
export function queueWorld(options: WorldOptions = {}) {
  const clock = options.after?.clock ?? new VirtualClock();
  const queue = options.after?.queue ?? new MemoryQueue({ ...options, clock });
  const worker = options.after?.worker ?? new ScriptedFunction(clock, options.timeoutMs);
  return { queue, ...deliveryWorld({ clock, source: queue, worker }, options) };
}

/** The delivery between a queue and a function, and what its journal says. */
export function deliveryWorld(
  {
    clock,
    source,
    worker,
  }: { readonly clock: VirtualClock; readonly source: QueueSource; readonly worker: ScriptedFunction },
  options: DeliveryOptions,
) {
  const journal = new Journal(clock);
  const entries: JournalEntry[] = [];
  journal.subscribe((entry) => entries.push(entry));
  let batches = 0;
  const delivery = new QueueDelivery(
    {
      mapping: { uuid: '00000000-0000-4000-8000-000000000001', name: 'orders' },
      sourceLabel: 'queue orders',
      settings: {
        batchSize: options.batchSize ?? 10,
        windowMs: options.windowMs ?? 0,
        reportsItemFailures: options.reportsItemFailures ?? false,
        concurrency: options.concurrency ?? { initial: 5, floor: 1, ceiling: 20, growEveryMs: 200 },
      },
      source,
      target: worker,
      filter: options.filter,
      journal,
      clock,
      random: steadyRandom(),
      batchId: () => `b-${++batches}`,
    },
    options.problem ?? (() => undefined),
  );
  const ofType = <T extends JournalEntry['type']>(type: T) =>
    entries.filter((entry): entry is Extract<JournalEntry, { type: T }> => entry.type === type);
  return {
    clock,
    worker,
    entries,
    delivery,
    ofType,
    start: async (firstPoll?: FirstPoll): Promise<void> => {
      delivery.start(firstPoll);
      await clock.advance(0);
    },
    /** Stops while time goes on, so that a receive in flight can end. */
    stop: async (): Promise<void> => {
      const stopped = delivery.stop();
      await clock.advance(3 * second);
      await stopped;
    },
  };
}

export const numbered = (count: number, prefix = 'm'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
