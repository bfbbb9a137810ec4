import { isDeepStrictEqual } from 'node:util';
import { unsupported } from './rules/accepted-parameters.js';
import { awsName } from './aws-name.js';
import { isEmptyObject } from './empty-object.js';
import { kafkaBlocks, type KafkaBlock } from './rules/kafka-blocks.js';
import type { fixedParameters } from './schema/parameters.js';
import { failed, invalidParameter, type AwsError, type Parsed, type Problem } from './schema/problem.js';
import type { MappingInput, ParameterName, SelfManagedKafkaSourceConfig } from './schema/request.js';

/** The parameters of an UpdateEventSourceMapping request: any that are not fixed. */
export type UpdateInput = Partial<Omit<MappingInput, (typeof fixedParameters)[number]>>;

/**
 * The parameters of a mapping after an update: what is given replaces what was, what is left out stays. Empty values clear:
 * they are kept as they are, and mean what they would mean in a new mapping.
 */
export function updatedRequest(before: MappingInput, update: UpdateInput): Parsed<MappingInput> {
  const problems = [
    ...consumerGroupProblems(update),
    ...virtualHostProblems(update),
    ...namespaceProblems(before, update),
    ...lostPollers(before, update),
  ];
  if (problems.length > 0) return failed(...problems);
  const given = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined)) as UpdateInput;
  return {
    ok: true,
    value: {
      ...before,
      ...given,
      ...pollers(before, update),
      ...access(before, update),
      ...documents(before, update),
      ...block('AmazonManagedKafkaEventSourceConfig', before, update),
      ...block('SelfManagedKafkaEventSourceConfig', before, update),
    },
  };
}

/** The consumer group stays, and is refused even when it is the same. */
function consumerGroupProblems(update: UpdateInput): readonly Problem[] {
  return kafkaBlocks.flatMap((name) => {
    const given: SelfManagedKafkaSourceConfig = update[name] ?? {};
    return (['ConsumerGroupId', 'ConsumptionMode'] as const)
      .filter((member) => given[member] !== undefined)
      .map((member) => {
        const aws = unsupported(`'${awsName(name, member)}'`);
        return { path: [name, member], message: 'cannot be changed; leave it out', aws };
      });
  });
}

function virtualHostProblems({ SourceAccessConfigurations: given = [] }: UpdateInput): readonly Problem[] {
  const index = given.findIndex(({ Type }) => Type === 'VIRTUAL_HOST');
  if (index === -1) return [];
  const path = ['SourceAccessConfigurations', index, 'Type'];
  const message = 'must not be VIRTUAL_HOST in an update: a mapping keeps its virtual host';
  return [{ path, message, aws: invalidParameters('VIRTUAL_HOST') }];
}

/** The database and collection that are read stay: the resume token belongs to them. */
function namespaceProblems(
  { DocumentDBEventSourceConfig: former }: MappingInput,
  { DocumentDBEventSourceConfig: given }: UpdateInput,
): readonly Problem[] {
  if (former === undefined) return [];
  const changed = (['CollectionName', 'DatabaseName'] as const).filter(
    (member) => given?.[member] !== undefined && given[member] !== former[member],
  );
  const aws = invalidParameters(...changed.map((member) => awsName(member)));
  return changed.map((member) => {
    const message = 'cannot be changed; leave it out, or make a new mapping';
    return { path: ['DocumentDBEventSourceConfig', member], message, aws };
  });
}

function invalidParameters(...names: readonly string[]): AwsError {
  return invalidParameter(`Invalid parameters: ${names.join(', ')}`);
}

/** A registry of schemas needs provisioned pollers. */
function lostPollers(before: MappingInput, update: UpdateInput): readonly Problem[] {
  const { ProvisionedPollerConfig: config } = update;
  if (config === undefined || !isEmptyObject(config)) return [];
  const kept = kafkaBlocks.some((name) => {
    const registry = (block(name, before, update)[name] ?? before[name])?.SchemaRegistryConfig;
    return registry !== undefined && !isEmptyObject(registry);
  });
  if (!kept) return [];
  return [
    { path: ['ProvisionedPollerConfig'], message: 'cannot be removed from a mapping that has a schema registry' },
  ];
}

/** Of a poller configuration what is left out stays, unless all of it is. */
function pollers(before: MappingInput, { ProvisionedPollerConfig: given }: UpdateInput): Partial<MappingInput> {
  if (given === undefined || isEmptyObject(given)) return {};
  return { ProvisionedPollerConfig: { ...before.ProvisionedPollerConfig, ...given } };
}

/** The virtual host stays when the other ways of access are replaced. */
function access(
  { SourceAccessConfigurations: former = [] }: MappingInput,
  { SourceAccessConfigurations: given }: UpdateInput,
): Partial<MappingInput> {
  if (given === undefined) return {};
  return { SourceAccessConfigurations: [...given, ...former.filter(({ Type }) => Type === 'VIRTUAL_HOST')] };
}

/** The database and collection need not be repeated. */
function documents(
  { DocumentDBEventSourceConfig: former }: MappingInput,
  { DocumentDBEventSourceConfig: given }: UpdateInput,
): Partial<MappingInput> {
  return given === undefined ? {} : { DocumentDBEventSourceConfig: { ...former, ...given } };
}

/** An empty registry removes it; a block without one keeps what there is. */
function block<Name extends KafkaBlock>(
  name: Name,
  before: MappingInput,
  update: UpdateInput,
): Partial<Pick<MappingInput, Name>> {
  const registry = update[name]?.SchemaRegistryConfig;
  if (update[name] === undefined) return {};
  if (registry === undefined) return { [name]: before[name] ?? {} } as Partial<Pick<MappingInput, Name>>;
  const { SchemaRegistryConfig: _, ...rest } = before[name] ?? {};
  const next = isEmptyObject(registry) ? rest : { ...rest, SchemaRegistryConfig: registry };
  return { [name]: next } as Partial<Pick<MappingInput, Name>>;
}

/** Names of the parameters in which two mappings differ. */
export function differingParameters(one: MappingInput, other: MappingInput): readonly ParameterName[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as ReadonlySet<ParameterName>;
  return [...names].filter((name) => !isDeepStrictEqual(one[name], other[name]));
}
