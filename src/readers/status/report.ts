import type { FailureCondition } from '../../contracts/failure-conditions.js';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError, messageOf } from '../../platform/millrace-error.js';
import type { JournalReader } from '../../journal/journal.js';
import type { EntryOf } from '../../journal/stored-entry.js';
import type { FunctionStatus, MappingStatus, StatusBoard } from './status.js';

interface DiscardedRecord {
  readonly mapping: string;
  /** Streams: the partition that the record is of. */
  readonly partition?: string;
  readonly record: string;
  /** Streams: what AWS calls the reason. */
  readonly condition?: FailureCondition;
  readonly because: string;
  /** Absent when the record is kept nowhere. */
  readonly deadLetterQueue?: string;
  /** Streams: ARN of the on-failure destination that was told; absent when the record is lost. */
  readonly destination?: string;
  readonly at: string;
}

/** What `--report=file` holds. */
export interface RunReport {
  readonly v: 2;
  readonly mappings: readonly MappingStatus[];
  readonly functions: readonly FunctionStatus[];
  /** The first ones, in order. */
  readonly discarded: readonly DiscardedRecord[];
  /** How many more were discarded than are listed. */
  readonly truncated: number;
}

const mostDiscarded = 10_000;

/** A reader of the journal that remembers what the report lists beside the counters of the status board. */
export class ReportCollector {
  readonly #board: StatusBoard;
  readonly #discarded: DiscardedRecord[] = [];
  #truncated = 0;

  constructor(board: StatusBoard) {
    this.#board = board;
  }

  readonly read: JournalReader = (entry) => {
    if (entry.type === 'discarded') this.#add(entry);
  };

  report(): RunReport {
    return {
      v: 2,
      mappings: this.#board.mappings(),
      functions: this.#board.functions(),
      discarded: [...this.#discarded],
      truncated: this.#truncated,
    };
  }

  #add(entry: EntryOf<'discarded'>): void {
    if (this.#discarded.length >= mostDiscarded) {
      this.#truncated++;
      return;
    }
    const { mapping, partition, record, condition, because, deadLetterQueue, destination, at } = entry;
    this.#discarded.push({
      mapping: mapping.name,
      ...(partition !== undefined && { partition }),
      record,
      ...(condition !== undefined && { condition }),
      because,
      ...(deadLetterQueue !== undefined && { deadLetterQueue }),
      ...(destination !== undefined && { destination }),
      at,
    });
  }
}

/** Finds out whether a report can be written there, before the run that it is to be about. */
export function prepareReport(file: string): Promise<void> {
  return writing(file, async () => (await open(file, 'a')).close());
}

export function writeReport(file: string, report: RunReport): Promise<void> {
  return writing(file, () => writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`));
}

async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await write();
  } catch (error) {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `--report=${file}: the report cannot be written (${messageOf(error)}). Name a file in a folder that can be written to.`,
      { cause: error },
    );
  }
}
