import type { FunctionDefinition } from '../../functions/definition.js';
import { latest } from '../../functions/environment-spec.js';
import { parseArn, type Place } from '../../mappings/arn.js';
import { parseFunctionReference } from '../../mappings/function-name.js';
import { Refusal, validationRefusal } from './refusal.js';

export interface FoundFunction {
  readonly definition: FunctionDefinition;
  /** As the caller named it; undefined: not at all, which means `$LATEST`. */
  readonly qualifier: string | undefined;
}

interface FunctionRequest {
  /** A name, or a partial or full ARN; each may end in a qualifier. */
  readonly name: string;
  /** `?Qualifier=`. */
  readonly qualifier: string | undefined;
}

/** What the API model of Lambda says of names and qualifiers. */
const namePattern =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
const qualifierPattern = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';
const qualifierRule = new RegExp(`^(?:${qualifierPattern})$`);
const longestQualifier = 128;

/** The function that a request is about. */
export function findFunction(
  functions: readonly FunctionDefinition[],
  { name, qualifier: separate = '' }: FunctionRequest,
  here: Place,
): FoundFunction | Refusal {
  const reference = parseReference(name, here);
  if (reference === undefined) return broken('functionName', name, namePattern);
  const bad = separate === '' ? undefined : qualifierProblem(separate);
  if (bad !== undefined) return bad;
  const { qualifier = separate } = reference;
  if (separate !== '' && qualifier !== separate) {
    const message = 'The derived qualifier from the function name does not match the specified qualifier.';
    return new Refusal('InvalidParameterValueException', message);
  }
  if (reference.region !== here.region) {
    const message = `Functions from '${reference.region}' are not reachable in this region ('${here.region}')`;
    return new Refusal('ResourceNotFoundException', message);
  }
  const definition = functions.find(({ arn }) => arn === reference.arn);
  const known = qualifier === '' || qualifier === latest || definition?.qualified.has(qualifier) === true;
  if (definition === undefined || !known)
    return notFound(qualifier === '' ? reference.arn : `${reference.arn}:${qualifier}`);
  return { definition, qualifier: qualifier === '' ? undefined : qualifier };
}

interface Reference {
  /** Without qualifier. */
  readonly arn: string;
  readonly region: string;
  readonly qualifier: string | undefined;
}

function parseReference(name: string, here: Place): Reference | undefined {
  const given = parseFunctionReference(name, here);
  const parsed = given === undefined ? undefined : parseArn(given);
  if (given === undefined || parsed === undefined) return undefined;
  const [, , qualifier] = parsed.resource.split(':');
  const arn = qualifier === undefined ? given : given.slice(0, -`:${qualifier}`.length);
  return { arn, region: parsed.region, qualifier };
}

function qualifierProblem(qualifier: string): Refusal | undefined {
  if (!qualifierRule.test(qualifier)) return broken('qualifier', qualifier, qualifierPattern);
  if (qualifier.length <= longestQualifier) return undefined;
  const constraint = `Member must have length less than or equal to ${longestQualifier}`;
  return validationRefusal([{ parameter: 'qualifier', value: qualifier, constraint }]);
}

function broken(parameter: string, value: string, pattern: string): Refusal {
  return validationRefusal([
    { parameter, value, constraint: `Member must satisfy regular expression pattern: ${pattern}` },
  ]);
}

function notFound(arn: string): Refusal {
  return new Refusal('ResourceNotFoundException', `Function not found: ${arn}`);
}
