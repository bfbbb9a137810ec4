import { unreachable } from '../../platform/unreachable.js';
import type { Colours } from './colours.js';
import { partitionsOf, recordsOf, type EntryOf } from '../../journal/stored-entry.js';
import { counted, cut, shortId, shortIds } from '../../journal/short-text.js';
import { arnTail, closeReason, printable, timeOfDay } from '../wording.js';

/** Decisions about records, as `--log-level=debug` shows them. */
type Decision = EntryOf<'received' | 'filtered' | 'batched' | 'invoked' | 'expired' | 'checkpointed'>;

/** Steps of records whose line needs nothing but the entry itself. */
type RecordStep =
  | Decision
  | EntryOf<
      | 'throttled'
      | 'retry-scheduled'
      | 'released'
      | 'settle-failed'
      | 'bisected'
      | 'destination-delivered'
      | 'destination-failed'
    >;

export interface MarkedText {
  readonly mark: string;
  readonly text: string;
}

const longestReason = 300;

/** What a line says about a step, and its mark. */
export function recordStep(entry: RecordStep, { red, yellow, dim }: Colours): MarkedText {
  switch (entry.type) {
    case 'throttled':
      return { mark: yellow('⏸'), text: `${callOf(entry)} throttled: ${plain(entry.because)}` };
    case 'retry-scheduled':
      return { mark: yellow('↻'), text: retryText(entry) };
    case 'released':
      return { mark: dim('↩'), text: `${counted(entry.records.length, 'record')} given back: ${plain(entry.because)}` };
    case 'settle-failed':
      return {
        mark: yellow('!'),
        text: `${counted(entry.records.length, 'record')} not deleted: ${plain(entry.because)}`,
      };
    case 'bisected':
      return { mark: yellow('÷'), text: bisectText(entry) };
    case 'destination-delivered':
      return {
        mark: dim('→'),
        text: `${counted(recordsOf(entry).length, 'record')} reported to ${arnTail(entry.destination)}: ${entry.because}`,
      };
    case 'destination-failed':
      return destinationFailed(entry, entry.dropped ? red : yellow);
    case 'received':
    case 'filtered':
    case 'batched':
    case 'invoked':
    case 'expired':
    case 'checkpointed':
      return { mark: dim('·'), text: dim(decision(entry)) };
    default:
      return unreachable(entry);
  }
}

/** A step whose records may be none: the last call of a tumbling window has no records. */
function callOf(entry: EntryOf<'throttled' | 'retry-scheduled'>): string {
  const records = recordsOf(entry);
  return records.length === 0 ? 'the last call of a window' : counted(records.length, 'record');
}

/** A queue goes on with other messages meanwhile; what is behind these records in a stream waits with them. */
function retryText(entry: EntryOf<'retry-scheduled'>): string {
  const at = timeOfDay(entry.retryAt);
  const because = plain(entry.because);
  if (partitionsOf(entry).length === 0) return `${callOf(entry)} kept for another try at ${at}: ${because}`;
  return `waits until ${at}, then tries ${callOf(entry)} again: ${because}`;
}

function bisectText({ batch, into: [first, second], because }: EntryOf<'bisected'>): string {
  const part = (one: typeof first): string => `${shortId(one.batch)} (${counted(one.records, 'record')})`;
  return `${shortId(batch)} is split into ${part(first)} and ${part(second)}: ${plain(because)}`;
}

function destinationFailed(entry: EntryOf<'destination-failed'>, paint: (text: string) => string): MarkedText {
  const { dropped, because } = entry;
  const count = counted(recordsOf(entry).length, 'record');
  const fate = dropped ? `the report of ${count} is dropped` : `the report of ${count} is tried again`;
  return { mark: paint('!'), text: `${paint(fate)}: ${plain(because)}` };
}

function decision(entry: Decision): string {
  switch (entry.type) {
    case 'received': {
      const again = Object.keys(entry.redelivered ?? {}).length;
      return `received ${shortIds(entry.records)}${again === 0 ? '' : ` (${again} not for the first time)`}`;
    }
    case 'filtered':
      return `filtered out ${shortId(entry.record)}: ${plain(entry.because)}`;
    case 'batched':
      return `batched in ${shortId(entry.batch)}: ${shortIds(recordsOf(entry)) || 'no records'}, because ${closeReason(entry)}`;
    case 'invoked':
      return `invoked ${entry.function}, attempt ${entry.attempt}, with ${shortId(entry.batch)} (invocation ${shortId(entry.invocation)})`;
    case 'expired':
      return `expired ${shortId(entry.record)}: ${plain(entry.because)}`;
    case 'checkpointed':
      return `checkpoint moved past ${shortIds(entry.records)}`;
    default:
      return unreachable(entry);
  }
}

/** Reasons may quote what a service or a handler said, and that may be long and have lines and control characters. */
export function plain(because: string): string {
  return cut(printable(because, false).replaceAll(/\s*\n\s*/g, ' '), longestReason);
}
