import type { Idling } from '../delivery/idle.js';
import { consumerGroupOf, duplicateError, isDuplicate } from '../mappings/duplicates.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import { invalidParameter, type AwsError } from '../mappings/schema/problem.js';
import { findMapping, type Unnamed } from '../mappings/identity.js';
import { mappingNotFound } from './api-failure.js';
import type { ManagedMapping } from './managed-mapping.js';

/** All mappings that there are. */
export class MappingRegistry {
  readonly #mappings = new Map<string, ManagedMapping>();
  /** Mappings that are about to be made: what would be a duplicate of one must not be made meanwhile. */
  readonly #reserved = new Map<string, Unnamed | AnyMapping>();
  #lastNumber = 0;

  add(managed: ManagedMapping): void {
    this.#mappings.set(managed.ref.uuid, managed);
    this.#lastNumber = Math.max(this.#lastNumber, managed.record.number);
  }

  remove(uuid: string): void {
    this.#mappings.delete(uuid);
  }

  /** A number that is higher than those of all mappings there were. */
  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** In the order in which they were made, which is not that in which they were stored. */
  inOrder(): readonly ManagedMapping[] {
    return this.all().toSorted((one, other) => one.record.number - other.record.number);
  }

  all(): readonly ManagedMapping[] {
    return [...this.#mappings.values()];
  }

  byUuid(uuid: string): ManagedMapping | undefined {
    return this.#mappings.get(uuid.toLowerCase());
  }

  /** Throws the error of the API for a mapping that there is not. */
  get(uuid: string): ManagedMapping {
    const found = this.byUuid(uuid);
    if (found === undefined) throw mappingNotFound();
    return found;
  }

  names(): ReadonlySet<string> {
    const reserved = [...this.#reserved.values()].flatMap((mapping) => ('name' in mapping ? [mapping.name] : []));
    return new Set([...this.all().map(({ ref }) => ref.name), ...reserved]);
  }

  /** Keeps a place for a mapping, and its name if it has one, until the returned function is called. */
  reserve(mapping: Unnamed | AnyMapping): () => void {
    this.#reserved.set(mapping.uuid, mapping);
    return () => this.#reserved.delete(mapping.uuid);
  }

  /** A mapping of the file of the same function and source, which stays. */
  twinInFile(mapping: AnyMapping): ManagedMapping | undefined {
    return this.all().find(
      ({ ref, runnable, record, ending }) =>
        ref.uuid !== mapping.uuid &&
        record.origin === 'file' &&
        ending === undefined &&
        runnable.kind === 'mapping' &&
        isDuplicate(mapping, runnable.mapping),
    );
  }

  /** Why there cannot be this mapping beside the others. */
  conflict(mapping: Unnamed): AwsError | undefined {
    const others = this.#others(mapping.uuid);
    const same = others.find((other) => isDuplicate(mapping, other));
    if (same !== undefined) return duplicateError(mapping, same);
    const group = consumerGroupOf(mapping);
    if (group === undefined || others.every((other) => consumerGroupOf(other) !== group)) return undefined;
    return invalidParameter(
      `The consumer group ${group} is used by another event source mapping: choose another ConsumerGroupId.`,
    );
  }

  /** The mapping that a person means; throws a `MillraceError` when there is none that can be run. */
  named(name: string): EventSourceMapping {
    const runnable = this.all().flatMap((managed) => {
      const mapping = managed.runnable.kind === 'mapping' ? managed.runnable.mapping : undefined;
      return mapping === undefined || mapping.kind === 'unpolled' ? [] : [mapping];
    });
    return findMapping(runnable, name);
  }

  /** Whether a delivery holds the source and the checkpoints of a mapping. */
  isDelivering(uuid: string): boolean {
    return this.byUuid(uuid)?.service.isDelivering === true;
  }

  /** Mappings that ask for the metrics of their records. */
  measured(): ReadonlySet<string> {
    const asked = this.all().filter(({ record }) => record.request.MetricsConfig?.Metrics?.includes('EventCount'));
    return new Set(asked.map(({ ref }) => ref.uuid));
  }

  /** What has to be idle for the runtime to be so. */
  awaited(): readonly Idling[] {
    return this.all().flatMap(({ service }) => (service.isEnabled ? [service] : []));
  }

  get longestReceiveMs(): number {
    return Math.max(0, ...this.all().map(({ service }) => service.longestReceiveMs));
  }

  #others(uuid: string): readonly Unnamed[] {
    const known = this.all().flatMap(({ runnable }): readonly AnyMapping[] =>
      runnable.kind === 'mapping' ? [runnable.mapping] : [],
    );
    return [...known, ...this.#reserved.values()].filter((other) => other.uuid !== uuid);
  }
}
