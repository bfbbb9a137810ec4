import type { FunctionState } from '../../journal/events.js';
import type { JournalReader } from '../../journal/journal.js';
import type { ProcessingResult } from './mapping-metrics.js';
import { MappingRow } from './mapping-row.js';
import type { MappingStatus, StatusMapping } from './mapping-status.js';
import { isRecordEntry, partitionsOf, type EntryOf, type StoredEntry } from '../../journal/stored-entry.js';
import { errorLine } from '../wording.js';

export type { MappingStatus } from './mapping-status.js';

export interface FunctionStatus {
  readonly name: string;
  readonly state: FunctionState;
  readonly reason: string;
}

/** A reader of the journal that knows how every mapping and function is doing now. Derived from entries only. */
export class StatusBoard {
  readonly #rows = new Map<string, MappingRow>();
  readonly #functions = new Map<string, FunctionStatus>();
  #version = 0;

  constructor(mappings: readonly StatusMapping[]) {
    for (const mapping of mappings) this.add(mapping);
  }

  /** Grows with every entry that changed something: lets a display see that it is up to date. */
  get version(): number {
    return this.#version;
  }

  /** For mappings that are made, or call another function, while the runtime runs; what was counted stays. */
  add(mapping: StatusMapping): void {
    const known = this.#rows.get(mapping.uuid);
    if (known === undefined) this.#rows.set(mapping.uuid, new MappingRow(mapping));
    else known.mapping = mapping;
    this.#version++;
  }

  /** What the newest call of a mapping came to, as AWS words it. */
  lastProcessingResult(uuid: string): ProcessingResult {
    return this.#rows.get(uuid)?.lastProcessingResult ?? 'No records processed';
  }

  readonly read: JournalReader = (entry) => {
    if (entry.type === 'function-log' || entry.type === 'notice') return;
    this.#version++;
    if (entry.type === 'function-state') this.#functionState(entry);
    else if (entry.type === 'state-changed') this.#rowOf(entry).stateChanged(entry);
    else if (entry.type === 'mapping-changed') this.#mappingChanged(entry);
    else if (entry.type === 'partition') this.#rowOf(entry).partitionChanged(entry);
    else if (isRecordEntry(entry)) this.#rowOf(entry).count(entry);
  };

  mappings(): readonly MappingStatus[] {
    return [...this.#rows.values()].map((row) => this.#statusOf(row));
  }

  functions(): readonly FunctionStatus[] {
    return [...this.#functions.values()];
  }

  #rowOf(entry: Extract<StoredEntry, { readonly mapping: unknown }>): MappingRow {
    const { uuid, name } = entry.mapping;
    const known = this.#rows.get(uuid);
    if (known !== undefined) return known;
    const isOfStream = entry.type === 'partition' || (isRecordEntry(entry) && partitionsOf(entry).length > 0);
    const row = new MappingRow({ uuid, name, kind: isOfStream ? 'stream' : 'queue', source: name, function: '' });
    this.#rows.set(uuid, row);
    return row;
  }

  #mappingChanged(entry: EntryOf<'mapping-changed'>): void {
    if (entry.state === 'Deleted') this.#rows.delete(entry.mapping.uuid);
    else this.#rowOf(entry).mappingChanged(entry);
  }

  #functionState(entry: EntryOf<'function-state'>): void {
    const reason = entry.error === undefined ? entry.because : errorLine(entry.error);
    this.#functions.set(entry.function, { name: entry.function, state: entry.state, reason });
  }

  #statusOf(row: MappingRow): MappingStatus {
    const code = this.#functions.get(row.mapping.function);
    if (code?.state !== 'failed') return row.status();
    return { ...row.status(), functionProblem: `function ${code.name} does not load: ${code.reason}` };
  }
}
