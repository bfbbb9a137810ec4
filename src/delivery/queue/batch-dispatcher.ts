import { messageOf } from '../../platform/millrace-error.js';
import type { ClosedBatch } from '../batching/batcher.js';
import { BatchRun, type BatchRunContext } from './batch-run.js';
import { GroupTurns } from './group-turns.js';
import type { HeldMessage } from './held-message.js';

/** Takes closed batches to their end, as many side by side as come, but one at a time for each message group. */
export class BatchDispatcher {
  readonly #context: BatchRunContext;
  readonly #turns = new GroupTurns();
  readonly #ended: (running: number) => void;
  #running = 0;

  /** `ended` is called when batches have ended, with the number of those that go on. */
  constructor(context: BatchRunContext, ended: (running: number) => void) {
    this.#context = context;
    this.#ended = ended;
  }

  /** Batches of one receive share its permit and go one after the other; several only where one event would be too large. */
  async dispatch(batches: readonly ClosedBatch<HeldMessage>[]): Promise<void> {
    this.#running++;
    try {
      const runs = batches.map((batch) => ({ run: new BatchRun(this.#context, batch), turn: this.#turnOf(batch) }));
      for (const { run, turn } of runs) await run.run(turn);
    } catch (error) {
      // A defect of ours or of a source: the messages come back by themselves, and other mappings go on.
      const { journal, sourceLabel } = this.#context.its;
      const because = `delivery of ${sourceLabel} broke off: ${messageOf(error)}`;
      journal.write({ type: 'notice', level: 'warn', because });
    } finally {
      this.#ended(--this.#running);
    }
  }

  #turnOf({ records }: ClosedBatch<HeldMessage>): ReturnType<GroupTurns['enqueue']> | undefined {
    const groups = new Set(records.flatMap(({ group }) => (group === undefined ? [] : [group])));
    return groups.size > 0 ? this.#turns.enqueue(groups) : undefined;
  }
}
