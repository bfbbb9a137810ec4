import type { BuiltInContext, SourceDefinition } from '../contracts/source-definition.js';
import type {
  KnownSources,
  SendField,
  SourceDescription,
  SourceKind,
  SourceRef,
} from '../contracts/source-description.js';
import type { FilterView } from '../contracts/filter-view.js';
import { customFields, describeCustom, isCustom, plainRecords, type CustomRef } from './custom/description.js';
import { documentdb } from './documentdb/description.js';
import { dynamodbDefinition } from './dynamodb/definition.js';
import { dynamodb } from './dynamodb/description.js';
import { msk, selfManagedKafka } from './kafka/description.js';
import { kinesisDefinition } from './kinesis/definition.js';
import { kinesis } from './kinesis/description.js';
import { mq } from './mq/description.js';
import { sqsDefinition } from './sqs/definition.js';
import { sqs } from './sqs/description.js';

/** A source as the runtime uses it, whatever its mappings name it by. */
export type OpenableSource = SourceDefinition<SourceRef, BuiltInContext>;

/** Sources that a configuration adds, by the name that ARNs have for them. */
type OwnSources = ReadonlyMap<string, SourceDefinition>;

interface BuiltInSource {
  readonly description: SourceDescription;
  /** Undefined: mappings can name it, and this version does not poll it. */
  readonly definition?: OpenableSource;
}

/**
 * The sources that come with millrace. One more is a folder beside this file, with its `description.ts` and
 * `definition.ts`, and a line here.
 */
const builtIn: Readonly<Record<Exclude<SourceKind, 'custom'>, BuiltInSource>> = {
  sqs: { description: sqs, definition: sqsDefinition },
  kinesis: { description: kinesis, definition: kinesisDefinition },
  dynamodb: { description: dynamodb, definition: dynamodbDefinition },
  msk: { description: msk },
  'self-managed-kafka': { description: selfManagedKafka },
  mq: { description: mq },
  documentdb: { description: documentdb },
};

/** What mappings are read with: what the sources of millrace, and those of a configuration, say of themselves. */
export function knownSources(own: OwnSources): KnownSources {
  return {
    builtIn: builtInDescriptions,
    own: new Map([...own].map(([name, definition]) => [name, describeCustom(definition)])),
  };
}

const builtInDescriptions: KnownSources['builtIn'] = Object.values(builtIn).map(({ description, definition }) => ({
  description,
  polled: definition !== undefined,
}));

/** What can be done with what a mapping reads. Undefined for a source that is not polled, or not of this configuration. */
export function definitionOf(ref: SourceRef, own: OwnSources): OpenableSource | undefined {
  if (!isCustom(ref)) return ref.kind === 'custom' ? undefined : builtIn[ref.kind].definition;
  const definition: SourceDefinition<CustomRef, BuiltInContext> | undefined = own.get(ref.source);
  return definition;
}

/** The sources that take a field of records that are sent, by kind. */
export function fieldTakers(field: SendField): readonly string[] {
  const takers = Object.values(builtIn).filter(
    ({ description, definition }) => definition !== undefined && description.send.fields.includes(field),
  );
  const names = takers.map(({ description }): string => description.kind);
  return customFields.includes(field) ? [...names, 'custom'] : names;
}

/** What filters see of the records of each source, by the names that people have for them. `custom`: of one of a configuration. */
export const filterViews: ReadonlyMap<string, FilterView> = new Map([
  ...builtInDescriptions.flatMap(({ description: { kind, filter, recordNames = [kind] } }) =>
    filter === undefined ? [] : recordNames.map((name) => [name, filter] as const),
  ),
  ['custom', plainRecords],
]);
