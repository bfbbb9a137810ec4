import { secretProblem } from './access-rules.js';
import { parseArn } from '../arn.js';
import { isEmptyObject } from '../empty-object.js';
import { kafkaBlockOf } from './kafka-blocks.js';
import type { Path, Problem } from '../schema/problem.js';
import { lacksPollers } from './provisioned.js';
import type { SchemaRegistryConfig } from '../schema/request.js';
import { none, problem, type Candidate, type Rule } from './rules.js';

/** The registry of a Kafka mapping is complete and can be used from here; an empty one stands for none. */
export const schemaRegistry: Rule = (candidate) => {
  const block = kafkaBlockOf(candidate.type);
  const registry = block === undefined ? undefined : candidate.request[block]?.SchemaRegistryConfig;
  if (block === undefined || registry === undefined || isEmptyObject(registry)) return none;
  const at = [block, 'SchemaRegistryConfig'];
  if (lacksPollers(candidate)) {
    return problem(at, 'needs provisioned mode; set ProvisionedPollerConfig.MinimumPollers, or remove it');
  }
  return [
    ...addressProblems(registry, at, candidate),
    ...(registry.EventRecordFormat === undefined
      ? problem([...at, 'EventRecordFormat'], 'is missing; it must be JSON or SOURCE')
      : none),
    ...accessProblems(registry, [...at, 'AccessConfigs']),
    ...validationProblems(registry, [...at, 'SchemaValidationConfigs']),
  ];
};

function addressProblems(
  { SchemaRegistryURI: uri }: SchemaRegistryConfig,
  at: Path,
  here: Candidate,
): readonly Problem[] {
  const path = [...at, 'SchemaRegistryURI'];
  if (uri === undefined) {
    return problem(path, 'is missing; it must be the address of a registry, or the ARN of one of Glue');
  }
  const glue = glueRegistry(uri);
  if (glue === undefined) {
    const isAddress = /^https:\/\/[^/:@]/.test(uri);
    return isAddress ? none : problem(path, 'must be an https:// address, or the ARN of a Glue registry', { got: uri });
  }
  if (glue.region === here.region && glue.account === here.account) return none;
  return problem(path, `must be a Glue registry of account ${here.account} in ${here.region}`, { got: uri });
}

function glueRegistry(uri: string): { readonly region: string; readonly account: string } | undefined {
  const arn = parseArn(uri);
  return arn?.service === 'glue' && /^registry\/./.test(arn.resource) ? arn : undefined;
}

function accessProblems(
  { SchemaRegistryURI: uri = '', AccessConfigs = [] }: SchemaRegistryConfig,
  path: Path,
): readonly Problem[] {
  if (AccessConfigs.length > 0 && glueRegistry(uri) !== undefined) {
    return problem(path, 'cannot be used with a registry of Glue; remove it');
  }
  return AccessConfigs.flatMap(({ Type, URI }, index) => {
    if (Type === undefined) return problem([...path, index, 'Type'], 'is missing; it must be a kind of access');
    const at = [...path, index, 'URI'];
    return URI === undefined ? problem(at, `is missing; ${Type} needs it`) : secretProblem(URI, Type, at);
  });
}

function validationProblems({ SchemaValidationConfigs = [] }: SchemaRegistryConfig, path: Path): readonly Problem[] {
  const attributes = SchemaValidationConfigs.map(({ Attribute }) => Attribute);
  if (attributes.length === 0) return problem(path, 'is missing; it must name KEY, VALUE or both');
  return attributes.flatMap((attribute, index) => {
    const at = [...path, index, 'Attribute'];
    if (attribute === undefined) return problem(at, 'is missing; it must be KEY or VALUE');
    return attributes.indexOf(attribute) === index
      ? none
      : problem(at, `is ${attribute} a second time; remove one of them`);
  });
}
