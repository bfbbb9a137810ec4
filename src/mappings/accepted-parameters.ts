import { acceptance, parameterNames, type SourceType } from './parameters.js';
import { invalidParameter, type AwsError } from './problem.js';
import type { MappingInput, ParameterName } from './request.js';
import { mappingsOf, none, problem, type Rule } from './rules.js';

/** What to do instead, where there is something. */
export type Instead = Partial<Readonly<Record<ParameterName, string>>>;

/** How AWS refuses a parameter that the source does not take. */
export function unsupportedParameter(name: string): AwsError {
  return invalidParameter(`Unsupported ${name} parameter for given event source mapping type.`);
}

/** How AWS words that a parameter is missing which the source cannot do without. */
export function requiredParameter(name: string): AwsError {
  return invalidParameter(`Required '${lowerCamel(name)}' parameter is missing.`);
}

export function lowerCamel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Parameters that are given and that the source does not take. */
export function refusedParameters(request: MappingInput, type: SourceType): readonly ParameterName[] {
  return parameterNames.filter((name) => request[name] !== undefined && acceptance(name, type) === '-');
}

/** No parameter that the source does not take, and no destination for what succeeded. */
export function takesParameters(instead: Instead): Rule {
  return ({ request, source, type }) => {
    const refused = refusedParameters(request, type).flatMap((name) => {
      const message = `is not a parameter of ${mappingsOf(source)}; ${instead[name] ?? 'remove it'}`;
      const path =
        name === 'DestinationConfig' && request[name]?.OnSuccess !== undefined ? [name, 'OnSuccess'] : [name];
      return problem(path, message, { aws: unsupportedParameter(name) });
    });
    const onSuccess = request.DestinationConfig?.OnSuccess;
    if (onSuccess === undefined || acceptance('DestinationConfig', type) === '-') return refused;
    const message = `is not a parameter of ${mappingsOf(source)}; remove it`;
    const aws = unsupportedParameter('DestinationConfig');
    return [...problem(['DestinationConfig', 'OnSuccess'], message, { aws }), ...refused];
  };
}

/** Checked in a way of their own. */
const checkedElsewhere: readonly ParameterName[] = ['FunctionName', 'EventSourceArn', 'StartingPosition'];

/** Nothing is missing that the source cannot do without. */
export const givesRequired: Rule = ({ request, source, type, malformed }) =>
  parameterNames.flatMap((name) => {
    if (request[name] !== undefined || malformed.has(name) || checkedElsewhere.includes(name)) return none;
    if (acceptance(name, type) !== 'R') return none;
    return problem([name], `is missing; ${mappingsOf(source)} need it`, { aws: requiredParameter(name) });
  });

/** Values by which a parameter of provisioned mode says that it is not used. */
function isUsed(name: ParameterName, request: MappingInput): boolean {
  const value: unknown = request[name];
  if (value === undefined || value === false || value === -1) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || value === null || Object.values(value).some((part) => !isEmpty(part));
}

function isEmpty(part: unknown): boolean {
  return part === undefined || (Array.isArray(part) && part.length === 0);
}

/** What only provisioned pollers do. */
export const provisionedOnly: Rule = ({ request, source, type }) => {
  if (isProvisioned(request)) return none;
  return parameterNames
    .filter((name) => acceptance(name, type) === 'p' && isUsed(name, request))
    .flatMap((name) =>
      problem([name], `needs provisioned mode in ${mappingsOf(source)}; set ProvisionedPollerConfig, or remove it`, {
        aws: invalidParameter(
          `Unsupported ${name} parameter for given event source mapping type without ProvisionedPollerConfig.`,
        ),
      }),
    );
};

export function isProvisioned({ ProvisionedPollerConfig: config }: MappingInput): boolean {
  return config?.MinimumPollers !== undefined || config?.MaximumPollers !== undefined;
}
