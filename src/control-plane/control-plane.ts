import { parseFunctionReference } from '../mappings/function-name.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import { withName, type Unnamed } from '../mappings/identity.js';
import { describeMapping, type MappingDescription } from '../mappings/mapping-description.js';
import { parseMapping, type ParsedMapping } from '../mappings/parse-mapping.js';
import { awsErrorOf, type AwsError, type Parsed } from '../mappings/schema/problem.js';
import type { MappingInput } from '../mappings/schema/request.js';
import { readUpdate } from '../mappings/schema/update-body.js';
import { differingParameters, updatedRequest } from '../mappings/updated-request.js';
import type { Random } from '../platform/random.js';
import { ApiFailure, failure, mappingInUse } from './api-failure.js';
import { changesOf } from './file-differences.js';
import { maxItemsOf, pageOf } from './list-page.js';
import { targetOf, type ManagedMapping } from './managed-mapping.js';
import type { MappingChanges } from './mapping-changes.js';
import type { MappingHost, MappingHostOptions } from './mapping-host.js';
import type { MappingRegistry } from './mapping-registry.js';
import { changeable, transition } from './transitions.js';

export interface ControlPlaneOptions extends Pick<MappingHostOptions, 'clock' | 'board' | 'admit'> {
  readonly registry: MappingRegistry;
  readonly changes: MappingChanges;
  readonly host: MappingHost;
  readonly random: Random;
  /** Looks at the source: why AWS would refuse the mapping. A source that does not answer is no reason. */
  readonly probe: (mapping: EventSourceMapping, because: 'create' | 'update') => Promise<AwsError | undefined>;
}

interface Updated extends ParsedMapping {
  readonly request: MappingInput;
}

interface MappingList {
  readonly EventSourceMappings: readonly MappingDescription[];
  readonly NextMarker?: string;
}

/** What the Lambda API does to event source mappings. Operations reject with an `ApiFailure`. */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
  }

  async create(body: unknown): Promise<MappingDescription> {
    const { random, host, changes } = this.#options;
    const uuid = random.uuid();
    const { mapping, notices } = checked(parseMapping(body, host.worldFor('api'), { uuid }));
    return changes.inTurn(uuid, () => this.#reserved(mapping, () => this.#create(mapping, notices)));
  }

  get(uuid: string): MappingDescription {
    return this.#describe(this.#options.registry.get(uuid));
  }

  /** A page, of all or of those of a function and a source. What nothing has gives an empty list. */
  list(query: Readonly<Record<string, string>>): MappingList {
    const { registry, host } = this.#options;
    const { EventSourceArn: arn, FunctionName: fn, Marker: marker, MaxItems: maxItems } = query;
    const functionArn = fn === undefined ? undefined : parseFunctionReference(fn, host.place);
    const matching = registry
      .inOrder()
      .filter(({ record }) => arn === undefined || record.request.EventSourceArn === arn)
      .filter(({ record }) => fn === undefined || record.functionArn === functionArn);
    const numbered = matching.map((managed) => ({ number: managed.record.number, managed }));
    const { items, nextMarker } = pageOf(numbered, { marker, maxItems: maxItemsOf(maxItems) });
    return {
      EventSourceMappings: items.map(({ managed }) => this.#describe(managed)),
      ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
    };
  }

  async update(uuid: string, body: unknown): Promise<MappingDescription> {
    const { registry, changes } = this.#options;
    const { ref } = registry.get(uuid);
    return changes.inTurn(ref.uuid, async () => {
      const managed = registry.get(uuid);
      const parsed = this.#updated(managed, body);
      return this.#reserved(parsed.mapping, () => this.#update(managed, parsed));
    });
  }

  async delete(uuid: string): Promise<MappingDescription> {
    const { registry, changes, host } = this.#options;
    const { ref } = registry.get(uuid);
    return changes.inTurn(ref.uuid, async () => {
      const managed = registry.get(uuid);
      const { service, record } = managed;
      if (service.state === 'Updating' || service.state === 'Deleting') throw mappingInUse('delete');
      // What the file has is back at the next start, which says so.
      if (record.origin === 'api') await changes.store((store) => store.remove(record.uuid));
      else await changes.store((store) => store.write({ ...record, changes: ['deleted'] }));
      void host.end(managed, 'deleted over the API');
      return this.#describe(managed);
    });
  }

  async #create(mapping: Unnamed, notices: readonly string[]): Promise<MappingDescription> {
    const { registry, changes, host } = this.#options;
    if (mapping.kind !== 'unpolled') await this.#look({ ...mapping, name: mapping.uuid });
    // Named only now: another mapping may have got the name meanwhile.
    const named = withName<AnyMapping>(mapping, registry.names());
    registry.reserve(named);
    const record = host.newRecord(named, 'api');
    await changes.store((store) => store.write(record));
    const managed = host.manage(record, { kind: 'mapping', mapping: named }, named.name);
    host.notify(notices);
    const state = record.request.Enabled === false ? 'Disabled' : 'Creating';
    void managed.service.change(targetOf(managed), state, 'created over the API');
    return this.#describe(managed);
  }

  async #update(managed: ManagedMapping, { request, mapping, notices }: Updated): Promise<MappingDescription> {
    const { clock, changes, host, probe } = this.#options;
    const named: AnyMapping = { ...mapping, name: managed.ref.name };
    if (named.kind !== 'unpolled') refuse(await probe(named, 'update'));
    if (!changeable.includes(managed.service.state)) throw mappingInUse('update');
    const changed = differingParameters(managed.record.request, request);
    await changes.change(managed, {
      request,
      functionArn: mapping.function.arn,
      lastModified: clock.now(),
      changes: changesOf(managed, request),
    });
    managed.runnable = { kind: 'mapping', mapping: named };
    host.show(managed);
    host.notify(notices);
    const what = changed.length === 0 ? 'nothing' : changed.join(', ');
    const state = transition(managed.service.state, request);
    void managed.service.change(targetOf(managed), state, `${what} changed over the API`);
    return this.#describe(managed);
  }

  /** Nobody else may make a duplicate of a mapping that is about to be made or changed. */
  async #reserved<T>(mapping: Unnamed, work: () => Promise<T>): Promise<T> {
    const { registry } = this.#options;
    refuse(registry.conflict(mapping));
    const release = registry.reserve(mapping);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Where the calls would go is settled before anything is called. */
  async #look(mapping: EventSourceMapping): Promise<void> {
    const { admit, probe } = this.#options;
    const because = admit(mapping);
    if (because !== undefined) throw new ApiFailure('InvalidParameterValueException', because);
    refuse(await probe(mapping, 'create'));
  }

  #updated({ record }: ManagedMapping, body: unknown): Updated {
    const merged = checked(updatedRequest(record.request, checked(readUpdate(body))));
    const world = this.#options.host.worldFor(record.origin);
    const parsed = checked(parseMapping(merged, world, { uuid: record.uuid }));
    return { ...parsed, request: merged };
  }

  #describe(managed: ManagedMapping): MappingDescription {
    const { host, board } = this.#options;
    const { ref, record, service } = managed;
    return describeMapping(
      {
        uuid: ref.uuid,
        arn: host.arnOf(managed),
        functionArn: record.functionArn,
        sourceType: record.sourceType,
        request: record.request,
      },
      {
        state: service.state,
        lastModified: record.lastModified,
        lastProcessingResult: board.lastProcessingResult(ref.uuid),
      },
    );
  }
}

function checked<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw failure(awsErrorOf(parsed.problems));
}

function refuse(error: AwsError | undefined): void {
  if (error !== undefined) throw failure(error);
}
