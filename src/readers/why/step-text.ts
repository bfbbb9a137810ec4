import { unreachable } from '../../platform/unreachable.js';
import { dividedBatch, partitionsOf, recordsOf, type EntryOf, type RecordEntry } from '../../journal/stored-entry.js';
import { counted, shortId } from '../../journal/short-text.js';
import { arnTail, closeReason, duration, errorLine, ordinal, timeOfDay } from '../wording.js';

/** What one entry means for one of its records. `again`: it was received before. */
export function stepText(entry: RecordEntry, record: string, again: boolean): string {
  switch (entry.type) {
    case 'received':
      return receivedText(entry, record, again);
    case 'filtered':
      return `filtered out: ${entry.because}`;
    case 'batched':
      return `batched in ${shortId(entry.batch)}${whoseBatch(entry)} ${company(entry)} because ${closeReason(entry)}`;
    case 'invoked':
      return `invoked ${entry.function}, attempt ${entry.attempt} (invocation ${shortId(entry.invocation)})${windowText(entry)}`;
    case 'succeeded':
      return `succeeded after ${duration(entry.durationMs)}`;
    case 'failed':
      return `failed after ${duration(entry.durationMs)}: ${entry.error === undefined ? entry.because : errorLine(entry.error)}`;
    case 'partially-failed':
      return partialText(entry, record);
    case 'throttled':
      return `not invoked, throttled: ${entry.because}`;
    case 'retry-scheduled':
      return `kept for another try at ${timeOfDay(entry.retryAt)}${heldUp(entry)}: ${entry.because}`;
    case 'bisected':
      return bisectText(entry, record);
    case 'expired':
      return `expired: ${entry.because}`;
    case 'destination-delivered':
      return `reported to ${arnTail(entry.destination)}: ${entry.because}`;
    case 'destination-failed':
      return `not reported${entry.dropped ? ', and not tried again' : ' yet'}: ${entry.because}`;
    case 'discarded':
      return `discarded: ${entry.because}${whereTo(entry)}`;
    case 'checkpointed':
      return 'done: the checkpoint has moved past it';
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

/** A queue counts how often it has handed a message out; a stream is read again from the checkpoint. */
function receivedText(
  { mapping, partition, redelivered }: EntryOf<'received'>,
  record: string,
  again: boolean,
): string {
  if (partition === undefined) return `received (${ordinal(redelivered?.[record] ?? 1)} time) from ${mapping.name}`;
  return again ? `read again, from the checkpoint of ${partition}` : `read from ${partition} of ${mapping.name}`;
}

/** " of group a", " on lane 3". */
function whoseBatch({ group, lane }: EntryOf<'batched'>): string {
  return `${group === undefined ? '' : ` of group ${group}`}${lane === undefined ? '' : ` on lane ${lane}`}`;
}

function company(entry: EntryOf<'batched'>): string {
  const others = recordsOf(entry).length - 1;
  if (others === 0) return 'alone';
  const partitions = partitionsOf(entry).length;
  return `with ${counted(others, 'other')}${partitions > 1 ? ` of ${partitions} partitions` : ''}`;
}

function windowText({ window }: EntryOf<'invoked'>): string {
  return window === undefined ? '' : `, window ${timeOfDay(window.start)} to ${timeOfDay(window.end)}`;
}

function heldUp(entry: EntryOf<'retry-scheduled'>): string {
  return partitionsOf(entry).length === 0 ? '' : ', and what comes behind it waits';
}

function partialText(entry: EntryOf<'partially-failed'>, record: string): string {
  const { failedRecords } = entry;
  const after = `after ${duration(entry.durationMs)}`;
  if (failedRecords.includes(record)) return `reported as failed by the handler ${after}: ${entry.because}`;
  if (partitionsOf(entry).length > 0 && dividedBatch(entry).left.includes(record)) {
    return `not reported by the handler ${after}, but delivered again: an earlier record of the batch was reported`;
  }
  return `succeeded ${after}; the handler reported ${counted(failedRecords.length, 'other record')} of the batch as failed`;
}

function bisectText(entry: EntryOf<'bisected'>, record: string): string {
  const {
    into: [first, second],
    because,
  } = entry;
  const [half, which] = recordsOf(entry).indexOf(record) < first.records ? [first, 'first'] : [second, 'second'];
  const count = half.records === 1 ? 'alone' : counted(half.records, 'record');
  return `bisected, and in the ${which} half, ${shortId(half.batch)} (${count}): ${because}`;
}

/** Adds where the record went when the reason does not say so itself. */
function whereTo({ deadLetterQueue, destination, because }: EntryOf<'discarded'>): string {
  if (destination !== undefined) return ` → ${arnTail(destination)}`;
  if (deadLetterQueue === undefined || because.includes(deadLetterQueue)) return '';
  return ` → dead-letter queue ${arnTail(deadLetterQueue)}`;
}
