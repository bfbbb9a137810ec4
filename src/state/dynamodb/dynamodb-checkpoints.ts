import type { CheckpointStore, Ledger } from '../../contracts/checkpoint-store.js';
import type { Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import type { ServiceReach } from '../../aws/client-settings.js';
import { DynamoDbTable } from './dynamodb-table.js';
import { TableLedger } from './table-ledger.js';

interface DynamoDbCheckpointOptions extends ServiceReach {
  /** Created at the first use if there is none. */
  readonly table: string;
  /** What tells this process from every other one, now and later. */
  readonly owner: string;
  /** How long after its last sign of life another process may take a partition, in milliseconds. Default 10,000. */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly random: Random;
}

const defaultLeaseMs = 10_000;
const longestAnswerMs = 5_000;

/** Checkpoints in a DynamoDB table, where the processes that name it share the partitions of their mappings. */
export class DynamoDbCheckpointStore implements CheckpointStore {
  readonly #options: DynamoDbCheckpointOptions;
  readonly #leaseMs: number;
  readonly #table: DynamoDbTable;
  readonly #ledgers: Ledger[] = [];

  constructor(options: DynamoDbCheckpointOptions) {
    const { leaseMs = defaultLeaseMs } = options;
    this.#options = options;
    this.#leaseMs = leaseMs;
    // A renewal without an answer must leave time for another one.
    this.#table = new DynamoDbTable({ ...options, answerMs: Math.min(longestAnswerMs, leaseMs / 3) });
  }

  ledger(mapping: string): Ledger {
    const { owner, clock, random } = this.#options;
    const ledger = new TableLedger({ table: this.#table, mapping, owner, leaseMs: this.#leaseMs, clock, random });
    this.#ledgers.push(ledger);
    return ledger;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ledgers.map((ledger) => ledger.close()));
    await this.#table.close();
  }
}
