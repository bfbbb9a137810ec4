import Table from 'cli-table3';
import { borderless } from './borderless.js';
import type { Colours } from './colours.js';
import { stateColours } from './console-lines.js';
import type { MappingStatus } from '../status/mapping-status.js';
import { cut } from '../../journal/short-text.js';
import { printable, shortPartition, timeOfDay } from '../wording.js';

interface StatusTableOptions {
  /** Columns of the terminal; the table is never wider, provided there are at least 50. */
  readonly width: number;
  readonly colours: Colours;
  /** Lines of the terminal that the table may take: mappings beyond that are summed up in the last line. */
  readonly maxLines?: number;
}

/** From this width on the remarks stand beside the counters, below it under them. */
const wideEnough = 110;
const widestName = { wide: 32, narrow: 36 } as const;
const longestReason = 240;
const mostPartitionRemarks = 2;
const heads = ['mapping', 'state', 'run', 'received', 'handled', 'failed'] as const;
const counters = ['inFlight', 'received', 'handled', 'failed'] as const;
const remarksHead = ' why, and what else';

/** The table of all mappings: what each is doing, why, and what it has done. */
export function renderStatus(rows: readonly MappingStatus[], options: StatusTableOptions): string {
  const { maxLines = Number.POSITIVE_INFINITY } = options;
  if (rows.length < maxLines) {
    const whole = tableLines(rows, options);
    if (whole.length <= maxLines) return whole.join('\n');
  }
  const ranked = rows.toSorted((a, b) => Number(needsLook(b)) - Number(needsLook(a)));
  // Each mapping takes a line or more beside the head and the summary, so few attempts find how many fit.
  for (let shown = Math.min(ranked.length - 1, maxLines - 2); shown > 0; shown--) {
    const part = tableLines(ranked.slice(0, shown), options);
    if (part.length < maxLines) return [...part, summary(ranked.slice(shown), options.colours)].join('\n');
  }
  return summary(ranked, options.colours);
}

function tableLines(rows: readonly MappingStatus[], { width, colours }: StatusTableOptions): readonly string[] {
  const wide = width >= wideEnough;
  const columns = columnWidths(rows, width);
  const taken = columns.reduce((sum, column) => sum + column + 1, 0);
  const table = new Table({
    head: [...heads, ...(wide ? [remarksHead] : [])].map((head) => colours.dim(head)),
    colWidths: wide ? [...columns, width - taken] : columns,
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    ...borderless,
  });
  for (const row of rows) {
    const cells = counterCells(row, columns[0] ?? 0, colours);
    table.push(
      wide
        ? [
            ...cells,
            wrap(remarks(row, colours), width - taken - 1)
              .map((text) => ` ${text}`)
              .join('\n'),
          ]
        : cells,
    );
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  if (wide) return lines;
  // Without the remarks each mapping takes exactly one line, the first being the head.
  return lines.flatMap((line, index) => {
    const row = rows[index - 1];
    return row === undefined ? [line] : [line, ...wrap(remarks(row, colours), width - 2).map((text) => `  ${text}`)];
  });
}

function counterCells(row: MappingStatus, nameWidth: number, colours: Colours): Table.Cell[] {
  const number = (value: number, paint: (text: string) => string = String): string =>
    value === 0 ? colours.dim('0') : paint(compact(value));
  return [
    ellipsis(fullName(row), nameWidth),
    colours[stateColours[row.state]](row.state),
    number(row.inFlight),
    number(row.received),
    number(row.handled, colours.green),
    number(row.failed, colours.red),
  ];
}

/** All but the names take what they need; names are cut to what is left. */
function columnWidths(rows: readonly MappingStatus[], width: number): number[] {
  const others = [
    widest([heads[1], ...rows.map((row) => row.state)]),
    ...counters.map((key, index) => widest([heads[index + 2] ?? '', ...rows.map((row) => compact(row[key]))])),
  ];
  const left = width - others.reduce((sum, column) => sum + column + 1, 0) - 1;
  const mostForName = width >= wideEnough ? widestName.wide : Math.min(widestName.narrow, left);
  return [Math.max(heads[0].length, Math.min(mostForName, widest([heads[0], ...rows.map(fullName)]))), ...others];
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length)) + 1;
}

interface Remark {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** The reason of the state, then whatever else a person should see; counters that are zero are not mentioned. */
function remarks(row: MappingStatus, { red }: Colours): readonly Remark[] {
  const nextTry = row.nextTryAt === undefined ? '' : ` (next try at ${timeOfDay(row.nextTryAt)})`;
  const rarer = [
    [row.unhandled, 'unhandled'],
    [row.discarded, 'discarded'],
    [row.throttled, 'throttled'],
    [row.filtered, 'filtered'],
  ] as const;
  const dropped = row.metrics.DroppedEventCount ?? 0;
  return [
    ...(row.functionProblem === undefined ? [] : [{ text: plain(row.functionProblem), paint: red }]),
    { text: plain(row.reason) + nextTry, paint: String },
    ...partitionRemarks(row).map((text) => ({ text: plain(text), paint: String })),
    ...(dropped > 0 ? [{ text: `${compact(dropped)} dropped`, paint: red }] : []),
    ...rarer
      .filter(([count]) => count > 0)
      .map(([count, what]) => ({ text: `${compact(count)} ${what}`, paint: String })),
    ...(row.differs === undefined ? [] : [{ text: `differs from the file: ${row.differs.join(', ')}`, paint: String }]),
    ...(row.lastError === undefined ? [] : [{ text: `last error: ${plain(row.lastError)}`, paint: String }]),
  ];
}

/** Why partitions do not deliver, a few of them. */
function partitionRemarks({ state, partitionWord = 'shard', partitions = [] }: MappingStatus): readonly string[] {
  const texts = partitions.flatMap((one) => {
    const name = `${partitionWord} ${shortPartition(one.partition)}`;
    return [
      // The poller that waits for all of them says so itself.
      ...(one.state === 'waiting' && state !== 'waiting' ? [`${name} waiting: ${one.reason}`] : []),
      ...(one.heldUp === undefined
        ? []
        : [`${name} waits until ${timeOfDay(one.heldUp.until)}: ${one.heldUp.because}`]),
      ...(one.trimmed === undefined ? [] : [`${name} has lost records: ${one.trimmed}`]),
    ];
  });
  const more = texts.length - mostPartitionRemarks;
  return more > 0 ? [...texts.slice(0, mostPartitionRemarks), `${more} more about ${partitionWord}s`] : texts;
}

/** Breaks remarks into lines; they are painted word by word, so that no colour runs over the end of a line. */
function wrap(parts: readonly Remark[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  const words = parts.flatMap(({ text, paint }, index) =>
    `${text}${index < parts.length - 1 ? ' ·' : ''}`.split(' ').map((word) => ({ word: ellipsis(word, width), paint })),
  );
  for (const { word, paint } of words) {
    if (length > 0 && length + 1 + word.length > width) {
      lines.push(line);
      line = '';
      length = 0;
    }
    line += (length > 0 ? ' ' : '') + paint(word);
    length += (length > 0 ? 1 : 0) + word.length;
  }
  return [...lines, line];
}

function needsLook(row: MappingStatus): boolean {
  return (
    row.state === 'waiting' ||
    row.state === 'refused' ||
    row.functionProblem !== undefined ||
    row.unhandled > 0 ||
    (row.partitions ?? []).some(({ state }) => state === 'waiting')
  );
}

function summary(rest: readonly MappingStatus[], colours: Colours): string {
  const troubled = rest.filter(needsLook).length;
  return colours.dim(`… and ${rest.length} more; ${troubled === 0 ? 'none' : troubled} of them in trouble`);
}

function fullName(row: MappingStatus): string {
  return row.function === '' ? row.name : `${row.name} → ${row.function}`;
}

/** Counters must not push the reason off the screen. */
function compact(count: number): string {
  if (count < 100_000) return String(count);
  if (count < 1_000_000) return `${Math.floor(count / 1_000)}k`;
  return `${(Math.floor(count / 100_000) / 10).toFixed(1)}M`;
}

function ellipsis(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function plain(reason: string): string {
  return cut(printable(reason, false).replaceAll(/\s+/g, ' '), longestReason);
}
