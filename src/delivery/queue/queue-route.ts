import type { QueueSource } from '../../contracts/queue-source.js';
import type { RecordFilter } from '../../filters/record-filter.js';
import type { LambdaFunction } from '../../functions/lambda-function.js';
import type { MappingRef } from '../../journal/events.js';
import type { JournalWriter } from '../../journal/journal.js';
import type { Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import type { ConcurrencyRules } from './concurrency.js';

/** What a queue mapping asks of the engine. */
export interface QueueSettings {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  readonly concurrency: ConcurrencyRules;
}

/** The way of one mapping from its queue to its function, and what is used along it. */
export interface QueueRoute {
  readonly mapping: MappingRef;
  /** The source as sentences name it: "queue orders". */
  readonly sourceLabel: string;
  readonly settings: QueueSettings;
  readonly source: QueueSource;
  readonly target: LambdaFunction;
  readonly filter: RecordFilter | undefined;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** A new batch id; never one that was used before, also by an earlier process. */
  readonly batchId: () => string;
}

/**
 * Whether later messages must not overtake earlier ones of whatever group: a queue whose failed messages are kept, and that
 * is handled one batch at a time.
 */
export function keepsOrder({ source, settings }: Pick<QueueRoute, 'source' | 'settings'>): boolean {
  return source.failedMessages?.kind === 'again' && settings.concurrency.ceiling === 1;
}
