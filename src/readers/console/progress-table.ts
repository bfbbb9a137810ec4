import Table from 'cli-table3';
import type { PollerState } from '../../journal/events.js';
import { shortId } from '../../journal/short-text.js';
import type { MappingProgress, PartitionProgress } from '../status/progress.js';
import { shortPartition } from '../wording.js';
import { borderless } from './borderless.js';
import type { Colours } from './colours.js';
import { stateColours } from './console-lines.js';
import { plain } from './record-lines.js';

interface ProgressTableOptions {
  /** Columns of the output. */
  readonly width: number;
  readonly colours: Colours;
}

const heads: Row = ['mapping', 'state', 'shard', 'handled', 'committed', 'why'];
const narrowestReason = 30;

/** The table of `millrace status`: a line for each mapping, and one for each partition that this process works on. */
export function renderProgress(mappings: readonly MappingProgress[], { width, colours }: ProgressTableOptions): string {
  const all = mappings.flatMap(rowsOf);
  // Without streams there is nothing to say of shards.
  const columns = heads.map((_, column) => column).filter((column) => all.some((row) => row[column] !== ''));
  const rows = [heads, ...all].map((row) => columns.map((column) => row[column] ?? ''));
  const widths = columns.slice(0, -1).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + 1);
  const left = width - widths.reduce((sum, one) => sum + one + 1, 0);
  const table = new Table({
    ...borderless,
    colWidths: [...widths, Math.max(narrowestReason, left)],
    wordWrap: true,
  });
  const [head = [], ...body] = rows;
  table.push(head.map((cell) => colours.dim(cell)));
  for (const [name = '', state = '', ...cells] of body) table.push([name, paintState(state, colours), ...cells]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function paintState(state: string, colours: Colours): string {
  return isPollerState(state) ? colours[stateColours[state]](state) : state;
}

function isPollerState(state: string): state is PollerState {
  return Object.hasOwn(stateColours, state);
}

type Row = readonly [name: string, state: string, shard: string, handled: string, committed: string, why: string];

function rowsOf({ name, state, reason, partitions }: MappingProgress): readonly Row[] {
  const here = partitions.filter(({ owner }) => owner !== null);
  const elsewhere = partitions.filter(({ owner }) => owner === null);
  const last = elsewhere.at(-1);
  return [
    [name, state, '', '', '', plain(reason)],
    ...here.map(partitionRow),
    ...(last === undefined
      ? []
      : [['', '', `${elsewhere.length} more`, '', '', plain(`not worked on here (${last.reason})`)] as const]),
  ];
}

function partitionRow({ partition, handled, committed, reason }: PartitionProgress): Row {
  return ['', '', shortPartition(partition), idText(handled), idText(committed), plain(reason ?? '')];
}

function idText(id: string | null): string {
  return id === null ? '–' : shortId(id);
}
