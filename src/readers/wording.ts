import type { CloseReason, FunctionErrorInfo } from '../journal/events.js';
import { cut, shortId } from '../journal/short-text.js';
import { partitionsOf, type EntryOf } from '../journal/stored-entry.js';

/** Time of day of a journal time. UTC, as everything in the journal and in the logs of AWS; the `Z` says so. */
export function timeOfDay(iso: string): string {
  return iso.slice(iso.indexOf('T') + 1);
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** "1st", "2nd", "11th". */
export function ordinal(n: number): string {
  const suffixes: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd' };
  return `${n}${suffixes[ordinalRules.select(n)] ?? 'th'}`;
}

const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' });

/** The last part of an ARN; any other name as it is. */
export function arnTail(name: string): string {
  return name.startsWith('arn:') ? name.slice(name.lastIndexOf(':') + 1) : name;
}

const shardId = /^shardId-0*(?<number>\d+)$/;
const shardIdWithTail = /^shardId-\d+-(?<tail>[\da-f]{4,})$/;

/** A partition in a line: `#12` for a shard of Kinesis, `#` and the end of its name for one of DynamoDB, any other as it is. */
export function shortPartition(partition: string): string {
  const part = shardId.exec(partition)?.groups?.['number'] ?? shardIdWithTail.exec(partition)?.groups?.['tail'];
  return part === undefined ? shortId(partition) : `#${part}`;
}

const mostPartitions = 2;

/** Partitions in a line: a few of them. */
export function shortPartitions(partitions: readonly string[]): string {
  const shown = partitions.slice(0, mostPartitions).map(shortPartition).join(', ');
  return partitions.length > mostPartitions ? `${shown} and ${partitions.length - mostPartitions} more` : shown;
}

/** Why a batch was closed, completing "because …". */
export function closeReason(entry: EntryOf<'batched'>): string {
  const { because } = entry;
  if (because === 'poll' && partitionsOf(entry).length > 0)
    return 'there is no batching window: a batch is what was there';
  return closeReasons[because];
}

const closeReasons: Readonly<Record<CloseReason, string>> = {
  size: 'it had reached the batch size',
  window: 'its batching window ended',
  bytes: 'one more record would have exceeded the largest event',
  poll: 'there is no batching window: a batch is what one receive returned',
  'window-end': 'its tumbling window ended',
  rest: 'the batch before it was divided',
};

const longestErrorLine = 200;

/** "TypeError: boom (handlers/orders.ts:12)": type, first line and place of an error. */
export function errorLine(error: FunctionErrorInfo): string {
  const [first = ''] = error.errorMessage.split('\n', 1);
  const text = first === '' ? error.errorType : `${error.errorType}: ${first}`;
  const place = errorPlace(error.trace);
  return printable(cut(text, longestErrorLine) + (place === undefined ? '' : ` (${place})`), false);
}

const stackFrame = /(?:^|[(\s])(?<path>[^()\s]+):(?<line>\d+):\d+\)?$/;

/** Where in the user's code an error was thrown: file with its folder, and line. */
function errorPlace(trace: readonly string[]): string | undefined {
  for (const frame of trace) {
    const { path, line } = stackFrame.exec(frame)?.groups ?? {};
    if (path === undefined || line === undefined) continue;
    if (path.startsWith('node:') || path.includes('node_modules')) continue;
    return `${path.split(/[/\\]/).slice(-2).join('/')}:${line}`;
  }
  return undefined;
}

// An escape character is matched as "any control character", of which only colours survive: what a handler prints must
// not be able to move the cursor, rename the window or clear the screen of the person who reads it.
const controlSequence = /(?![\t\n\r])\p{Cc}\[[0-?]*[ -/]*[@-~]|(?![\t\n\r])\p{Cc}\][^\p{Cc}]*|(?![\t\n])\p{Cc}/gu;
const colour = /^\p{Cc}\[[\d;]*m$/u;

/** A text that is safe to print: without control sequences, colours excepted where they are wanted. */
export function printable(text: string, keepColours: boolean): string {
  return text.replace(controlSequence, (sequence) => (keepColours && colour.test(sequence) ? sequence : ''));
}
