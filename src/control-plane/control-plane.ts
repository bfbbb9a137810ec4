import type { MappingDelivery } from '../delivery/mapping-delivery.js';
import type { MappingState } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import type { StatusMapping } from '../journal/mapping-status.js';
import type { Place } from '../mappings/arn.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import { withName, type Unnamed } from '../mappings/identity.js';
import { describeMapping, type MappingDescription } from '../mappings/mapping-description.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { parseMapping, type MappingWorld, type ParsedMapping } from '../mappings/parse-mapping.js';
import { awsErrorOf, sentence, type AwsError, type Parsed } from '../mappings/problem.js';
import type { MappingInput } from '../mappings/request.js';
import { differingParameters, updatedRequest } from '../mappings/updated-request.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { ApiFailure, failure, mappingInUse } from './api-failure.js';
import { changesOf, withTags } from './file-differences.js';
import { mappingArn, statusMapping, targetOf, type ManagedMapping, type Runnable } from './managed-mapping.js';
import { MappingRegistry } from './mapping-registry.js';
import { MappingService } from './mapping-service.js';
import { changeable, firstState, transition } from './transitions.js';
import { readUpdate } from '../mappings/update-body.js';

/** Keeps mappings across restarts. A write that has resolved survives the end of the process. */
export interface MappingStore {
  write(record: MappingRecord): Promise<void>;
  remove(uuid: string): Promise<void>;
}

export interface ControlPlaneParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: JournalWriter;
  /** Readers of the journal that have to know of a mapping before anything happens to it. */
  readonly board: { add(mapping: StatusMapping): void; lastProcessingResult(uuid: string): string };
  /** What mappings are checked against now. */
  readonly world: () => Omit<MappingWorld, 'now' | 'caller'>;
  readonly deliver: (mapping: EventSourceMapping) => Promise<MappingDelivery>;
  /** Why a mapping may not be polled from here, or undefined: calls could go where nobody meant them to. */
  readonly admit: (mapping: EventSourceMapping) => string | undefined;
  /** Looks at the source: why AWS would refuse the mapping. A source that does not answer is no reason. */
  readonly probe: (mapping: EventSourceMapping, because: 'create' | 'update') => Promise<AwsError | undefined>;
  readonly store: MappingStore;
}

/**
 * The event source mappings of a runtime, and what the Lambda API does to them. Operations reject with an `ApiFailure`.
 */
export class ControlPlane {
  readonly registry = new MappingRegistry();
  readonly #parts: ControlPlaneParts;

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
  }

  async create(body: unknown): Promise<MappingDescription> {
    const uuid = this.#parts.random.uuid();
    const { mapping, notices } = this.#checked(parseMapping(body, this.#world(), { uuid }));
    this.#refuse(this.registry.conflict(mapping));
    const release = this.registry.reserve(mapping);
    try {
      const named = withName<AnyMapping>(mapping, this.registry.names());
      if (named.kind !== 'unpolled') await this.#look(named);
      const { Tags: tags = {}, ...parameters } = mapping.request;
      const record = this.#newRecord(mapping, { request: parameters, tags });
      await this.#parts.store.write(record);
      const managed = this.manage(record, { kind: 'mapping', mapping: named }, named.name);
      this.notify(notices);
      const isEnabled = parameters.Enabled !== false;
      void managed.service.change(targetOf(managed), isEnabled ? 'Creating' : 'Disabled', 'created over the API');
      return this.describe(managed);
    } finally {
      release();
    }
  }

  get(uuid: string): MappingDescription {
    return this.describe(this.registry.get(uuid));
  }

  async update(uuid: string, body: unknown): Promise<MappingDescription> {
    const managed = this.registry.get(uuid);
    const { request, mapping, notices } = this.#updated(managed, body);
    this.#refuse(this.registry.conflict(mapping));
    const named: AnyMapping = { ...mapping, name: managed.ref.name };
    if (named.kind !== 'unpolled') this.#refuse(await this.#parts.probe(named, 'update'));
    if (!changeable.includes(managed.service.state)) throw mappingInUse('update');
    const changed = differingParameters(managed.record.request, request);
    managed.record = {
      ...managed.record,
      request,
      functionArn: mapping.function.arn,
      lastModified: this.#parts.clock.now(),
      changes: changesOf(managed, request),
    };
    const was = managed.service.state;
    managed.runnable = { kind: 'mapping', mapping: named };
    this.#parts.board.add(statusMapping(managed));
    this.notify(notices);
    const what = changed.length === 0 ? 'nothing' : changed.join(', ');
    void managed.service.change(targetOf(managed), transition(was, request), `${what} changed over the API`);
    const answer = this.describe(managed);
    await this.#keep(managed);
    return answer;
  }

  async delete(uuid: string): Promise<MappingDescription> {
    const managed = this.registry.get(uuid);
    const { service, record } = managed;
    if (service.state === 'Updating' || service.state === 'Deleting') throw mappingInUse('delete');
    const gone = service.remove('deleted over the API').then(() => this.registry.remove(record.uuid));
    const answer = this.describe(managed);
    // What the file has is back at the next start, which says so.
    if (record.origin === 'api') await this.#parts.store.remove(record.uuid);
    else await this.#parts.store.write({ ...record, changes: ['deleted'] });
    void gone; // never rejects
    return answer;
  }

  describe({ ref, record, service }: ManagedMapping): MappingDescription {
    return describeMapping(
      {
        uuid: ref.uuid,
        arn: mappingArn(ref.uuid, this.place),
        functionArn: record.functionArn,
        sourceType: record.sourceType,
        request: record.request,
      },
      {
        state: service.state,
        lastModified: record.lastModified,
        lastProcessingResult: this.#parts.board.lastProcessingResult(ref.uuid),
      },
    );
  }

  /** Where the functions and mappings are. */
  get place(): Place {
    return this.#parts.world();
  }

  arnOf({ ref }: ManagedMapping): string {
    return mappingArn(ref.uuid, this.place);
  }

  /** Replaces the tags of a mapping. */
  async setTags(managed: ManagedMapping, tags: Readonly<Record<string, string>>): Promise<void> {
    managed.record = { ...managed.record, tags, changes: withTags(managed) };
    managed.service.note('tags changed over the API');
    await this.#keep(managed);
  }

  /** Takes a mapping in. Its service does nothing yet. */
  manage(record: MappingRecord, runnable: Runnable, name: string, inFile?: MappingInput): ManagedMapping {
    const { journal, deliver, board } = this.#parts;
    const ref = { uuid: record.uuid, name };
    const service = new MappingService(
      {
        mapping: ref,
        journal,
        deliver,
        differs: () => managed.record.changes,
        settled: (s) => this.#settled(managed, s),
      },
      firstState(record),
    );
    const managed: ManagedMapping = { ref, service, record, runnable, inFile };
    this.registry.add(managed);
    board.add(statusMapping(managed));
    return managed;
  }

  /** What there is to run of a record now. */
  resolve(record: MappingRecord, name: string): Runnable {
    const caller = record.origin;
    const parsed = parseMapping(record.request, { ...this.#world(), caller }, { uuid: record.uuid });
    if (parsed.ok) return this.#admitted({ ...parsed.value.mapping, name });
    return { kind: 'impossible', because: parsed.problems.map((problem) => sentence(problem)).join('; ') };
  }

  #admitted(mapping: AnyMapping): Runnable {
    const because = mapping.kind === 'unpolled' ? undefined : this.#parts.admit(mapping);
    return because === undefined ? { kind: 'mapping', mapping } : { kind: 'impossible', because };
  }

  /** The record of a mapping as the file has it. */
  recordOfFile(mapping: EventSourceMapping): MappingRecord {
    const { Tags: tags = {}, ...request } = mapping.request;
    return { ...this.#newRecord(mapping, { request, tags }), origin: 'file' };
  }

  /** Gives a mapping of the file the settings that the file has now. */
  async replaceFromFile(managed: ManagedMapping, mapping: EventSourceMapping): Promise<void> {
    const { number, begun } = managed.record;
    const was = managed.service.state;
    managed.record = { ...this.recordOfFile(mapping), number, begun };
    managed.inFile = mapping.request;
    managed.runnable = { kind: 'mapping', mapping: { ...mapping, name: managed.ref.name } };
    this.#parts.board.add(statusMapping(managed));
    const state = was === 'Creating' ? was : transition(was, managed.record.request);
    await managed.service.change(targetOf(managed), state, 'changed in the configuration file');
  }

  /** Nothing of a mapping outlives the process any more. */
  async forget(uuid: string): Promise<void> {
    await this.#parts.store.remove(uuid);
  }

  notify(notices: readonly string[]): void {
    for (const because of notices) this.#parts.journal.write({ type: 'notice', level: 'warn', because });
  }

  async stop(): Promise<void> {
    await Promise.all(this.registry.all().map(({ service }) => service.stop()));
  }

  /** Of a mapping of the file only that it differs is kept, to be told at the next start. */
  async #keep({ record }: ManagedMapping): Promise<void> {
    const { store } = this.#parts;
    if (record.origin === 'file' && record.changes.length === 0) await store.remove(record.uuid);
    else await store.write(record);
  }

  /** Where the calls would go is settled before anything is called. */
  async #look(mapping: EventSourceMapping): Promise<void> {
    const because = this.#parts.admit(mapping);
    if (because !== undefined) throw new ApiFailure('InvalidParameterValueException', because);
    this.#refuse(await this.#parts.probe(mapping, 'create'));
  }

  #updated(managed: ManagedMapping, body: unknown): ParsedMapping & { readonly request: MappingInput } {
    const { record } = managed;
    const merged = this.#checked(updatedRequest(record.request, this.#checked(readUpdate(body))));
    const parsed = this.#checked(parseMapping(merged, this.#world(), { uuid: record.uuid }));
    return { ...parsed, request: merged };
  }

  #newRecord(
    { uuid, function: fn, sourceType }: Unnamed,
    { request, tags }: Pick<MappingRecord, 'request' | 'tags'>,
  ): MappingRecord {
    return {
      uuid,
      number: this.registry.nextNumber(),
      origin: 'api',
      request,
      functionArn: fn.arn,
      sourceType,
      tags,
      lastModified: this.#parts.clock.now(),
      begun: false,
      changes: [],
    };
  }

  /** That polling has begun once outlives a restart: the mapping is then not being created any more. */
  #settled(managed: ManagedMapping, state: MappingState): void {
    if (managed.record.begun || state !== 'Enabled') return;
    managed.record = { ...managed.record, begun: true };
    if (managed.record.origin === 'file') return;
    this.#parts.store.write(managed.record).catch(() => {}); // it would only be called Creating at the next start
  }

  #world(): MappingWorld {
    return { ...this.#parts.world(), now: this.#parts.clock.now(), caller: 'api' };
  }

  #checked<T>(parsed: Parsed<T>): T {
    if (parsed.ok) return parsed.value;
    throw failure(awsErrorOf(parsed.problems));
  }

  #refuse(error: AwsError | undefined): void {
    if (error !== undefined) throw failure(error);
  }
}
