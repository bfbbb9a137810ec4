import type { MappingDelivery } from '../delivery/mapping-delivery.js';
import type { MappingState } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import type { StatusMapping } from '../readers/status/mapping-status.js';
import { mappingArn, type Home } from '../mappings/arn.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import { withName, type Unnamed } from '../mappings/identity.js';
import { describeMapping, type MappingDescription } from '../mappings/mapping-description.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { parseMapping, type MappingWorld, type ParsedMapping } from '../mappings/parse-mapping.js';
import { awsErrorOf, sentence, type AwsError, type Parsed } from '../mappings/schema/problem.js';
import type { MappingInput } from '../mappings/schema/request.js';
import { differingParameters, updatedRequest } from '../mappings/updated-request.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { ApiFailure, failure, mappingInUse } from './api-failure.js';
import { changesOf, withTags } from './file-differences.js';
import { runnableInFile, statusMapping, targetOf, type ManagedMapping, type Runnable } from './managed-mapping.js';
import { MappingChanges, type MappingStore } from './mapping-changes.js';
import { MappingRegistry } from './mapping-registry.js';
import { MappingService } from './mapping-service.js';
import { changeable, firstState, transition } from './transitions.js';
import { readUpdate } from '../mappings/schema/update-body.js';

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

interface Updated extends ParsedMapping {
  readonly request: MappingInput;
}

/**
 * The event source mappings of a runtime, and what the Lambda API does to them. Operations reject with an `ApiFailure`.
 */
export class ControlPlane {
  readonly registry = new MappingRegistry();
  readonly changes: MappingChanges;
  readonly #parts: ControlPlaneParts;

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
    this.changes = new MappingChanges(parts.store);
  }

  async create(body: unknown): Promise<MappingDescription> {
    const uuid = this.#parts.random.uuid();
    const { mapping, notices } = this.#checked(parseMapping(body, this.#world(), { uuid }));
    return this.changes.inTurn(uuid, () => this.#reserved(mapping, () => this.#create(mapping, notices)));
  }

  get(uuid: string): MappingDescription {
    return this.describe(this.registry.get(uuid));
  }

  async update(uuid: string, body: unknown): Promise<MappingDescription> {
    const { ref } = this.registry.get(uuid);
    return this.changes.inTurn(ref.uuid, async () => {
      const managed = this.registry.get(uuid);
      const parsed = this.#updated(managed, body);
      return this.#reserved(parsed.mapping, () => this.#update(managed, parsed));
    });
  }

  async delete(uuid: string): Promise<MappingDescription> {
    const { ref } = this.registry.get(uuid);
    return this.changes.inTurn(ref.uuid, async () => {
      const managed = this.registry.get(uuid);
      const { service, record } = managed;
      if (service.state === 'Updating' || service.state === 'Deleting') throw mappingInUse('delete');
      // What the file has is back at the next start, which says so.
      if (record.origin === 'api') await this.changes.store((store) => store.remove(record.uuid));
      else await this.changes.store((store) => store.write({ ...record, changes: ['deleted'] }));
      void this.end(managed, 'deleted over the API');
      return this.describe(managed);
    });
  }

  /** Ends a mapping for good; resolves when it is gone, and never rejects. */
  end(managed: ManagedMapping, because: string): Promise<void> {
    managed.ending ??= managed.service.remove(because).then(() => this.registry.remove(managed.ref.uuid));
    return managed.ending;
  }

  describe({ ref, record, runnable, service }: ManagedMapping): MappingDescription {
    const mapping = runnable.kind === 'mapping' ? runnable.mapping : undefined;
    return describeMapping(
      {
        uuid: ref.uuid,
        arn: mappingArn(ref.uuid, this.place),
        functionArn: record.functionArn,
        sourceType: record.sourceType,
        request: record.request,
        ...(mapping === undefined ? {} : { batching: mapping.description.batching(mapping.source) }),
      },
      {
        state: service.state,
        lastModified: record.lastModified,
        lastProcessingResult: this.#parts.board.lastProcessingResult(ref.uuid),
      },
    );
  }

  /** Where the functions and mappings are. */
  get place(): Home {
    return this.#parts.world();
  }

  arnOf({ ref }: ManagedMapping): string {
    return mappingArn(ref.uuid, this.place);
  }

  /** Replaces the tags of a mapping. */
  setTags({ ref }: ManagedMapping, tagsOf: (before: MappingRecord['tags']) => MappingRecord['tags']): Promise<void> {
    return this.changes.inTurn(ref.uuid, async () => {
      const managed = this.registry.get(ref.uuid);
      await this.changes.change(managed, { tags: tagsOf(managed.record.tags), changes: withTags(managed) });
      managed.service.note('tags changed over the API');
    });
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
    if (this.changes.ended) void service.stop(); // it was stored already, and begins at the next start
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
    managed.runnable = runnableInFile(mapping, managed.record, managed.ref.name);
    this.#parts.board.add(statusMapping(managed));
    const state = was === 'Creating' ? was : transition(was, managed.record.request);
    await managed.service.change(targetOf(managed), state, 'changed in the configuration file');
  }

  notify(notices: readonly string[]): void {
    for (const because of notices) this.#parts.journal.write({ type: 'notice', level: 'warn', because });
  }

  /** Nothing is made or changed any more; what was about to be ends with an error. */
  async stop(): Promise<void> {
    await Promise.all([this.changes.end(), ...this.registry.all().map(({ service }) => service.stop())]);
  }

  async #create(mapping: Unnamed, notices: readonly string[]): Promise<MappingDescription> {
    if (mapping.kind !== 'unpolled') await this.#look({ ...mapping, name: mapping.uuid });
    const { Tags: tags = {}, ...request } = mapping.request;
    // Named only now: another mapping may have got the name meanwhile.
    const named = withName<AnyMapping>(mapping, this.registry.names());
    this.registry.reserve(named);
    const record = this.#newRecord(named, { request, tags });
    await this.changes.store((store) => store.write(record));
    const managed = this.manage(record, { kind: 'mapping', mapping: named }, named.name);
    this.notify(notices);
    const state = request.Enabled === false ? 'Disabled' : 'Creating';
    void managed.service.change(targetOf(managed), state, 'created over the API');
    return this.describe(managed);
  }

  async #update(managed: ManagedMapping, { request, mapping, notices }: Updated): Promise<MappingDescription> {
    const named: AnyMapping = { ...mapping, name: managed.ref.name };
    if (named.kind !== 'unpolled') this.#refuse(await this.#parts.probe(named, 'update'));
    if (!changeable.includes(managed.service.state)) throw mappingInUse('update');
    const changed = differingParameters(managed.record.request, request);
    await this.changes.change(managed, {
      request,
      functionArn: mapping.function.arn,
      lastModified: this.#parts.clock.now(),
      changes: changesOf(managed, request),
    });
    managed.runnable = { kind: 'mapping', mapping: named };
    this.#parts.board.add(statusMapping(managed));
    this.notify(notices);
    const what = changed.length === 0 ? 'nothing' : changed.join(', ');
    const state = transition(managed.service.state, request);
    void managed.service.change(targetOf(managed), state, `${what} changed over the API`);
    return this.describe(managed);
  }

  /** Nobody else may make a duplicate of a mapping that is about to be made or changed. */
  async #reserved<T>(mapping: Unnamed, work: () => Promise<T>): Promise<T> {
    this.#refuse(this.registry.conflict(mapping));
    const release = this.registry.reserve(mapping);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Where the calls would go is settled before anything is called. */
  async #look(mapping: EventSourceMapping): Promise<void> {
    const because = this.#parts.admit(mapping);
    if (because !== undefined) throw new ApiFailure('InvalidParameterValueException', because);
    this.#refuse(await this.#parts.probe(mapping, 'create'));
  }

  #updated(managed: ManagedMapping, body: unknown): Updated {
    const { record } = managed;
    const merged = this.#checked(updatedRequest(record.request, this.#checked(readUpdate(body))));
    const world = { ...this.#world(), caller: record.origin };
    const parsed = this.#checked(parseMapping(merged, world, { uuid: record.uuid }));
    return { ...parsed, request: merged };
  }

  #newRecord(
    { uuid, name, function: fn, sourceType }: AnyMapping,
    { request, tags }: Pick<MappingRecord, 'request' | 'tags'>,
  ): MappingRecord {
    return {
      uuid,
      name,
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

  #settled(managed: ManagedMapping, state: MappingState): void {
    if (state === 'Enabled' && !managed.record.begun) this.changes.begun(managed);
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
