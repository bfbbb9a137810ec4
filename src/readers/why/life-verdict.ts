import { partitionsOf, type EntryOf, type EntryType, type RecordEntry } from '../../journal/stored-entry.js';
import { queueVerdict, type StreamType } from './queue-verdict.js';
import { streamVerdict } from './stream-verdict.js';
import { graceMs, type Verdict } from './verdict.js';

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
