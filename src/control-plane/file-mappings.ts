import { isDeepStrictEqual } from 'node:util';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import { withName } from '../mappings/identity.js';
import { madeOverApi, type MappingRecord } from '../mappings/mapping-record.js';
import type { MappingInput } from '../mappings/schema/request.js';
import { runnableInFile, targetOf, type ManagedMapping, type Runnable } from './managed-mapping.js';
import type { MappingChanges } from './mapping-changes.js';
import type { MappingHost } from './mapping-host.js';
import type { MappingRegistry } from './mapping-registry.js';
import { restoredName } from './restored-name.js';
import { transition } from './transitions.js';

/** A mapping of the configuration file, which may also be given anew while the runtime runs. */
type InFile = EventSourceMapping;

/**
 * Keeps the mappings of a runtime in step with the configuration file, and brings back those that were made over the API
 * before a restart.
 */
export class FileMappings {
  readonly #registry: MappingRegistry;
  readonly #changes: MappingChanges;
  readonly #host: MappingHost;
  #file = new Map<string, MappingInput>();

  constructor(registry: MappingRegistry, changes: MappingChanges, host: MappingHost) {
    this.#registry = registry;
    this.#changes = changes;
    this.#host = host;
  }

  /**
   * Takes in what the file has and what was stored, and begins. Rejects when a mapping of the file cannot be opened;
   * one that was made over the API then says so itself.
   */
  async begin(mappings: readonly InFile[], stored: readonly MappingRecord[]): Promise<void> {
    const names = new Set(mappings.map(({ name }) => name));
    const restored = this.#restore(stored, names);
    const own = mappings.map((mapping) => this.#take(mapping, mapping.name));
    this.#file = new Map(mappings.map(({ uuid, request }) => [uuid, request]));
    await this.#forgetChanges(stored, own);
    for (const managed of restored) this.#refuseTwin(managed);
    for (const managed of own) await managed.service.begin(targetOf(managed));
    for (const managed of restored) void managed.service.begin(targetOf(managed)).catch(() => {});
  }

  /** Carries out the difference between the file as it was and as it is. What is not different goes on undisturbed. */
  async reload(mappings: readonly InFile[]): Promise<void> {
    const before = this.#file;
    this.#file = new Map(mappings.map(({ uuid, request }) => [uuid, request]));
    const removed = [...before.keys()].filter((uuid) => !this.#file.has(uuid));
    const changed = mappings.filter(({ uuid, request }) => !isDeepStrictEqual(before.get(uuid), request));
    const work: Promise<void>[] = [];
    const begin = (uuid: string, change: () => Promise<void> | undefined): Promise<void> =>
      this.#changes.inTurn(uuid, async () => {
        await this.#changes.store((store) => store.remove(uuid));
        work.push(change() ?? Promise.resolve());
      });
    await Promise.all([
      ...removed.map((uuid) => begin(uuid, () => this.#removed(uuid))),
      ...changed.map((mapping) => begin(mapping.uuid, () => this.#changed(mapping))),
    ]);
    await this.#resolveAll();
    await Promise.all(work);
  }

  #restore(stored: readonly MappingRecord[], taken: Set<string>): readonly ManagedMapping[] {
    return madeOverApi(stored).map((record) => {
      const runnable = this.#host.resolve(record, record.name);
      const mapping = runnable.kind === 'mapping' ? runnable.mapping : undefined;
      const name = restoredName(record, mapping, taken);
      taken.add(name);
      // Where the functions are may have been changed.
      const functionArn = mapping?.function.arn ?? record.functionArn;
      return this.#host.manage({ ...record, name, functionArn }, named(runnable, name), name);
    });
  }

  #take(mapping: InFile, name: string): ManagedMapping {
    const record = this.#host.newRecord(mapping, 'file');
    return this.#host.manage(record, runnableInFile(mapping, record, name), name, mapping.request);
  }

  /** Changes over the API to mappings of the file end with the process; what was lost is said once. */
  async #forgetChanges(stored: readonly MappingRecord[], own: readonly ManagedMapping[]): Promise<void> {
    for (const { uuid, changes } of stored.filter(({ origin }) => origin === 'file')) {
      const managed = own.find(({ ref }) => ref.uuid === uuid);
      if (managed !== undefined) this.#host.notify([lost(managed.ref.name, changes)]);
      await this.#changes.store((store) => store.remove(uuid));
    }
  }

  /** The file may have got a mapping that was made over the API before. */
  #refuseTwin(managed: ManagedMapping): void {
    if (managed.runnable.kind !== 'mapping') return;
    const twin = this.#registry.twinInFile(managed.runnable.mapping);
    if (managed.record.origin === 'file' || twin === undefined) return;
    const because = `the configuration file has the same mapping (${twin.ref.name}); delete this one, which was made over the API`;
    managed.runnable = { kind: 'impossible', because };
  }

  #removed(uuid: string): Promise<void> | undefined {
    const managed = this.#registry.byUuid(uuid);
    // It may have been deleted over the API.
    return managed === undefined ? undefined : this.#host.end(managed, 'removed from the configuration file');
  }

  async #changed(mapping: InFile): Promise<void> {
    const managed = this.#registry.byUuid(mapping.uuid);
    if (managed === undefined) return this.#added(mapping);
    if (managed.ending === undefined) return this.#replace(managed, mapping);
    await managed.ending;
    const added = this.#added(mapping);
    await this.#resolveAll();
    await added;
  }

  /** Gives a mapping the settings that the file has now. */
  async #replace(managed: ManagedMapping, mapping: InFile): Promise<void> {
    const { number, begun } = managed.record;
    const was = managed.service.state;
    managed.record = { ...this.#host.newRecord(mapping, 'file'), number, begun };
    managed.inFile = mapping.request;
    managed.runnable = runnableInFile(mapping, managed.record, managed.ref.name);
    this.#host.show(managed);
    const state = was === 'Creating' ? was : transition(was, managed.record.request);
    await managed.service.change(targetOf(managed), state, 'changed in the configuration file');
  }

  async #added(mapping: InFile): Promise<void> {
    const added = this.#take(mapping, withName(mapping, this.#registry.names()).name);
    await added.service.change(targetOf(added), added.service.state, 'added to the configuration file');
  }

  /** Functions, versions and aliases come and go with the file, and so do mappings that others have to give way to. */
  async #resolveAll(): Promise<void> {
    const all = this.#registry.all();
    await Promise.all(all.map((one) => this.#changes.inTurn(one.ref.uuid, async () => this.#resolveAgain(one))));
  }

  #resolveAgain(managed: ManagedMapping): void {
    if (managed.ending !== undefined) return;
    const before = managed.runnable;
    managed.runnable = named(this.#host.resolve(managed.record, managed.ref.name), managed.ref.name);
    this.#refuseTwin(managed);
    if (isDeepStrictEqual(before, managed.runnable)) return;
    const state = managed.service.state === 'Enabled' ? 'Updating' : managed.service.state;
    void managed.service.change(targetOf(managed), state, 'the configuration file has changed');
  }
}

function named(runnable: Runnable, name: string): Runnable {
  if (runnable.kind === 'impossible') return runnable;
  const mapping: AnyMapping = { ...runnable.mapping, name };
  return { kind: 'mapping', mapping };
}

function lost(name: string, changes: readonly string[]): string {
  const what = changes.includes('deleted')
    ? 'was deleted over the API, and is there again'
    : `was changed over the API (${changes.join(', ')}), and has the settings of the file again`;
  return `mapping ${name} ${what}: mappings of the configuration file are changed by editing the file`;
}
