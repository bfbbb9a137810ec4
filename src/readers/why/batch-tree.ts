import { dividedBatch, leavesReported, recordsOf, type EntryOf, type RecordEntry } from '../../journal/stored-entry.js';

/**
 * - `handled`
 * - `handled-in-part`: up to the first record that was reported; the rest is a batch of its own
 * - `handled-but-reported`: but for the records that were reported, which are a batch of its own
 * - `split`: it failed, and its parts are batches of their own
 * - `discarded`: all of it was given up
 * - `failed`: to be tried again
 * - `open`: not called yet, or with the handler
 */
type BatchOutcome = 'handled' | 'handled-in-part' | 'handled-but-reported' | 'split' | 'discarded' | 'failed' | 'open';

/** A batch of a stream, and what was made of it. */
export interface BatchTree {
  readonly batch: string;
  /** How many it began with. */
  readonly records: number;
  /** Calls of the function. */
  readonly calls: number;
  /** Records that were given up. */
  readonly discarded: number;
  readonly outcome: BatchOutcome;
  /** Whether the record that the question is about is in it. */
  readonly holdsRecord: boolean;
  /** In the order of the stream. */
  readonly parts: readonly BatchTree[];
}

interface Node extends BatchTree {
  calls: number;
  discarded: number;
  outcome: BatchOutcome;
  parts: readonly Node[];
  isPart: boolean;
}

const restInLine = '"because":"rest"';
const batchInLine = /"batch":"([^"]+)"/;

/** Puts together what became of the batches of one record that were split, those parts included that it was not in. */
export class BatchTrees {
  readonly #nodes = new Map<string, Node>();
  /** Batches that were handled in part, by the record that their rest begins with. */
  readonly #awaitingRest = new Map<string, Node>();
  /** Batches of which more may be said. */
  #open = 0;
  #hasSplit = false;

  /** Whether a line of a journal file, which does not name the record, may be about one of the batches. */
  follows(line: string): boolean {
    if (!this.#hasSplit) return false;
    if (this.#awaitingRest.size > 0 && line.includes(restInLine)) return true;
    if (this.#open === 0) return false;
    const [, batch] = batchInLine.exec(line) ?? [];
    return batch !== undefined && this.#nodes.has(batch);
  }

  /** Entries must be given in order. */
  add(entry: RecordEntry, holdsRecord: boolean): void {
    if (entry.type === 'batched') this.#batched(entry, holdsRecord);
    else if (entry.type === 'bisected') this.#bisected(entry, holdsRecord);
    else if ('batch' in entry && entry.batch !== undefined) {
      const node = this.#nodes.get(entry.batch);
      if (node !== undefined) this.#stepOf(node, entry);
    }
  }

  /** Those in which the record was part of a split. */
  trees(): readonly BatchTree[] {
    return [...this.#nodes.values()].filter((node) => !node.isPart && splitsRecord(node)).map(treeOf);
  }

  #batched(entry: EntryOf<'batched'>, holdsRecord: boolean): void {
    const { batch, because } = entry;
    const records = recordsOf(entry);
    const [first = ''] = records;
    const before = because === 'rest' ? this.#awaitingRest.get(first) : undefined;
    if (!holdsRecord && before === undefined) return;
    const node = this.#begin({ batch, records: records.length }, holdsRecord);
    if (before === undefined) return;
    this.#awaitingRest.delete(first);
    node.isPart = true;
    before.parts = [node];
  }

  #bisected(entry: EntryOf<'bisected'>, holdsRecord: boolean): void {
    const { batch, into } = entry;
    const known = this.#nodes.get(batch);
    if (known === undefined && !holdsRecord) return;
    const node = known ?? this.#begin({ batch, records: recordsOf(entry).length }, holdsRecord);
    this.#hasSplit ||= holdsRecord;
    this.#settle(node, 'split');
    node.parts = into.map((part) => this.#nodes.get(part.batch) ?? this.#begin(part, false));
    for (const part of node.parts) part.isPart = true;
  }

  #stepOf(node: Node, entry: RecordEntry): void {
    if (entry.type === 'invoked') {
      node.calls++;
      node.outcome = 'open';
    } else if (entry.type === 'succeeded') this.#settle(node, 'handled');
    else if (entry.type === 'failed') node.outcome = 'failed';
    else if (entry.type === 'partially-failed') {
      this.#settle(node, leavesReported(entry) ? 'handled-but-reported' : 'handled-in-part');
      this.#awaitingRest.set(dividedBatch(entry).left[0] ?? '', node);
    } else if (entry.type === 'discarded') {
      node.discarded++;
      if (node.discarded === node.records) this.#settle(node, 'discarded');
    }
  }

  #begin({ batch, records }: Pick<Node, 'batch' | 'records'>, holdsRecord: boolean): Node {
    const node: Node = {
      batch,
      records,
      calls: 0,
      discarded: 0,
      outcome: 'open',
      holdsRecord,
      parts: [],
      isPart: false,
    };
    this.#nodes.set(batch, node);
    this.#open++;
    return node;
  }

  #settle(node: Node, outcome: BatchOutcome): void {
    node.outcome = outcome;
    this.#open--;
  }
}

function splitsRecord(node: BatchTree): boolean {
  return (node.outcome === 'split' && node.holdsRecord) || node.parts.some(splitsRecord);
}

function treeOf({ batch, records, calls, discarded, outcome, holdsRecord, parts }: Node): BatchTree {
  return { batch, records, calls, discarded, outcome, holdsRecord, parts: parts.map(treeOf) };
}
