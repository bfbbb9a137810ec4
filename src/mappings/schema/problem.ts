/** An error as the Lambda control plane answers it. */
export interface AwsError {
  readonly status: 400 | 404 | 409;
  readonly code:
    'InvalidParameterValueException' | 'ValidationException' | 'SerializationException' | 'ResourceConflictException';
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** Something wrong in an input. It has two audiences: a person editing a file, and a caller of the control plane. */
export interface Problem {
  readonly path: Path;
  /** What is wrong and what to do; completes a sentence that starts with the path. Holds no value that could be a secret. */
  readonly message: string;
  /** The refused value, wrapped so that an absent value and no value worth showing differ. Who shows it decides whether it may be shown. */
  readonly got?: { readonly value: unknown };
  /** The key itself is wrong, not its value. One that is unknown is no problem to AWS. */
  readonly about?: 'key' | 'unknown-key';
  /** How AWS words it, where that is known. */
  readonly aws?: AwsError;
  /** What of the service model is violated, in the words of AWS: those of one request are one error. */
  readonly violations?: readonly string[];
}

/** A new, complete, typed value, or everything that is wrong with the input (never an empty list). */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export function failed(...problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems };
}

export function problemsIn(result: Parsed<unknown>): readonly Problem[] {
  return result.ok ? [] : result.problems;
}

/** The same problems, seen from further outside. */
export function within(at: Path, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, path: [...at, ...problem.path] }));
}

export function invalidParameter(message: string): AwsError {
  return { status: 400, code: 'InvalidParameterValueException', message };
}

/** As many as AWS tells in one error. */
const mostViolations = 10;

/** How AWS words that a value violates the service model; `null`: there is none. */
export function violation(value: string | null, at: string, constraint: string): string {
  return `Value ${value === null ? 'null' : `'${value}'`} at '${at}' failed to satisfy constraint: ${constraint}`;
}

/** How AWS refuses a request of the right types whose values violate the service model. */
export function validationError(violations: readonly string[]): AwsError {
  const told = [...new Set(violations)].slice(0, mostViolations);
  const count = `${told.length} validation error${told.length === 1 ? '' : 's'} detected`;
  return { status: 400, code: 'ValidationException', message: `${count}: ${told.join('; ')}` };
}

/**
 * What the control plane answers to a request with these problems, in the order in which AWS looks: a value of the wrong
 * type, whatever violates the service model, or the first of the others, in our words where AWS's are not known.
 */
export function awsErrorOf(problems: readonly Problem[]): AwsError {
  const refusals = problems.map((problem) => problem.aws ?? invalidParameter(sentence(problem)));
  const violations = problems.flatMap((problem) => problem.violations ?? []);
  const mistyped = refusals.find(({ code }) => code === 'SerializationException');
  const invalid = violations.length === 0 ? undefined : validationError(violations);
  return mistyped ?? invalid ?? refusals[0] ?? invalidParameter('The request is not valid.');
}

/** The problem in one sentence, for example `mappings[0].BatchSize must be a whole number from 1 to 10, got "ten"`. */
export function sentence(problem: Problem, whole = 'the request'): string {
  const got = problem.got === undefined ? '' : `, got ${shown(problem.got.value)}`;
  return `${problem.path.length === 0 ? whole : pathText(problem.path)} ${problem.message}${got}`;
}

/** `mappings[0].BatchSize`; keys that are not plain words are quoted: `endpoints["arn:aws:mq:…"]`. */
export function pathText(path: Path): string {
  const text = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\w$-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  });
  return text.join('').replace(/^\./, '');
}

const longestShown = 80;

/** A value as it is written in an error: short, and without the password of a URL. */
function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shownText(value);
    case 'object':
      return shownObject(value);
    case 'function':
      return 'a function';
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'symbol':
      return String(value);
    case 'undefined':
    default:
      return 'nothing';
  }
}

function shownObject(value: object | null): string {
  if (value === null) return 'nothing';
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
}

function shownText(value: string): string {
  const text = JSON.stringify(withoutPassword(value));
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…"`;
}

/** The text of a URL with its user and password masked. */
export function withoutPassword(url: string): string {
  const start = url.indexOf('//') + 2;
  const end = url.lastIndexOf('@');
  return start < 2 || end < start ? url : `${url.slice(0, start)}***${url.slice(end)}`;
}
