import type { FunctionDefinition, HandlerCode } from '../functions/definition.js';
import { lambdaArn, partitionOf, type Home } from '../mappings/arn.js';
import type { KnownFunctions } from '../mappings/function-name.js';
import { noEffect } from '../mappings/schema/parameters.js';
import { pathText, type Path, type Problem } from '../mappings/schema/problem.js';
import type { CodeInput, FunctionInput } from './input.js';
import { limits } from './schema.js';

type Functions = Readonly<Record<string, FunctionInput>>;

/** Functions, aliases and versions need code: a `Handler`, or in the library a `handler`, not both. */
export function codeProblems(functions: Functions): readonly Problem[] {
  return Object.entries(functions).flatMap(([name, fn]) => {
    const at = ['functions', name];
    const inner = qualifiedOf(fn).flatMap(([kind, qualifier, code]) => codeProblem(code, [...at, kind, qualifier]));
    return [...codeProblem(fn, at), ...inner];
  });
}

function codeProblem({ Handler, handler }: CodeInput, path: Path): readonly Problem[] {
  if (Handler !== undefined && handler !== undefined) {
    return [{ path: [...path, 'handler'], message: 'is given and Handler too; remove one of them', about: 'key' }];
  }
  if (Handler !== undefined || handler !== undefined) return [];
  return [{ path, message: 'needs a Handler, such as Handler: handlers/orders.handler', about: 'key' }];
}

function qualifiedOf({
  Aliases = {},
  Versions = {},
}: FunctionInput): readonly (readonly [string, string, CodeInput])[] {
  return [
    ...Object.entries(Aliases).map(([name, code]) => ['Aliases', name, code] as const),
    ...Object.entries(Versions).map(([name, code]) => ['Versions', name, code] as const),
  ];
}

/** The functions that mappings may name, as far as an input that may still be wrong tells. */
export function knownFunctions(functions: unknown): KnownFunctions {
  const known = entriesOf(functions).map(([name, fn]) => {
    const inner = new Map(entriesOf(fn));
    const qualifiers = ['Aliases', 'Versions'].flatMap((kind) => entriesOf(inner.get(kind)).map(([key]) => key));
    return [name, { qualifiers: new Set(qualifiers) }] as const;
  });
  return new Map(known);
}

/** The same of functions that have been checked. */
export function functionsToName(definitions: ReadonlyMap<string, FunctionDefinition>): KnownFunctions {
  return new Map(
    [...definitions].map(([name, { qualified, timeoutMs }]) => [
      name,
      { qualifiers: new Set(qualified.keys()), timeoutMs },
    ]),
  );
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Fills in the defaults. The input has been checked. */
export function functionDefinitions(
  functions: Functions,
  place: Home,
  root: string,
): ReadonlyMap<string, FunctionDefinition> {
  return new Map(Object.entries(functions).map(([name, fn]) => [name, definition(name, fn, place, root)]));
}

function definition(name: string, fn: FunctionInput, place: Home, root: string): FunctionDefinition {
  const variables = Object.entries(fn.Environment?.Variables ?? {});
  return {
    name,
    arn: lambdaArn(place, `function:${name}`),
    role: fn.Role ?? `arn:${partitionOf(place.region)}:iam::${place.account}:role/lambda-role`,
    root,
    code: codeOf(fn),
    qualified: new Map(qualifiedOf(fn).map(([, qualifier, code]) => [qualifier, codeOf(code)])),
    timeoutMs: (fn.Timeout ?? limits.timeoutSeconds.default) * 1_000,
    memoryMb: fn.MemorySize ?? limits.memoryMb.default,
    variables: Object.fromEntries(variables.map(([key, value]) => [key, String(value)])),
    reservedConcurrency: fn.ReservedConcurrentExecutions,
  };
}

function codeOf({ Handler = '', handler }: CodeInput): HandlerCode {
  return handler === undefined ? { kind: 'module', handler: Handler } : { kind: 'inline', handler };
}

export function functionNotices(functions: Functions): readonly string[] {
  return Object.entries(functions)
    .filter(([, fn]) => fn.Role !== undefined)
    .map(([name]) => noEffect(pathText(['functions', name, 'Role']), 'Role'));
}
