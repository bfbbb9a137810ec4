import { sentence, type AwsError, type Path, type Problem } from '../mappings/schema/problem.js';

export interface Position {
  readonly line: number;
  readonly col: number;
}

/** Where the parts of a configuration were written. */
export interface Written {
  /** What the configuration is called in messages: its file. */
  readonly name: string;
  /** Position of a value or key; of the closest one around it if there is no such part. */
  position?(path: Path, about: 'key' | 'value'): Position | undefined;
  /** The text that was written where a value has been replaced from the environment. */
  written?(path: Path): string | undefined;
}

/** All problems in the order they stand in the file, each with its position. */
export function report(problems: readonly Problem[], source: Written): string {
  const lines = problems
    .map((problem) => ({ problem, position: source.position?.(problem.path, aboutKey(problem) ? 'key' : 'value') }))
    .toSorted((a, b) => compare(a.position, b.position))
    .map(({ problem, position }) => `${source.name}${positionText(position)}: ${problemText(problem, source)}`);
  if (lines.length === 1) return lines.join('');
  return [`${source.name} has ${lines.length} problems:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function aboutKey({ about }: Problem): boolean {
  return about === 'key' || about === 'unknown-key';
}

function compare(one: Position | undefined, other: Position | undefined): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.col ?? 0) - (other?.col ?? 0);
}

function positionText(position: Position | undefined): string {
  return position === undefined ? '' : `:${position.line}:${position.col}`;
}

/** Errors about the shape of a value: our text says as much in fewer words. */
const onlyRepeats: readonly AwsError['code'][] = ['ValidationException', 'SerializationException'];

function problemText(problem: Problem, source: Written): string {
  const { aws, ...shown } = visible(withoutRepetition(problem), source);
  const text = sentence(shown, 'the configuration');
  return aws === undefined ? text : `${text} (AWS: "${aws.message}")`;
}

function withoutRepetition({ aws, ...problem }: Problem): Problem {
  return aws === undefined || onlyRepeats.includes(aws.code) ? problem : { ...problem, aws };
}

/** Secrets, variables of functions and what came from the environment are never shown, nor a text of AWS that repeats them. */
function visible(problem: Problem, source: Written): Problem {
  const { got, aws, ...rest } = problem;
  const written = source.written?.(problem.path);
  if (got === undefined || (written === undefined && !isSecret(problem.path))) return problem;
  const harmless = aws === undefined || aws.message.includes(String(got.value)) ? {} : { aws };
  if (isSecret(problem.path)) return { ...rest, ...harmless };
  return { ...rest, ...harmless, message: `${rest.message}, got the value of ${written}` };
}

function isSecret([top, , inner]: Path): boolean {
  return top === 'secrets' || (top === 'functions' && inner === 'Environment');
}
