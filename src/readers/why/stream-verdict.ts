import { unreachable } from '../../platform/unreachable.js';
import type { Verdict } from './verdict.js';
import { dividedBatch, partitionsOf, recordsOf, type EntryOf, type RecordEntry } from '../../journal/stored-entry.js';
import { shortId } from '../../journal/short-text.js';
import { arnTail, timeOfDay } from '../wording.js';

/** What is known of a record of a stream when its verdict is spoken. */
interface StreamFate {
  readonly record: string;
  /** Its entries, in order. */
  readonly entries: readonly RecordEntry[];
  /** "after 2 tries". */
  readonly afterTries: string;
  /** Whether a moment is so long ago that something should have happened. */
  readonly isPast: (iso: string) => boolean;
}

/** The verdict on a record of a stream: it is over when the checkpoint has moved past it. */
export function streamVerdict(last: RecordEntry, fate: StreamFate): Verdict {
  const { afterTries } = fate;
  switch (last.type) {
    case 'checkpointed':
      return passedVerdict(fate);
    case 'filtered':
      return { kind: 'filtered', text: 'Filtered out; the checkpoint has not moved past it yet.' };
    case 'discarded':
      return { kind: 'discarded', text: `${discardText(last, afterTries)} The checkpoint has not moved past it yet.` };
    case 'destination-delivered':
      return { kind: 'discarded', text: `Given up ${afterTries}, and reported to ${arnTail(last.destination)}.` };
    case 'destination-failed':
      return last.dropped
        ? { kind: 'discarded', text: `Given up ${afterTries}; its report was dropped, so it is lost.` }
        : { kind: 'waiting', text: `Given up ${afterTries}; ${arnTail(last.destination)} is yet to be told.` };
    case 'expired':
      return { kind: 'discarded', text: `Too old to be delivered, ${afterTries}: it is given up.` };
    case 'succeeded':
      return handledVerdict(fate);
    case 'partially-failed':
      return dividedBatch(last).done.includes(fate.record) ? handledVerdict(fate) : failedVerdict(fate);
    case 'failed':
    case 'throttled':
      return failedVerdict(fate);
    case 'retry-scheduled':
      return retryVerdict(last, fate);
    case 'bisected':
      return bisectedVerdict(last, fate);
    case 'invoked':
      return {
        kind: 'in-progress',
        text: `With the handler since ${timeOfDay(last.at)}, or the runtime was killed in the middle of it; then it is read again from the checkpoint.`,
      };
    case 'received':
    case 'batched':
      return {
        kind: 'in-progress',
        text: `Waiting for its batch, or for those before it in the shard, since ${timeOfDay(last.at)}.`,
      };
    case 'settled':
    case 'settle-failed':
    case 'released':
      return { kind: 'in-progress', text: 'Nothing more is known about it.' }; // of queues only
    default:
      return unreachable(last);
  }
}

/** What had become of it before the checkpoint moved past it, in its last delivery. */
function passedVerdict({ entries, afterTries }: StreamFate): Verdict {
  const delivery = entries.slice(entries.findLastIndex(({ type }) => type === 'received') + 1);
  const discarded = delivery.find((entry) => entry.type === 'discarded');
  if (discarded !== undefined) return { kind: 'discarded', text: discardText(discarded, afterTries) };
  if (delivery.some(({ type }) => type === 'filtered')) {
    return {
      kind: 'filtered',
      text: 'Filtered out: the handler was not invoked, and the checkpoint has moved past it.',
    };
  }
  return { kind: 'handled', text: `Handled ${afterTries}; the checkpoint has moved past it.` };
}

function discardText({ destination }: EntryOf<'discarded'>, afterTries: string): string {
  return destination === undefined
    ? `Given up ${afterTries}; no destination knows of it, so it is lost.`
    : `Given up ${afterTries}, and reported to ${arnTail(destination)}.`;
}

function handledVerdict({ entries, afterTries }: StreamFate): Verdict {
  const window = entries.findLast((entry) => entry.type === 'invoked')?.window;
  const checkpoint =
    window === undefined
      ? 'the checkpoint has not moved past it yet'
      : `the checkpoint does not move past it before its window, up to ${timeOfDay(window.end)}, is closed`;
  return {
    kind: 'in-progress',
    text: `Handled ${afterTries}; ${checkpoint}. After a crash it would be delivered again.`,
  };
}

function failedVerdict({ afterTries }: StreamFate): Verdict {
  return { kind: 'waiting', text: `Not handled ${afterTries}; it is to be delivered again, or given up.` };
}

function retryVerdict(entry: EntryOf<'retry-scheduled'>, { afterTries, isPast }: StreamFate): Verdict {
  const { retryAt } = entry;
  const heldUp = partitionsOf(entry).length > 1 ? 'Its partitions are' : 'The shard is';
  const at = timeOfDay(retryAt);
  if (!isPast(retryAt)) {
    return {
      kind: 'waiting',
      text: `Not handled ${afterTries}; waiting for another try at ${at}. ${heldUp} held up until then.`,
    };
  }
  return {
    kind: 'overdue',
    text: `Not handled ${afterTries}; it was due again at ${at} and was not delivered: is millrace running?`,
  };
}

/** The first half has a retry behind it; the second half waits for the first. */
function bisectedVerdict(entry: EntryOf<'bisected'>, { record, afterTries }: StreamFate): Verdict {
  const [first] = entry.into;
  const text =
    recordsOf(entry).indexOf(record) < first.records
      ? 'its half of the batch is the next to be tried'
      : `it waits for the half before it, ${shortId(first.batch)}`;
  return { kind: 'waiting', text: `Not handled ${afterTries}; ${text}.` };
}
