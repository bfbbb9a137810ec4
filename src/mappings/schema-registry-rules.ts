import { isProvisioned } from './accepted-parameters.js';
import { parseArn } from './arn.js';
import type { Path, Problem } from './problem.js';
import type { MappingInput } from './request.js';
import { none, problem, type Candidate, type Rule } from './rules.js';

type Block = 'AmazonManagedKafkaEventSourceConfig' | 'SelfManagedKafkaEventSourceConfig';
type Registry = NonNullable<NonNullable<MappingInput[Block]>['SchemaRegistryConfig']>;

/** The registry of a Kafka mapping is complete and can be used from here. */
export function schemaRegistry(block: Block): Rule {
  return (candidate) => {
    const registry = registryOf(candidate.request, block);
    if (registry === undefined) return none;
    const at = [block, 'SchemaRegistryConfig'] as const;
    if (!isProvisioned(candidate.request)) {
      return problem([...at], 'needs provisioned mode; set ProvisionedPollerConfig.MinimumPollers, or remove it');
    }
    return [
      ...addressProblems(registry, at, candidate),
      ...(registry.EventRecordFormat === undefined
        ? problem([...at, 'EventRecordFormat'], 'is missing; it must be JSON or SOURCE')
        : none),
      ...validationProblems(registry, [...at, 'SchemaValidationConfigs']),
    ];
  };
}

/** The registry of a request; an empty object stands for none. */
function registryOf(request: MappingInput, block: Block): Registry | undefined {
  const registry = request[block]?.SchemaRegistryConfig;
  return registry === undefined || Object.values(registry).every((value) => value === undefined) ? undefined : registry;
}

function addressProblems(registry: Registry, at: Path, { region, account }: Candidate): readonly Problem[] {
  const path = [...at, 'SchemaRegistryURI'];
  const { SchemaRegistryURI: uri, AccessConfigs = [] } = registry;
  if (uri === undefined)
    return problem(path, 'is missing; it must be the address of a registry, or the ARN of one of Glue');
  const arn = parseArn(uri);
  if (arn?.service === 'glue') {
    if (arn.region !== region || arn.account !== account) {
      return problem(path, `must be a Glue registry of account ${account} in ${region}`, { got: uri });
    }
    return AccessConfigs.length === 0
      ? none
      : problem([...at, 'AccessConfigs'], 'cannot be used with a registry of Glue; remove it');
  }
  if (/^https:\/\/[^/]+/.test(uri)) return none;
  return problem(path, 'must be an https:// address, or the ARN of a Glue registry', { got: uri });
}

function validationProblems({ SchemaValidationConfigs = [] }: Registry, path: Path): readonly Problem[] {
  const attributes = SchemaValidationConfigs.map(({ Attribute }) => Attribute);
  if (attributes.length === 0) return problem(path, 'is missing; it must name KEY, VALUE or both');
  const second = attributes.findIndex((attribute, index) => attributes.indexOf(attribute) !== index);
  return second === -1 ? none : problem([...path, second, 'Attribute'], `is ${attributes[second]} a second time`);
}
