import { closest } from './schema/fields.js';
import { lambdaArn, type Home } from './arn.js';
import type { FunctionRef } from './event-source-mapping.js';
import { failed, invalidParameter, type Parsed, type Problem } from './schema/problem.js';

/** What a mapping needs to know of a function: the aliases and versions it has. */
interface KnownFunction {
  readonly qualifiers: ReadonlySet<string>;
  /** Its `Timeout`. */
  readonly timeoutMs?: number;
}

export type KnownFunctions = ReadonlyMap<string, KnownFunction>;

export const functionNameRules = {
  max: 64,
  pattern: /^[a-zA-Z0-9-_]+$/,
  what: 'a Lambda function name (letters, digits, - and _)',
} as const;

const forms =
  /^(?:arn:aws[a-z-]*:lambda:(?<region>[a-z0-9-]+):(?<owner>\d{12}):function:|(?<partialOwner>\d{12}):function:)?(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;

/** Resolves every form that Lambda takes: `orders`, `orders:live`, a full or a partial ARN, with or without a qualifier. */
export function parseFunctionName(given: string, here: Home, known: KnownFunctions): Parsed<FunctionRef> {
  const groups = forms.exec(given)?.groups;
  if (groups === undefined) {
    return failed(problem('must be a function name, name:qualifier, or the ARN of a function', given));
  }
  const { name = '', qualifier, region = here.region } = groups;
  const account = groups['owner'] ?? groups['partialOwner'] ?? here.account;
  const message = elsewhere({ region, account }, here) ?? missing(name, qualifier, known);
  if (message !== undefined) {
    return failed({ ...problem(message, given), aws: invalidParameter('Function does not exist') });
  }
  const resource = qualifier === undefined ? `function:${name}` : `function:${name}:${qualifier}`;
  return { ok: true, value: { name, qualifier, arn: lambdaArn(here, resource) } };
}

/** The ARN that a name stands for, whether or not there is such a function; undefined for what is no name. */
export function parseFunctionReference(given: string, here: Home): string | undefined {
  const groups = forms.exec(given)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', qualifier, region = here.region } = groups;
  const account = groups['owner'] ?? groups['partialOwner'] ?? here.account;
  return lambdaArn({ region, account }, `function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`);
}

function problem(message: string, value: string): Problem {
  return { path: ['FunctionName'], message, got: { value } };
}

function elsewhere(given: Home, here: Home): string | undefined {
  if (given.region === here.region && given.account === here.account) return undefined;
  return (
    `names a function of account ${given.account} in ${given.region}; ` +
    `the functions of this configuration are in account ${here.account}, ${here.region} (change its account or region, or this ARN)`
  );
}

function missing(name: string, qualifier: string | undefined, known: KnownFunctions): string | undefined {
  const found = known.get(name);
  if (found === undefined) return `must name a function of this configuration: ${listed([...known.keys()], name)}`;
  if (qualifier === undefined || qualifier === '$LATEST' || found.qualifiers.has(qualifier)) return undefined;
  const kind = /^\d+$/.test(qualifier) ? 'Versions' : 'Aliases';
  return `must name an alias or version that functions.${name} has: ${listed([...found.qualifiers], qualifier)}; add "${qualifier}" to its ${kind}`;
}

function listed(names: readonly string[], given: string): string {
  const [only, another] = names;
  if (only === undefined) return 'it has none';
  const meant = another === undefined ? undefined : closest(given, names);
  return meant === undefined ? names.join(', ') : `${names.join(', ')} (did you mean ${meant}?)`;
}
