import { isoTime } from '../../platform/clock.js';
import { unreachable } from '../../platform/unreachable.js';
import { partitionsOf, type EntryOf, type EntryType, type RecordEntry } from '../../journal/stored-entry.js';
import { streamVerdict } from './stream-verdict.js';
import type { Verdict } from './verdict.js';
import { arnTail, timeOfDay } from '../wording.js';

/** A next try that is later than this is not going to come by itself. */
const graceMs = 10_000;

/** Judges by the last entry; the tries are counted over all. */
export function verdictOf(record: string, entries: readonly RecordEntry[], now: number): Verdict {
  const tries = entries.filter(({ type }) => type === 'invoked').length;
  const last = entries.at(-1);
  if (last === undefined) return { kind: 'in-progress', text: 'Nothing is known about it.' };
  const afterTries = tries === 0 ? 'before any try' : `after ${tries === 1 ? '1 try' : `${tries} tries`}`;
  if (partitionsOf(last).length > 0 || isOfStreams(last)) {
    const isPast = (iso: string): boolean => now > Date.parse(iso) + graceMs;
    return streamVerdict(last, { record, entries, afterTries, isPast });
  }
  return queueVerdict(last, record, { afterTries, tries, now });
}

/** Entries that queues have none of. */
type StreamType = 'bisected' | 'expired' | 'destination-delivered' | 'destination-failed' | 'checkpointed';

const streamTypes: readonly EntryType[] = [
  'bisected',
  'expired',
  'destination-delivered',
  'destination-failed',
  'checkpointed',
] satisfies readonly StreamType[];

function isOfStreams(entry: RecordEntry): entry is EntryOf<StreamType> {
  return streamTypes.includes(entry.type);
}

interface QueueFate {
  readonly afterTries: string;
  readonly tries: number;
  readonly now: number;
}

/** The verdict on a message of a queue: it is over when the queue has deleted it. */
function queueVerdict(
  last: Exclude<RecordEntry, EntryOf<StreamType>>,
  record: string,
  { afterTries, tries, now }: QueueFate,
): Verdict {
  switch (last.type) {
    case 'settled':
      return last.because === 'handled'
        ? { kind: 'handled', text: `Handled ${afterTries} and deleted from the queue.` }
        : { kind: 'filtered', text: 'Filtered out: the handler was not invoked, and the queue does not keep it.' };
    case 'filtered':
      return { kind: 'filtered', text: 'Filtered out; its deletion from the queue is not in the journal (yet).' };
    case 'discarded':
      return { kind: 'discarded', text: discardedText(last.deadLetterQueue, afterTries) };
    case 'retry-scheduled':
      return waitingVerdict(Date.parse(last.retryAt), afterTries, now);
    case 'released':
      return { kind: 'waiting', text: `Back in the queue ${afterTries}: whoever receives next gets it.` };
    case 'succeeded':
      return unsettled(afterTries);
    case 'partially-failed':
      return last.failedRecords.includes(record) ? undecided(afterTries) : unsettled(afterTries);
    case 'settle-failed':
      return {
        kind: 'waiting',
        text: `Handled ${afterTries}, but the queue did not delete it: it may be delivered once more.`,
      };
    case 'failed':
      return undecided(afterTries);
    case 'throttled':
      return { kind: 'waiting', text: 'Waiting: the function was at its concurrency limit.' };
    case 'invoked':
      return {
        kind: 'in-progress',
        text: `With the handler since ${timeOfDay(last.at)} (try ${tries}), or the runtime was killed in the middle of it; the queue then redelivers it.`,
      };
    case 'received':
    case 'batched':
      return {
        kind: 'in-progress',
        text: `Waiting for its batch or for a free execution environment since ${timeOfDay(last.at)}.`,
      };
    default:
      return unreachable(last);
  }
}

function discardedText(deadLetterQueue: string | undefined, afterTries: string): string {
  return deadLetterQueue === undefined
    ? `Discarded ${afterTries}; it is kept nowhere.`
    : `Given up ${afterTries}: it goes to dead-letter queue ${arnTail(deadLetterQueue)}.`;
}

function waitingVerdict(retryAt: number, afterTries: string, now: number): Verdict {
  const at = timeOfDay(isoTime(retryAt));
  if (now <= retryAt + graceMs) {
    return { kind: 'waiting', text: `Not handled ${afterTries}; waiting for another try at ${at}.` };
  }
  return {
    kind: 'overdue',
    text: `Not handled ${afterTries}; it was due again at ${at} and has not come back: is millrace running, and is another consumer reading the queue?`,
  };
}

function unsettled(afterTries: string): Verdict {
  return {
    kind: 'in-progress',
    text: `Handled ${afterTries}; its deletion from the queue is not in the journal (yet).`,
  };
}

function undecided(afterTries: string): Verdict {
  return { kind: 'waiting', text: `Failed ${afterTries}; nothing is deleted, so the queue redelivers it.` };
}
