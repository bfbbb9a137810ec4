import { unreachable } from '../../platform/unreachable.js';
import type { Colours } from './colours.js';
import { levelOf, shows, type LogLevel } from './console-levels.js';
import { directInvocation } from './direct-invocation-line.js';
import type { CloseReason, FunctionState, PollerState } from '../../journal/events.js';
import { plain, recordStep } from './record-lines.js';
import { isRecordEntry, partitionsOf, recordsOf, type EntryOf, type StoredEntry } from '../../journal/stored-entry.js';
import type { PartitionEvent, TumblingWindowCall } from '../../journal/stream-events.js';
import { counted, cut, shortId, shortIds } from '../../journal/short-text.js';
import { duration, errorLine, printable, shortPartitions, timeOfDay } from '../wording.js';

interface ConsoleLinesOptions {
  readonly level: LogLevel;
  readonly colours: Colours;
}

const longestLogLine = 2_000;
const mostLogLines = 100;
const mostTraceLines = 12;
/** Batches and invocations whose end was not seen yet; more than any runtime has at once. */
const mostOpen = 10_000;
/** A batch of a stream may be given up as a whole: of its records so many get a line. */
const mostDiscardLines = 3;
const logIndent = ' '.repeat('00:00:00.000Z '.length);

type EndedEntry = EntryOf<'succeeded'> | EntryOf<'failed'> | EntryOf<'partially-failed'>;

/** Turns journal entries into lines for a person: one for each invocation, with what its function printed before it. */
export class ConsoleLines {
  readonly #level: LogLevel;
  readonly #colours: Colours;
  readonly #closedBecause = new Map<string, CloseReason>();
  readonly #calls = new Map<string, Pick<EntryOf<'invoked'>, 'attempt' | 'window'>>();
  /** Records of a batch that were discarded so far. */
  readonly #discarded = new Map<string, number>();
  /** Why a record was filtered last, by mapping. */
  readonly #filteredBecause = new Map<string, string>();

  constructor({ level, colours }: ConsoleLinesOptions) {
    this.#level = level;
    this.#colours = colours;
  }

  /** The lines for an entry; none when the log level does not ask for it. Entries must be given in order. */
  lines(entry: StoredEntry): readonly string[] {
    this.#remember(entry);
    const lines = shows(this.#level, levelOf(entry)) ? this.#render(entry) : [];
    if (isEnd(entry)) {
      // The batch of a stream that has failed may be tried again as it is.
      if (partitionsOf(entry).length === 0 || entry.type !== 'failed') this.#closedBecause.delete(entry.batch);
      this.#calls.delete(entry.invocation);
    }
    return lines;
  }

  #remember(entry: StoredEntry): void {
    if (entry.type === 'batched') keep(this.#closedBecause, entry.batch, entry.because);
    else if (entry.type === 'invoked') this.#began(entry);
    else if (entry.type === 'filtered') keep(this.#filteredBecause, entry.mapping.uuid, entry.because);
  }

  #began({ invocation, attempt, window }: EntryOf<'invoked'>): void {
    keep(this.#calls, invocation, { attempt, ...(window !== undefined && { window }) });
  }

  #render(entry: StoredEntry): readonly string[] {
    const { green, red, yellow, dim } = this.#colours;
    switch (entry.type) {
      case 'succeeded':
        return [this.#invocation(entry, green('✔'), '')];
      case 'failed':
        return [this.#invocation(entry, red('✖'), red(problem(entry)))];
      case 'partially-failed':
        return [this.#invocation(entry, yellow('◐'), yellow(partialFailure(entry)))];
      case 'discarded':
        return this.#discard(entry);
      case 'state-changed':
        return [this.#state(entry)];
      case 'mapping-changed':
        return [this.#line(entry, dim('◇'), `${entry.state}: ${plain(entry.because)}`)];
      case 'partition':
        return [this.#partition(entry)];
      case 'direct-invocation': {
        const { mark, text } = directInvocation(entry, this.#colours);
        return [this.#stamped(entry, mark, text)];
      }
      case 'function-state':
        return this.#functionState(entry);
      case 'function-log':
        return this.#log(entry);
      case 'notice':
        return [this.#stamped(entry, entry.level === 'warn' ? yellow('!') : dim('i'), plain(entry.because))];
      case 'settled':
        return [this.#settled(entry)];
      case 'received':
      case 'filtered':
      case 'batched':
      case 'invoked':
      case 'throttled':
      case 'retry-scheduled':
      case 'bisected':
      case 'expired':
      case 'destination-delivered':
      case 'destination-failed':
      case 'checkpointed':
      case 'released':
      case 'settle-failed': {
        const { mark, text } = recordStep(entry, this.#colours);
        return [this.#line(entry, mark, text)];
      }
      default:
        return unreachable(entry);
    }
  }

  #invocation(entry: EndedEntry, mark: string, failure: string): string {
    const { attempt, window } = this.#calls.get(entry.invocation) ?? { attempt: 1 };
    const of =
      window?.final === true
        ? [finalCall(window)]
        : [counted(recordsOf(entry).length, 'record'), this.#closedBecause.get(entry.batch)];
    const facts = [
      ...of,
      attempt > 1 ? `attempt ${attempt}` : undefined,
      duration(entry.durationMs),
      failure === '' ? undefined : failure,
    ].filter((fact) => fact !== undefined);
    const { dim } = this.#colours;
    return this.#stamped(entry, mark, `${this.#place(entry)} ${dim('→')} ${entry.function}  ${facts.join(dim(' · '))}`);
  }

  #discard(entry: EntryOf<'discarded'>): readonly string[] {
    const { red } = this.#colours;
    const line = this.#line(entry, red('✖'), `${shortId(entry.record)} ${red('discarded')}: ${plain(entry.because)}`);
    if (entry.partition === undefined || entry.batch === undefined) return [line];
    const before = this.#discarded.get(entry.batch) ?? 0;
    keep(this.#discarded, entry.batch, before + 1);
    if (before < mostDiscardLines) return [line];
    if (before > mostDiscardLines) return [];
    return [this.#line(entry, red('✖'), `… and more of ${shortId(entry.batch)}: the journal has them all`)];
  }

  #partition(entry: EntryOf<'partition'>): string {
    const paint = this.#colours[partitionColours[entry.state]];
    const state = entry.state === 'trimmed' ? 'records are lost' : entry.state;
    return this.#line(entry, paint('●'), `${paint(state)}: ${plain(entry.because)}`);
  }

  #settled(entry: EntryOf<'settled'>): string {
    const records = counted(entry.records.length, 'record');
    if (entry.because === 'handled') return this.#line(entry, this.#colours.dim('·'), `${records} deleted: handled`);
    const because = this.#filteredBecause.get(entry.mapping.uuid) ?? 'no filter pattern matches';
    return this.#line(entry, this.#colours.dim('⊘'), `${records} filtered out and deleted: ${plain(because)}`);
  }

  #state(entry: EntryOf<'state-changed'>): string {
    const nextTry = entry.nextTryAt === undefined ? '' : ` (next try at ${timeOfDay(entry.nextTryAt)})`;
    const paint = this.#colours[stateColours[entry.state]];
    const because = plain(entry.because);
    // "waiting for queue orders", not "waiting: waiting for queue orders"
    const reason = because.startsWith(entry.state) ? because.slice(entry.state.length) : `: ${because}`;
    return this.#line(entry, paint('●'), `${paint(entry.state)}${reason}${nextTry}`);
  }

  #functionState(entry: EntryOf<'function-state'>): readonly string[] {
    const { bold, dim } = this.#colours;
    const paint = this.#colours[functionColours[entry.state]];
    const text = `${bold(entry.function)}  ${paint(entry.state)}: ${problem(entry)}`;
    const trace = entry.error?.trace.slice(0, mostTraceLines) ?? [];
    return [
      this.#stamped(entry, paint('ƒ'), text),
      ...trace.map((line) => dim(`${logIndent}  ${printable(line, false)}`)),
    ];
  }

  #log(entry: EntryOf<'function-log'>): readonly string[] {
    const { dim, isColorSupported } = this.#colours;
    const whose = entry.invocation === undefined ? entry.function : `${entry.function} ${shortId(entry.invocation)}`;
    const paint = this.#colours[logColours[entry.level]];
    const all = cut(printable(entry.message, isColorSupported).trimEnd(), longestLogLine * mostLogLines).split('\n');
    const shown = all.slice(0, mostLogLines).map((line) => paint(cut(line, longestLogLine)));
    if (all.length > shown.length) shown.push(dim(`… ${counted(all.length - shown.length, 'more line')}`));
    return shown.map((line) => `${logIndent}${dim(`${whose} │`)} ${line}`);
  }

  #line(entry: Extract<StoredEntry, { readonly mapping: unknown }>, mark: string, text: string): string {
    return this.#stamped(entry, mark, `${this.#place(entry)}  ${text}`);
  }

  /** The mapping, and the partition where there is one, or a few of those that there are. */
  #place(entry: Extract<StoredEntry, { readonly mapping: unknown }>): string {
    const { bold, dim } = this.#colours;
    const partitions = entry.type === 'partition' ? [entry.partition] : isRecordEntry(entry) ? partitionsOf(entry) : [];
    return bold(entry.mapping.name) + (partitions.length === 0 ? '' : ` ${dim(shortPartitions(partitions))}`);
  }

  #stamped({ at }: StoredEntry, mark: string, text: string): string {
    return `${this.#colours.dim(timeOfDay(at))} ${mark} ${text}`;
  }
}

export const stateColours = {
  starting: 'dim',
  polling: 'green',
  waiting: 'yellow',
  refused: 'red',
  disabled: 'dim',
  stopping: 'dim',
  stopped: 'dim',
} as const satisfies Record<PollerState, keyof Colours>;

const functionColours = {
  loading: 'dim',
  ready: 'green',
  failed: 'red',
  reloaded: 'cyan',
} as const satisfies Record<FunctionState, keyof Colours>;

const partitionColours = {
  started: 'dim',
  waiting: 'yellow',
  finished: 'dim',
  'given-up': 'dim',
  trimmed: 'red',
} as const satisfies Record<PartitionEvent['state'], keyof Colours>;

const logColours = {
  trace: 'dim',
  debug: 'dim',
  info: 'reset', // ends colours that the handler left open
  warn: 'yellow',
  error: 'red',
} as const satisfies Record<EntryOf<'function-log'>['level'], keyof Colours>;

function isEnd(entry: StoredEntry): entry is EndedEntry {
  return entry.type === 'succeeded' || entry.type === 'failed' || entry.type === 'partially-failed';
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size <= mostOpen) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function partialFailure(entry: EntryOf<'partially-failed'>): string {
  const { failedRecords } = entry;
  return `${failedRecords.length} of ${recordsOf(entry).length} failed: ${shortIds(failedRecords)}`;
}

/** "last call of window 12:00:00Z to 12:00:30Z". */
function finalCall({ start, end, terminatedEarly }: TumblingWindowCall): string {
  const early = terminatedEarly ? ', ended early' : '';
  return `last call of window ${timeOfDay(start)} to ${timeOfDay(end)}${early}`;
}

function problem({ error, because }: EntryOf<'failed'> | EntryOf<'function-state'>): string {
  return error === undefined ? plain(because) : errorLine(error);
}
