import { unreachable } from '../platform/unreachable.js';
import type { Colours } from './colours.js';
import { levelOf, shows, type LogLevel } from './console-levels.js';
import type { CloseReason, FunctionState, PollerState } from './events.js';
import type { EntryOf, StoredEntry } from './stored-entry.js';
import { closeReasons, counted, cut, duration, errorLine, printable, shortId, shortIds, timeOfDay } from './wording.js';

export interface ConsoleLinesOptions {
  readonly level: LogLevel;
  readonly colours: Colours;
}

const longestReason = 300;
const longestLogLine = 2_000;
const mostLogLines = 100;
const mostTraceLines = 12;
/** Batches and invocations whose end was not seen yet; more than any runtime has at once. */
const mostOpen = 10_000;
const logIndent = ' '.repeat('00:00:00.000Z '.length);

type EndedEntry = EntryOf<'succeeded'> | EntryOf<'failed'> | EntryOf<'partially-failed'>;

/** Turns journal entries into lines for a person: one for each invocation, with what its function printed before it. */
export class ConsoleLines {
  readonly #level: LogLevel;
  readonly #colours: Colours;
  readonly #closedBecause = new Map<string, CloseReason>();
  readonly #attempts = new Map<string, number>();
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
      this.#closedBecause.delete(entry.batch);
      this.#attempts.delete(entry.invocation);
    }
    return lines;
  }

  #remember(entry: StoredEntry): void {
    if (entry.type === 'batched') keep(this.#closedBecause, entry.batch, entry.because);
    else if (entry.type === 'invoked') keep(this.#attempts, entry.invocation, entry.attempt);
    else if (entry.type === 'filtered') keep(this.#filteredBecause, entry.mapping.uuid, entry.because);
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
      case 'throttled':
        return [
          this.#line(
            entry,
            yellow('⏸'),
            `${counted(entry.records.length, 'record')} throttled: ${plain(entry.because)}`,
          ),
        ];
      case 'retry-scheduled':
        return [
          this.#line(
            entry,
            yellow('↻'),
            `${counted(entry.records.length, 'record')} kept for another try at ${timeOfDay(entry.retryAt)}: ${plain(entry.because)}`,
          ),
        ];
      case 'released':
        return [
          this.#line(entry, dim('↩'), `${counted(entry.records.length, 'record')} given back: ${plain(entry.because)}`),
        ];
      case 'discarded':
        return [this.#line(entry, red('✖'), `${shortId(entry.record)} ${red('discarded')}: ${plain(entry.because)}`)];
      case 'settle-failed':
        return [
          this.#line(
            entry,
            yellow('!'),
            `${counted(entry.records.length, 'record')} not deleted: ${plain(entry.because)}`,
          ),
        ];
      case 'state-changed':
        return [this.#state(entry)];
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
        return [this.#line(entry, dim('·'), dim(decision(entry)))];
      default:
        return unreachable(entry);
    }
  }

  #invocation(entry: EndedEntry, mark: string, failure: string): string {
    const attempt = this.#attempts.get(entry.invocation) ?? 1;
    const facts = [
      counted(entry.records.length, 'record'),
      this.#closedBecause.get(entry.batch),
      attempt > 1 ? `attempt ${attempt}` : undefined,
      duration(entry.durationMs),
      failure === '' ? undefined : failure,
    ].filter((fact) => fact !== undefined);
    const { bold, dim } = this.#colours;
    return this.#stamped(
      entry,
      mark,
      `${bold(entry.mapping.name)} ${dim('→')} ${entry.function}  ${facts.join(dim(' · '))}`,
    );
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
    return this.#stamped(entry, mark, `${this.#colours.bold(entry.mapping.name)}  ${text}`);
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

function partialFailure({ failedRecords, records }: EntryOf<'partially-failed'>): string {
  return `${failedRecords.length} of ${records.length} failed: ${shortIds(failedRecords)}`;
}

/** A decision in the words of `--log-level=debug`. */
function decision(entry: EntryOf<'received'> | EntryOf<'filtered'> | EntryOf<'batched'> | EntryOf<'invoked'>): string {
  switch (entry.type) {
    case 'received': {
      const again = Object.keys(entry.redelivered ?? {}).length;
      return `received ${shortIds(entry.records)}${again === 0 ? '' : ` (${again} not for the first time)`}`;
    }
    case 'filtered':
      return `filtered out ${shortId(entry.record)}: ${plain(entry.because)}`;
    case 'batched':
      return `batched in ${shortId(entry.batch)}: ${shortIds(entry.records)}, because ${closeReasons[entry.because]}`;
    case 'invoked':
      return `invoked ${entry.function}, attempt ${entry.attempt}, with ${shortId(entry.batch)} (invocation ${shortId(entry.invocation)})`;
    default:
      return unreachable(entry);
  }
}

function problem({ error, because }: EntryOf<'failed'> | EntryOf<'function-state'>): string {
  return error === undefined ? plain(because) : errorLine(error);
}

/** Reasons may quote what a service or a handler said, and that may be long and have lines and control characters. */
function plain(because: string): string {
  return cut(printable(because, false).replaceAll(/\s*\n\s*/g, ' '), longestReason);
}
