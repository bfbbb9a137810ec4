import { awsName } from '../aws-name.js';
import { isCleared } from '../cleared.js';
import type { SourceType } from '../../contracts/source-description.js';
import { acceptance, parameterNames } from '../schema/parameters.js';
import { invalidParameter, type AwsError } from '../schema/problem.js';
import { lacksPollers } from './provisioned.js';
import type { MappingInput, ParameterName } from '../schema/request.js';
import { mappingsOf, none, problem, type Rule } from './rules.js';

/** What to do instead, where there is something. */
type Instead = Partial<Readonly<Record<ParameterName, string>>>;

/** Sources of which AWS names a parameter as it was sent; of the others it says `'topics'`. */
const namedAsSent: readonly SourceType[] = ['sqs', 'kinesis', 'dynamodb'];

/** How AWS refuses a parameter that the source does not take. */
function unsupportedParameter(name: ParameterName, type: SourceType): AwsError {
  return unsupported(namedAsSent.includes(type) ? name : `'${awsName(name)}'`);
}

/** The same of a parameter, or a part of one, that is named as AWS would name it. */
export function unsupported(named: string): AwsError {
  return invalidParameter(`Unsupported ${named} parameter for given event source mapping type.`);
}

/** How AWS words that a parameter is missing which the source cannot do without. */
export function requiredParameter(name: string): AwsError {
  return invalidParameter(`Required '${awsName(name)}' parameter is missing.`);
}

/** Parameters that are given and that the source does not take. */
export function refusedParameters(request: MappingInput, type: SourceType): readonly ParameterName[] {
  return parameterNames.filter((name) => request[name] !== undefined && acceptance(name, type) === '-');
}

/** No parameter that the source does not take, and no destination for what succeeded. */
export function takesParameters(instead: Instead): Rule {
  return ({ request, description, type }) => {
    const refused = refusedParameters(request, type).flatMap((name) => {
      const message = `is not a parameter of ${mappingsOf(description)}; ${instead[name] ?? 'remove it'}`;
      const path =
        name === 'DestinationConfig' && request[name]?.OnSuccess !== undefined ? [name, 'OnSuccess'] : [name];
      return problem(path, message, { aws: unsupportedParameter(name, type) });
    });
    const onSuccess = request.DestinationConfig?.OnSuccess;
    if (onSuccess === undefined || acceptance('DestinationConfig', type) === '-') return refused;
    const message = `is not a parameter of ${mappingsOf(description)}; remove it`;
    const aws = unsupportedParameter('DestinationConfig', type);
    return [...problem(['DestinationConfig', 'OnSuccess'], message, { aws }), ...refused];
  };
}

/** Checked in a way of their own. */
const checkedElsewhere: readonly ParameterName[] = ['FunctionName', 'EventSourceArn', 'StartingPosition'];

/** Nothing is missing that the source cannot do without; an empty list is as good as none. */
export const givesRequired: Rule = ({ request, description, type, malformed }) =>
  parameterNames.flatMap((name) => {
    const value = request[name];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined;
    if (isGiven || malformed.has(name) || checkedElsewhere.includes(name)) return none;
    if (acceptance(name, type) !== 'R') return none;
    return problem([name], `is missing; ${mappingsOf(description)} need it`, { aws: requiredParameter(name) });
  });

/** Whether a parameter asks for anything: with its default value it does not. */
function isUsed(name: ParameterName, request: MappingInput): boolean {
  const value: unknown = request[name];
  return value !== false && value !== -1 && !isCleared(value);
}

/** What only provisioned pollers do. */
export const provisionedOnly: Rule = (candidate) => {
  const { request, description, type } = candidate;
  if (!lacksPollers(candidate)) return none;
  return parameterNames
    .filter((name) => acceptance(name, type) === 'p' && isUsed(name, request))
    .flatMap((name) =>
      problem(
        [name],
        `needs provisioned mode in ${mappingsOf(description)}; set ProvisionedPollerConfig, or remove it`,
      ),
    );
};
