import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { filterSources, type FilterSource } from '../filters/record-view.js';
import { linesOf } from '../platform/lines.js';
import { MillraceError, messageOf } from '../platform/millrace-error.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface MatchOptions {
  readonly pattern: readonly string[];
  readonly source?: FilterSource;
  readonly explain?: boolean;
}

const noneMatched = 1;

export function addMatch(program: Command, setExitCode: SetExitCode): void {
  program
    .command('match')
    .description('try a filter pattern: reads JSON lines from standard input, prints those that match')
    .requiredOption(
      '--pattern <json>',
      'the pattern, or @file with it; repeated: any of them may match',
      (pattern: string, before: readonly string[] | undefined) => [...(before ?? []), pattern],
    )
    .addOption(
      new Option(
        '--source <kind>',
        'lines are records of this source as a handler gets them (default: plain objects)',
      ).choices(filterSources),
    )
    .option('--explain', 'say on standard error why the other lines do not match')
    .addHelpText(
      'after',
      `
Exit codes: 0 some lines match; 1 none does; 2 the pattern is not valid

Examples:
  millrace match --pattern '{"region":[{"prefix":"eu-"}]}' --explain < orders.jsonl
  jq -c '.Records[]' event.json | millrace match --source sqs --pattern @filter.json`,
    )
    .action(async (options: MatchOptions) => setExitCode(await match(options)));
}

async function match(options: MatchOptions): Promise<number> {
  const whyNot = await matcher(await Promise.all(options.pattern.map(readPattern)), options.source);
  const reader = untilClosed(process.stdout);
  const remarks = untilClosed(process.stderr);
  let [number, matched] = [0, 0];
  for await (const line of lines(process.stdin)) {
    number++;
    if (line.trim() === '') continue;
    const because = whyNot(line);
    if (because === undefined) {
      matched++;
      await reader.write(`${line}\n`);
    } else if (options.explain === true || because.notJson) {
      await remarks.write(`line ${number}: ${because.text()}\n`);
    }
    if (reader.closed) break;
  }
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (reader.closed) return exitCodes.ok;
  return matched > 0 ? exitCodes.ok : noneMatched;
}

/** Why a line does not match; undefined when it does. */
type WhyNot = (line: string) => { readonly notJson: boolean; readonly text: () => string } | undefined;

async function matcher(patterns: readonly string[], source: FilterSource | undefined): Promise<WhyNot> {
  const whyNot = source === undefined ? await objectMatcher(patterns) : await recordMatcher(patterns, source);
  return (line) => {
    try {
      const text = whyNot(line);
      return text && { notJson: false, text };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { notJson: true, text: () => `not JSON, so it does not match (${error.message})` };
    }
  };
}

type WhyNotJson = (line: string) => (() => string) | undefined;

async function objectMatcher(patterns: readonly string[]): Promise<WhyNotJson> {
  const { compilePattern } = await import('../filters/compile-pattern.js');
  const { parseExactly } = await import('../filters/json-text.js');
  const compiled = patterns.map(compilePattern);
  return (line) => {
    if (compiled.some((pattern) => pattern.matchesJson(line))) return undefined;
    const value = parseExactly(line);
    return () =>
      compiled
        .map((pattern) => pattern.explain(value))
        .flatMap((each) => (each.matched ? [] : [each.because]))
        .join('; ');
  };
}

async function recordMatcher(patterns: readonly string[], source: FilterSource): Promise<WhyNotJson> {
  const { isObject } = await import('../filters/leaf.js');
  const { createRecordFilter } = await import('../filters/record-filter.js');
  const { parseExactly } = await import('../filters/json-text.js');
  const filter = createRecordFilter(source, patterns);
  return (line) => {
    const record = parseExactly(line);
    if (!isObject(record)) return () => 'the record is not a JSON object';
    const verdict = filter?.(record);
    return verdict?.kept === false ? verdict.because : undefined;
  };
}

/** The text of a pattern that is valid; otherwise says where it is not. */
async function readPattern(given: string): Promise<string> {
  const { whyInvalid } = await import('../filters/parse-pattern.js');
  const text = given.startsWith('@') ? await readPatternFile(given.slice(1)) : given;
  const invalid = whyInvalid(text);
  if (invalid === undefined) return text;
  const { line, column, before } = placeOf(text, invalid.position);
  const where = given.startsWith('@') ? `${given.slice(1)}:${line}:${column}` : '--pattern';
  throw new MillraceError(
    'CONFIGURATION_INVALID',
    `${where} is not a valid filter pattern: ${invalid.reason}\n  ${text.split(/\r?\n/)[line - 1] ?? ''}\n  ${before}^`,
  );
}

async function readPatternFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(byteOrderMark, '').trimEnd();
  } catch (error) {
    throw new MillraceError('NOT_FOUND', `--pattern @${file}: cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function placeOf(text: string, position: number): { line: number; column: number; before: string } {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  const line = text.slice(0, lineStart).split('\n').length;
  const column = position - lineStart + 1;
  return { line, column, before: text.slice(lineStart, position).replaceAll(/[^\t]/g, ' ') };
}

/** What some editors put at the beginning of a file. */
const byteOrderMark = /^\uFEFF/;

/** The lines of a stream; those of Windows keep their carriage return, which is white space to JSON. */
async function* lines(stream: NodeJS.ReadStream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let first = true;
  for await (const [line = '', ...others] of linesOf(stream as AsyncIterable<string>)) {
    yield first ? line.replace(byteOrderMark, '') : line;
    first = false;
    yield* others;
  }
}

/** Somebody who has seen enough closes the pipe: that is no error, and nothing more is to be written. */
function untilClosed(stream: NodeJS.WriteStream): {
  readonly closed: boolean;
  readonly write: (text: string) => Promise<void>;
} {
  const closing = new AbortController();
  let failure: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure = error;
    closing.abort();
  });
  const refuse = (): void => {
    if (failure === undefined) return;
    throw new MillraceError('SOURCE_UNAVAILABLE', `the output cannot be written: ${failure.message}`, {
      cause: failure,
    });
  };
  return {
    get closed() {
      refuse();
      return closing.signal.aborted;
    },
    write: async (text) => {
      if (closing.signal.aborted || stream.write(text)) return;
      await once(stream, 'drain', { signal: closing.signal }).catch(() => {});
    },
  };
}
