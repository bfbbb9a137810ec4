import { unreachable } from '../../platform/unreachable.js';
import type { BatchTree } from './batch-tree.js';
import type { Colours } from '../console/colours.js';
import { counted, shortId } from '../../journal/short-text.js';

/** A tree with more lines shows the way of the record only. */
const mostLines = 60;

/** The batches of a tree, one in a line. */
export function renderBatchTree(tree: BatchTree, colours: Colours): readonly string[] {
  const all = linesOf(tree, { colours, first: '', others: '', expands: () => true });
  if (all.length <= mostLines) return all;
  return linesOf(tree, { colours, first: '', others: '', expands: ({ holdsRecord }) => holdsRecord });
}

interface TreeStyle {
  readonly colours: Colours;
  /** What stands before the first line, and before the others. */
  readonly first: string;
  readonly others: string;
  readonly expands: (tree: BatchTree) => boolean;
}

function linesOf(tree: BatchTree, style: TreeStyle): readonly string[] {
  const { colours, first, others, expands } = style;
  const parts = expands(tree) ? tree.parts : [];
  const hidden = parts.length < tree.parts.length ? ` (batches made of it: ${countOf(tree) - 1})` : '';
  const here = tree.holdsRecord && parts.length === 0 ? colours.bold('  ← this record') : '';
  const line = `${colours.dim(first)}${shortId(tree.batch)} (${tree.records}) ${outcomeText(tree, colours)}${hidden}${here}`;
  return [
    line,
    ...parts.flatMap((part, index) => {
      const last = index === parts.length - 1;
      return linesOf(part, {
        ...style,
        first: `${others}${last ? '└─ ' : '├─ '}`,
        others: `${others}${last ? '   ' : '│  '}`,
      });
    }),
  ];
}

function outcomeText({ outcome, calls, records, discarded }: BatchTree, { green, red, yellow, dim }: Colours): string {
  const times = calls === 1 ? '' : ` ${calls} times`;
  const given = discarded > 0 && discarded < records ? `, ${counted(discarded, 'record')} given up` : '';
  switch (outcome) {
    case 'handled':
      return green(calls > 1 ? `✔ at call ${calls}` : '✔') + given;
    case 'handled-in-part':
      return yellow('◐ handled up to the next') + given;
    case 'handled-but-reported':
      return yellow('◐ handled but for the next') + given;
    case 'split':
      return red(`✖ failed${times}, split`) + given;
    case 'discarded':
      return red(calls === 0 ? '✖ given up before any call' : `✖ failed${times}, given up`);
    case 'failed':
      return red(`✖ failed${times}, to be tried again`) + given;
    case 'open':
      return dim(calls === 0 ? '… waits' : '… with the handler') + given;
    default:
      return unreachable(outcome);
  }
}

function countOf(tree: BatchTree): number {
  return tree.parts.reduce((sum, part) => sum + countOf(part), 1);
}
