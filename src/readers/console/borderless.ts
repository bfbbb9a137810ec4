import type { TableConstructorOptions } from 'cli-table3';

const noLines = { top: '', mid: '', bottom: '', left: '', right: '', middle: ' ' };
const noCorners = { 'top-mid': '', 'top-left': '', 'top-right': '', 'bottom-mid': '', 'bottom-left': '' };
const noCrossings = { 'bottom-right': '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** How tables look here: columns with a space between them, and no lines. */
export const borderless = {
  chars: { ...noLines, ...noCorners, ...noCrossings },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
} satisfies TableConstructorOptions;
