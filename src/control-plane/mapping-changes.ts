import type { MappingRecord } from '../mappings/mapping-record.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { Turns } from '../platform/turns.js';
import { cannotStore, stopping } from './api-failure.js';
import type { ManagedMapping } from './managed-mapping.js';

/** Keeps mappings across restarts. A write that has resolved survives the end of the process. */
export interface MappingStore {
  write(record: MappingRecord): Promise<void>;
  remove(uuid: string): Promise<void>;
}

/** Lets the changes of a mapping happen one after the other, and stores each before it takes effect. */
export class MappingChanges {
  readonly #store: MappingStore;
  readonly #turns = new Turns();
  readonly #life = new Lifecycle({ close: () => this.#turns.over() });

  constructor(store: MappingStore) {
    this.#store = store;
  }

  /** Nothing is changed any more. */
  get ended(): boolean {
    return this.#life.isStopping;
  }

  /** Work on a mapping that must not meet other work on it. */
  inTurn<T>(uuid: string, work: () => Promise<T>): Promise<T> {
    return this.ended ? Promise.reject(stopping()) : this.#turns.take(uuid, work);
  }

  /** Rejects with an `ApiFailure` when it cannot be stored: then it must not be done. */
  async store(work: (store: MappingStore) => Promise<void>): Promise<void> {
    if (this.ended) throw stopping();
    await work(this.#store).catch((error: unknown) => {
      throw cannotStore(error);
    });
  }

  /** Of a mapping of the file only that it differs is stored. */
  async change(managed: ManagedMapping, change: Partial<MappingRecord>): Promise<void> {
    const record = { ...managed.record, ...change };
    const isAsInFile = record.origin === 'file' && record.changes.length === 0;
    await this.store((store) => (isAsInFile ? store.remove(record.uuid) : store.write(record)));
    managed.record = { ...managed.record, ...change };
  }

  /** That polling has begun once outlives a restart: the mapping is then not being created any more. */
  begun(managed: ManagedMapping): void {
    managed.record = { ...managed.record, begun: true };
    if (managed.record.origin === 'file') return;
    // Where this fails it is only called Creating at the next start.
    this.inTurn(managed.ref.uuid, async () => {
      if (managed.ending === undefined) await this.#store.write(managed.record);
    }).catch(() => {});
  }

  /** Resolves when nothing is being changed any more; what was about to be is refused. */
  end(): Promise<void> {
    return this.#life.stop();
  }
}
