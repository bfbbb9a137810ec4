import { apiInput } from '../mappings/schema/api-input.js';
import { awsErrorOf, validationError, violation } from '../mappings/schema/problem.js';
import { tagsSchema } from '../mappings/schema/request-schema.js';
import { ApiFailure, failure } from './api-failure.js';
import { withTags } from './file-differences.js';
import type { ManagedMapping } from './managed-mapping.js';
import type { MappingChanges } from './mapping-changes.js';
import type { MappingHost } from './mapping-host.js';
import type { MappingRegistry } from './mapping-registry.js';

/** What Lambda takes as the ARN of something that can have tags. */
const taggable =
  'arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})';
const taggablePattern = new RegExp(`^(?:${taggable})$`);
const mostTags = 50;

type TagSet = Readonly<Record<string, string>>;

/** The tags of mappings. Operations throw an `ApiFailure`. */
export class Tags {
  readonly #registry: MappingRegistry;
  readonly #changes: MappingChanges;
  readonly #host: Pick<MappingHost, 'arnOf'>;

  constructor(registry: MappingRegistry, changes: MappingChanges, host: Pick<MappingHost, 'arnOf'>) {
    this.#registry = registry;
    this.#changes = changes;
    this.#host = host;
  }

  list(arn: string): TagSet {
    return this.#find(arn).record.tags;
  }

  /** Adds tags, and replaces those of the same key. */
  async add(arn: string, body: unknown): Promise<void> {
    const managed = this.#find(arn);
    const { input, problems } = apiInput(tagsSchema, body);
    if (problems.length > 0) throw failure(awsErrorOf(problems));
    const { Tags: added } = input as { readonly Tags: TagSet };
    await this.#set(managed, (before) => {
      const tags = { ...before, ...added };
      const count = Object.keys(tags).length;
      if (count <= mostTags) return tags;
      const message = `${count} tags are too many: an event source mapping may have up to ${mostTags}.`;
      throw new ApiFailure('InvalidParameterValueException', message);
    });
  }

  /** Removes tags; keys that there are not are no error. */
  async remove(arn: string, keys: readonly string[]): Promise<void> {
    const managed = this.#find(arn);
    if (keys.length === 0) {
      throw failure(validationError([violation(null, 'tagKeys', 'Member must not be null')]));
    }
    await this.#set(managed, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key))),
    );
  }

  #set({ ref }: ManagedMapping, tagsOf: (before: TagSet) => TagSet): Promise<void> {
    return this.#changes.inTurn(ref.uuid, async () => {
      const managed = this.#registry.get(ref.uuid);
      await this.#changes.change(managed, { tags: tagsOf(managed.record.tags), changes: withTags(managed) });
      managed.service.note('tags changed over the API');
    });
  }

  #find(arn: string): ManagedMapping {
    if (!taggablePattern.test(arn)) {
      const constraint = `Member must satisfy regular expression pattern: ${taggable}`;
      throw failure(validationError([violation(arn, 'resource', constraint)]));
    }
    if (!arn.includes(':event-source-mapping:')) {
      const message = `Tags of functions are not kept: ${arn} is defined in the configuration file.`;
      throw new ApiFailure('InvalidParameterValueException', message);
    }
    const managed = this.#registry.byUuid(arn.split(':').at(-1) ?? '');
    if (managed !== undefined && this.#host.arnOf(managed) === arn) return managed;
    throw new ApiFailure('ResourceNotFoundException', `Event source mapping not found: ${arn}`);
  }
}
