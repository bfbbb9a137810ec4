import { messageOf } from '../../platform/millrace-error.js';
import type { ClosedBatch } from '../batching/batcher.js';
import { BatchRun, unseenBecause, type BatchRunContext } from './batch-run.js';
import { GroupTurns, type GroupTurn } from './group-turns.js';
import type { HeldMessage } from './held-message.js';
import { keepsOrder } from './queue-route.js';

/** The order of a queue whose messages are of no group. */
const wholeQueue = '';

interface QueueBatchesOptions {
  readonly run: Omit<BatchRunContext, 'orderOf'>;
  /** Takes out what is in hand and in no batch yet. */
  readonly waiting: () => readonly HeldMessage[];
  /** The batches of one permit have ended, with so many others still running. */
  readonly ended: (running: number) => void;
}

/** The batches of a mapping that are in hand: each goes its way, and no message overtakes an earlier one of its order. */
export class QueueBatches {
  readonly #options: QueueBatchesOptions;
  readonly #context: BatchRunContext;
  readonly #turns = new GroupTurns();
  readonly #inOrder: boolean;
  #running = 0;

  constructor(options: QueueBatchesOptions) {
    this.#options = options;
    const inOrder = keepsOrder(options.run.route);
    this.#inOrder = inOrder;
    this.#context = { ...options.run, orderOf: inOrder ? () => wholeQueue : ({ group }) => group };
  }

  /** Batches of one receive share its permit and go one after the other; several only where one event would be too large. Never rejects. */
  async deliver(batches: readonly ClosedBatch<HeldMessage>[]): Promise<void> {
    this.#running++;
    try {
      const runs = batches.map((batch) => ({
        run: new BatchRun(this.#context, batch),
        turn: this.#turnOf(batch.records),
      }));
      for (const { run, turn } of runs) {
        await run.run(turn).catch((error: unknown) => this.#brokeOff(error));
        if (turn !== undefined && run.wentBack) await this.#giveBackWaiting();
      }
    } catch (error) {
      this.#brokeOff(error);
    } finally {
      this.#options.ended(--this.#running);
    }
  }

  /** Gives back messages that are in no batch when the mapping stops; where order counts, after the batches before them. */
  async giveBack(messages: readonly HeldMessage[]): Promise<void> {
    const turn = this.#inOrder ? this.#turns.enqueue(new Set([wholeQueue])) : undefined;
    if (turn !== undefined) await turn.ready;
    try {
      await this.#context.releaser.release(messages, unseenBecause);
    } finally {
      turn?.leave(new Map());
    }
  }

  /** A defect of ours or of a source: other batches and other mappings go on. */
  #brokeOff(error: unknown): void {
    const { journal, sourceLabel } = this.#options.run.route;
    const because = `delivery of ${sourceLabel} broke off: ${messageOf(error)}`;
    journal.write({ type: 'notice', level: 'warn', because });
  }

  /** What came later must not be handled before what has just gone back. */
  async #giveBackWaiting(): Promise<void> {
    const because = 'earlier messages went back to the queue: later ones go with them';
    await this.#context.releaser.release(this.#options.waiting(), because);
  }

  #turnOf(messages: readonly HeldMessage[]): GroupTurn | undefined {
    const orders = new Set<string>();
    for (const message of messages) {
      const order = this.#context.orderOf(message);
      if (order !== undefined) orders.add(order);
    }
    return orders.size > 0 ? this.#turns.enqueue(orders) : undefined;
  }
}
