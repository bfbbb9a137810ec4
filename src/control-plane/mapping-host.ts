import type { MappingDelivery } from '../delivery/mapping-delivery.js';
import type { MappingState } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import type { StatusMapping } from '../readers/status/mapping-status.js';
import { mappingArn, type Place } from '../mappings/arn.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { parseMapping, type MappingWorld } from '../mappings/parse-mapping.js';
import { sentence } from '../mappings/schema/problem.js';
import type { MappingInput } from '../mappings/schema/request.js';
import type { Clock } from '../platform/clock.js';
import { statusMapping, type ManagedMapping, type Runnable } from './managed-mapping.js';
import type { MappingChanges } from './mapping-changes.js';
import type { MappingRegistry } from './mapping-registry.js';
import { MappingService } from './mapping-service.js';
import { firstState } from './transitions.js';

export interface MappingHostOptions {
  readonly clock: Clock;
  readonly journal: JournalWriter;
  /** Readers of the journal that have to know of a mapping before anything happens to it. */
  readonly board: { add(mapping: StatusMapping): void; lastProcessingResult(uuid: string): string };
  /** What mappings are checked against now. */
  readonly world: () => Omit<MappingWorld, 'now' | 'caller'>;
  readonly deliver: (mapping: EventSourceMapping) => Promise<MappingDelivery>;
  /** Why a mapping may not be polled from here, or undefined: calls could go where nobody meant them to. */
  readonly admit: (mapping: EventSourceMapping) => string | undefined;
}

/** Takes mappings in, runs them and lets them go, whoever made them: the Lambda API or the configuration file. */
export class MappingHost {
  readonly #options: MappingHostOptions;
  readonly #registry: MappingRegistry;
  readonly #changes: MappingChanges;

  constructor(options: MappingHostOptions, registry: MappingRegistry, changes: MappingChanges) {
    this.#options = options;
    this.#registry = registry;
    this.#changes = changes;
  }

  /** Where the functions and mappings are. */
  get place(): Place {
    return this.#options.world();
  }

  arnOf({ ref }: ManagedMapping): string {
    return mappingArn(ref.uuid, this.place);
  }

  /** What a mapping is checked against that comes from this caller. */
  worldFor(caller: MappingWorld['caller']): MappingWorld {
    return { ...this.#options.world(), now: this.#options.clock.now(), caller };
  }

  /** What is kept of a mapping that was made now. */
  newRecord(
    { uuid, name, function: fn, sourceType, request: { Tags: tags = {}, ...request } }: AnyMapping,
    origin: MappingRecord['origin'],
  ): MappingRecord {
    return {
      uuid,
      name,
      number: this.#registry.nextNumber(),
      origin,
      request,
      functionArn: fn.arn,
      sourceType,
      tags,
      lastModified: this.#options.clock.now(),
      begun: false,
      changes: [],
    };
  }

  /** Takes a mapping in. Its service does nothing yet. */
  manage(record: MappingRecord, runnable: Runnable, name: string, inFile?: MappingInput): ManagedMapping {
    const { journal, deliver } = this.#options;
    const ref = { uuid: record.uuid, name };
    const service = new MappingService(
      {
        mapping: ref,
        journal,
        deliver,
        differs: () => managed.record.changes,
        settled: (state) => this.#settled(managed, state),
      },
      firstState(record),
    );
    const managed: ManagedMapping = { ref, service, record, runnable, inFile };
    this.#registry.add(managed);
    this.show(managed);
    if (this.#changes.ended) void service.stop(); // it was stored already, and begins at the next start
    return managed;
  }

  /** Tells the status what a mapping is now. */
  show(managed: ManagedMapping): void {
    this.#options.board.add(statusMapping(managed));
  }

  /** What there is to run of a record now. */
  resolve(record: MappingRecord, name: string): Runnable {
    const parsed = parseMapping(record.request, this.worldFor(record.origin), { uuid: record.uuid });
    if (!parsed.ok)
      return { kind: 'impossible', because: parsed.problems.map((problem) => sentence(problem)).join('; ') };
    const mapping: AnyMapping = { ...parsed.value.mapping, name };
    const because = mapping.kind === 'unpolled' ? undefined : this.#options.admit(mapping);
    return because === undefined ? { kind: 'mapping', mapping } : { kind: 'impossible', because };
  }

  /** Ends a mapping for good; resolves when it is gone, and never rejects. */
  end(managed: ManagedMapping, because: string): Promise<void> {
    managed.ending ??= managed.service.remove(because).then(() => this.#registry.remove(managed.ref.uuid));
    return managed.ending;
  }

  notify(notices: readonly string[]): void {
    for (const because of notices) this.#options.journal.write({ type: 'notice', level: 'warn', because });
  }

  /** Nothing is made or changed any more; what was about to be ends with an error. */
  async stop(): Promise<void> {
    await Promise.all([this.#changes.end(), ...this.#registry.all().map(({ service }) => service.stop())]);
  }

  #settled(managed: ManagedMapping, state: MappingState): void {
    if (state === 'Enabled' && !managed.record.begun) this.#changes.begun(managed);
  }
}
